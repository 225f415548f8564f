#include "zerocell/study/reconstruct.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "zerocell/core/error.h"
#include "zerocell/core/hash.h"
#include "zerocell/core/prefixed_progress.h"
#include "zerocell/core/system.h"
#include "zerocell/reconstruct/reconstruction_scores.h"
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
  result.dataset = result.title = std::filesystem::path(options.data_path).stem().string();
  result.n_cells = data.n_cells();
  result.n_genes = data.file().n_genes();
  auto obs = data.file().obs();
  result.obs = data.all_cells() ? std::move(obs) : obs.take(data.selection().cells);
  result.label_name = options.label;
  result.batch_name = options.batch;
  if (!options.label.empty()) result.labels = data.groups(options.label);
  if (!options.batch.empty()) result.batches = data.groups(options.batch);
  const auto& selection = data.selection();
  const auto total = static_cast<double>(data.file().n_cells());
  const auto lost = [&](size_t n, const std::string& reason) {
    if (n) result.losses.push_back({"cells", static_cast<double>(n), total, reason});
  };
  lost(selection.excluded_by_where, "left out by --where " + options.source.cells.where);
  lost(selection.excluded_by_list, "left out by --exclude-cells");
  lost(selection.not_sampled, "not in the sample of --subsample");
}

void add_provenance(const ReconstructOptions& options, const ThreadPool& pool, Reconstruction& result) {
  const auto add = [&](const char* name, const std::string& value) {
    result.provenance.emplace_back(name, value.empty() ? "none" : value);
  };
  add("zerocell", ZEROCELL_VERSION);
  add("input", options.data_path);
  add("input hash", hash_path(options.data_path) + " (XXH3-128)");
  add("counts", result.counts_source);
  add("label", options.label);
  add("batch", options.batch);
  add("donor", options.donor);
  add("seed", std::to_string(options.seed));
  add("where", options.source.cells.where);
  add("excluded cells", options.source.cells.exclude_cells);
  add("subsample",
      options.source.cells.subsample ? std::to_string(options.source.cells.subsample) : std::string());
  add("device", options.device);
  add("processor", cpu_description());
  add("threads", std::to_string(pool.size()));
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
  for (const auto& spec : options.models) {
    PrefixedProgress own(progress, spec.tag + ": ");
    const auto seed = spec.option_size("seed", options.seed, 0);
    auto part = clock.run(spec.tag, data.n_cells(), [&] {
      return find_reconstruction(spec).reconstruct(
          {spec, data, pool, own, seed, options.source.max_memory, options.device, "", ""});
    });
    for (const auto& warning : part.warnings) own.warn(warning);
    auto scores = reconstruction_scores(part, result.dataset, scoring, pool);
    for (auto& score : scores) score.seed = seed;
    std::ranges::move(scores, std::back_inserter(result.scores));
    result.results.push_back(std::move(part));
  }
  result.counts_source = data.counts_name();
  for (auto& warning : data.warnings()) {
    progress.warn(warning);
    result.warnings.push_back(std::move(warning));
  }
  result.stages = std::move(clock.stages);
  add_provenance(options, pool, result);
  return result;
}

std::string reconstruction_fingerprint(const ReconstructOptions& options) {
  const auto& source = options.source;
  ContentHash hash;
  hash.add(std::string_view("reconstruct")).add(std::string_view(ZEROCELL_VERSION));
  hash.add(std::string_view(hash_path(options.data_path)));
  for (const auto& text :
       {options.label, options.batch, options.donor, source.layer, source.gene_ids, source.cells.where})
    hash.add(std::string_view(text));
  const auto& excluded = source.cells.exclude_cells;
  hash.add(std::string_view(excluded.empty() ? "" : hash_path(excluded)));
  for (const uint64_t number : {static_cast<uint64_t>(source.cells.subsample), source.cells.seed,
                                static_cast<uint64_t>(source.accept_non_counts), options.seed})
    hash.add(number);
  for (const auto& spec : options.models) {
    hash.add(std::string_view(spec.tag)).add(std::string_view(spec.text));
    hash.add(std::string_view(spec_files_hash(spec)));
  }
  return hash.hex();
}

}  // namespace zerocell
