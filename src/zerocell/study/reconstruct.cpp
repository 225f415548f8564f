#include "zerocell/study/reconstruct.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "zerocell/core/error.h"
#include "zerocell/core/hash.h"
#include "zerocell/core/prefixed_progress.h"
#include "zerocell/core/system.h"
#include "zerocell/reconstruct/reconstruction_scores.h"
#include "zerocell/study/finished_part.h"
#include "zerocell/study/methods.h"
#include "zerocell/study/stage_clock.h"
#include "zerocell/version.h"

namespace zerocell {
namespace {

const Method& find_reconstruction(const EmbeddingSpec& spec) {
  const auto& method = find_method(spec);
  if (method.reconstruct) return method;
  std::vector<std::string> names;
  for (const auto& candidate : method_table())
    if (candidate.reconstruct) names.push_back(candidate.name);
  throw Error::usage({fmt::format("model '{}'", spec.text),
                      fmt::format("a model that predicts expression: {}", fmt::join(names, ", ")),
                      fmt::format("'{}', which only embeds", spec.method), ""});
}

void describe_data(const ReconstructOptions& options, const DataSource& data, Reconstruction& result) {
  result.dataset = result.title = options.dataset_name.empty()
                                      ? std::filesystem::path(options.data_path).stem().string()
                                      : options.dataset_name;
  result.n_cells = data.n_cells();
  result.n_genes = data.file().n_genes();
  auto obs = data.file().obs();
  result.obs = data.all_cells() ? std::move(obs) : obs.take(data.selection().cells);
  result.label_name = options.label;
  result.batch_name = options.batch;
  if (!options.label.empty()) result.labels = data.groups(options.label);
  if (!options.batch.empty()) result.batches = data.groups(options.batch);
  result.losses = selection_losses(data.selection(), options.source.cells, data.file().n_cells());
}

void add_provenance(const ReconstructOptions& options, const std::string& data_hash, const ThreadPool& pool,
                    Reconstruction& result) {
  const auto add = [&](const char* name, const std::string& value) {
    result.provenance.emplace_back(name, value.empty() ? "none" : value);
  };
  add("zerocell", ZEROCELL_VERSION);
  add("input", options.data_path);
  add("input hash", data_hash + " (XXH3-128)");
  if (!options.source.modality.empty()) add("modality", options.source.modality);
  add("counts", result.counts_source);
  add("label", options.label);
  add("batch", options.batch);
  add("donor", options.donor);
  add("seed", std::to_string(options.seed));
  add("where", options.source.cells.where);
  add("excluded cells", options.source.cells.exclude_cells);
  add("overlap left out", options.source.cells.overlap);
  add("subsample",
      options.source.cells.subsample ? std::to_string(options.source.cells.subsample) : std::string());
  add("device", options.device);
  add("processor", cpu_description());
  add("threads", std::to_string(pool.size()));
}

/// Hash of the data and of the options, on all of which every model's result depends.
void add_common(ContentHash& hash, const ReconstructOptions& options, const std::string& data_hash) {
  const auto& source = options.source;
  hash.add(std::string_view("reconstruct")).add(std::string_view(ZEROCELL_VERSION));
  hash.add(std::string_view(data_hash));
  for (const auto& text :
       {options.label, options.batch, options.donor, source.layer, source.gene_ids, source.modality})
    hash.add(std::string_view(text));
  add_to_hash(hash, source.cells);
  hash.add(static_cast<uint64_t>(source.accept_non_counts)).add(options.seed);
}

void add_spec(ContentHash& hash, const EmbeddingSpec& spec, FileHashes& files) {
  hash.add(std::string_view(spec.tag));
  add_to_hash(hash, spec, files);
}

/// One model, from an earlier run or computed and kept.
FinishedReconstruction finish_model(const ReconstructOptions& options, const EmbeddingSpec& spec,
                                    const std::string& path, DataSource& data,
                                    const ReconstructionScoreOptions& scoring, ThreadPool& pool,
                                    Progress& progress) {
  if (!path.empty())
    if (auto part = load_reconstruction_part(path)) return std::move(*part);
  const auto seed = spec.option_size("seed", options.seed, 0);
  FinishedReconstruction part;
  part.result = find_reconstruction(spec).reconstruct(
      {spec, data, pool, progress, seed, options.source.max_memory, options.device, "", ""});
  part.scores = reconstruction_scores(part.result, "", scoring, pool);
  for (auto& score : part.scores) score.seed = seed;
  part.counts_source = data.counts_name();
  if (!path.empty()) try {
      save_part(path, part);
    } catch (const Error& error) {
      progress.warn(fmt::format("cannot be kept for later runs: {}", error.what()));
    }
  return part;
}

}  // namespace

Reconstruction reconstruct(const ReconstructOptions& options, ThreadPool& pool, Progress& progress) {
  if (options.models.empty())
    throw Error::usage({"--model", "at least one model", "none", "See 'zerocell models'"});
  for (const auto& spec : options.models) find_reconstruction(spec);
  DataSource data(options.data_path, options.source, pool);
  Reconstruction result;
  describe_data(options, data, result);
  ReconstructionScoreOptions scoring;
  scoring.bootstrap.seed = options.seed;
  const auto& donors = options.donor.empty() ? options.batch : options.donor;
  Categorical groups;
  if (!donors.empty()) {
    groups = data.groups(donors);
    scoring.groups = {groups.codes, options.donor.empty() ? "batches" : "donors"};
  }
  StageClock clock;
  const auto data_hash = dataset_hash(options.data_path, *options.file_hashes);
  for (const auto& spec : options.models) {
    PrefixedProgress own(progress, spec.tag + ": ");
    own.check();
    const auto finish = [&] {
      std::string path;
      if (!options.parts_folder.empty()) {
        ContentHash hash;
        add_common(hash, options, data_hash);
        add_spec(hash, spec, *options.file_hashes);
        path = options.parts_folder + "/" + hash.hex() + ".reconstruction";
      }
      return finish_model(options, spec, path, data, scoring, pool, own);
    };
    try {
      auto part = clock.run(spec.tag, data.n_cells(), finish);
      for (const auto& warning : part.result.warnings) own.warn(warning);
      for (auto& score : part.scores) score.dataset = result.dataset;
      std::ranges::move(part.scores, std::back_inserter(result.scores));
      result.counts_source = part.counts_source;
      result.results.push_back(std::move(part.result));
    } catch (const Error& error) {
      if (!options.keep_going || error.kind() == ErrorKind::interrupted) throw;
      result.failures.push_back({spec.tag, error.what()});
      own.warn(fmt::format("failed: {}", error.what()));
    }
  }
  for (auto& warning : data.warnings()) {
    progress.warn(warning);
    result.warnings.push_back(std::move(warning));
  }
  result.stages = std::move(clock.stages);
  add_provenance(options, data_hash, pool, result);
  return result;
}

std::string reconstruction_fingerprint(const ReconstructOptions& options) {
  ContentHash hash;
  add_common(hash, options, dataset_hash(options.data_path, *options.file_hashes));
  for (const auto& spec : options.models) add_spec(hash, spec, *options.file_hashes);
  return hash.hex();
}

}  // namespace zerocell
