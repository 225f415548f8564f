#include "zerocell/study/run_study.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iterator>
#include <memory>
#include <set>

#include "zerocell/core/error.h"
#include "zerocell/core/hash.h"
#include "zerocell/core/prefixed_progress.h"
#include "zerocell/core/system.h"
#include "zerocell/metrics/registry.h"
#include "zerocell/study/evaluate.h"
#include "zerocell/study/methods.h"
#include "zerocell/study/output_folder.h"
#include "zerocell/study/reconstruct.h"
#include "zerocell/study/remaining_time.h"
#include "zerocell/study/stage_clock.h"
#include "zerocell/study/study_folder.h"
#include "zerocell/study/trained_models.h"
#include "zerocell/study/write_reconstruction.h"
#include "zerocell/study/write_results.h"
#include "zerocell/study/write_study.h"
#include "zerocell/version.h"

namespace zerocell {
namespace fs = std::filesystem;
namespace {

/// The folder of a part. Whatever another version of the study left there is replaced.
OutputFolder part_folder(const std::string& path, const std::string& fingerprint) {
  try {
    return OutputFolder(path, fingerprint, false);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::usage) throw;
    return OutputFolder(path, fingerprint, true);
  }
}

/// Leaves the specs whose tag one of the results has.
void keep_those_with_results(std::vector<EmbeddingSpec>& specs, const auto& results) {
  std::erase_if(specs, [&](const EmbeddingSpec& spec) {
    return std::ranges::none_of(results, [&](const auto& result) { return result.tag == spec.tag; });
  });
}

void add_failures(ContentHash& hash, const auto& failures) {
  for (const auto& failure : failures)
    hash.add(std::string_view(failure.tag)).add(std::string_view(failure.message));
}

/// A part's own progress: its place, what is left of the whole study, its name.
class PartProgress final : public Progress {
 public:
  PartProgress(Progress& target, const RemainingTime& time, std::string place, std::string name)
      : target_(target), time_(time), place_(std::move(place)), name_(std::move(name)) {}

  void stage(std::string_view name, uint64_t total) override {
    target_.stage(prefix() + std::string(name), total);
  }
  void advance(uint64_t units) override { target_.advance(units); }
  void detail(std::string_view words) override { target_.detail(words); }
  void warn(std::string_view message) override {
    target_.warn(fmt::format("{}: {}", name_, in_study_words(std::string(message))));
  }
  bool cancelled() const override { return target_.cancelled(); }

 private:
  std::string prefix() const {
    const auto left = time_.left(now_seconds());
    return fmt::format("[{}{}] {}: ", place_,
                       left ? fmt::format(", about {:.0f} min left", std::ceil(*left / 60)) : "", name_);
  }

  Progress& target_;
  const RemainingTime& time_;
  std::string place_, name_;
};

/// One run of a study.
class StudyRun {
 public:
  StudyRun(const StudyFile& study, const StudyPlan& plan, const RunStudyOptions& options, ThreadPool& pool,
           Progress& progress)
      : study_(study),
        plan_(plan),
        options_(options),
        pool_(pool),
        progress_(progress),
        folder_(options.out, options.force),
        cache_(options.cache.empty() ? folder_.file(".cache") : options.cache) {}

  StudyResults run();

 private:
  void run_part(const StudyPart& part, Progress& progress);
  void evaluate_part(const StudyPart& part, StudyDataset& dataset, Progress& progress);
  void reconstruct_part(const StudyPart& part, StudyDataset& dataset, Progress& progress);
  EvaluateOptions evaluate_options(const StudyPart& part) const;
  DataSourceOptions source_of(const StudyPart& part) const;
  void fail(const StudyPart& part, const std::string& tag, const std::string& task,
            const std::string& message);
  void look_at_inputs();
  std::vector<double> estimate_parts();
  void note_input(const std::string& file, const std::string& hash);
  void add_provenance();
  uint64_t max_memory() const { return study_.max_memory ? study_.max_memory : options_.max_memory; }

  const StudyFile& study_;
  const StudyPlan& plan_;
  const RunStudyOptions& options_;
  ThreadPool& pool_;
  Progress& progress_;
  StudyFolder folder_;
  std::string cache_;
  StudyResults results_;
  /// A file may be as large as a disk, and every part asks for its hash.
  std::shared_ptr<FileHashes> file_hashes_ = std::make_shared<FileHashes>();
  ContentHash fingerprint_;
  bool all_as_before_ = true;  ///< nothing was computed and no folder of a part was written
};

void StudyRun::fail(const StudyPart& part, const std::string& tag, const std::string& task,
                    const std::string& message) {
  results_.failures.push_back({part.name, tag, task, in_study_words(message)});
}

DataSourceOptions StudyRun::source_of(const StudyPart& part) const {
  return study_source(study_, *part.dataset, part.subsample, part.leave_overlap, max_memory());
}

EvaluateOptions StudyRun::evaluate_options(const StudyPart& part) const {
  EvaluateOptions options;
  options.data_path = part.dataset->path;
  options.dataset_name = part.name;
  options.file_hashes = file_hashes_;
  options.label = part.dataset->label;
  options.batch = part.dataset->batch;
  options.donor = part.dataset->donor;
  options.layer = part.dataset->layer;
  options.modality = part.dataset->modality;
  options.gene_ids = part.dataset->gene_ids;
  options.accept_non_counts = part.dataset->accept_non_counts;
  options.embeddings = part.embeddings;
  options.cells = source_of(part).cells;
  if (!part.on_whole.empty())
    options.wider = {study_source(study_, *part.dataset, part.dataset->subsample, false, max_memory()).cells};
  options.convention = study_.convention;
  options.reduced_dims = study_.reduced_dims;
  options.cluster_seeds = study_.cluster_seeds;
  options.seed = study_.seed;
  options.max_memory = max_memory();
  options.device = options_.device;
  options.parts_folder = cache_;
  options.keep_going = true;
  if (study_.save_models && std::ranges::any_of(options.embeddings, trains_model)) {
    options.save_models = folder_.file("models/" + part.name);
    options.overwrite_models = true;  // those of an earlier version of the study
  }
  return options;
}

void StudyRun::evaluate_part(const StudyPart& part, StudyDataset& dataset, Progress& progress) {
  if (part.embeddings.empty()) return;
  const auto options = evaluate_options(part);
  auto evaluation = evaluate(options, pool_, progress);
  std::erase_if(evaluation.scores, [&](const Score& score) {
    for (const auto& metric : metric_table())
      if (metric.name == score.metric)
        return (metric.group == "bio" && !study_.has_task("clustering")) ||
               (metric.group == "batch" && !study_.has_task("batch"));
    return false;
  });
  for (const auto& failure : evaluation.failures) fail(part, failure.tag, "embedding", failure.message);
  ContentHash hash;
  hash.add(std::string_view(part.name));
  for (const auto& task : study_.tasks) hash.add(std::string_view(task));
  // Of the methods that have results: files of one that failed may have gone.
  auto finished = options;
  keep_those_with_results(finished.embeddings, evaluation.embeddings);
  hash.add(std::string_view(evaluation_fingerprint(finished)));
  add_failures(hash, evaluation.failures);
  const auto fingerprint = hash.hex();
  fingerprint_.add(std::string_view(fingerprint));
  auto folder = part_folder(folder_.file(part.name), fingerprint);
  const bool as_before = std::ranges::all_of(evaluation.embeddings, &EmbeddingResult::reused);
  if (folder.state() != OutputState::complete || !as_before) {
    evaluation.provenance.emplace_back("command line", options_.command_line);
    evaluation.provenance.emplace_back("study", study_.path);
    write_results(evaluation, folder, pool_, progress);
    all_as_before_ = false;
  }
  for (auto& embedding : evaluation.embeddings) embedding.values = DenseMatrix<float>();
  dataset.evaluation = std::move(evaluation);
}

void StudyRun::reconstruct_part(const StudyPart& part, StudyDataset& dataset, Progress& progress) {
  if (part.reconstructions.empty()) return;
  ReconstructOptions options;
  options.data_path = part.dataset->path;
  options.file_hashes = file_hashes_;
  options.dataset_name = part.name;
  options.source = source_of(part);
  options.models = part.reconstructions;
  options.label = part.dataset->label;
  options.batch = part.dataset->batch;
  options.donor = part.dataset->donor;
  options.seed = study_.seed;
  options.device = options_.device;
  options.parts_folder = cache_;
  options.keep_going = true;
  PrefixedProgress own(progress, "reconstruction: ");
  auto reconstruction = reconstruct(options, pool_, own);
  for (const auto& failure : reconstruction.failures)
    fail(part, failure.tag, "reconstruction", failure.message);
  if (reconstruction.results.empty()) return;
  ContentHash hash;
  hash.add(std::string_view(part.name));
  auto finished = options;
  keep_those_with_results(finished.models, reconstruction.results);
  hash.add(std::string_view(reconstruction_fingerprint(finished)));
  add_failures(hash, reconstruction.failures);
  const auto fingerprint = hash.hex();
  fingerprint_.add(std::string_view(fingerprint));
  auto folder = part_folder(folder_.file(part.name + "/reconstruction"), fingerprint);
  if (folder.state() != OutputState::complete) {
    reconstruction.provenance.emplace_back("command line", options_.command_line);
    write_reconstruction(reconstruction, folder, pool_, own);
    all_as_before_ = false;
  }
  reconstruction.obs = {};
  dataset.reconstruction = std::move(reconstruction);
}

void StudyRun::run_part(const StudyPart& part, Progress& progress) {
  std::ranges::copy(part.not_applicable, std::back_inserter(results_.failures));
  StudyDataset dataset;
  dataset.name = dataset.folder = part.name;
  dataset.variant = part.variant;
  if (part.variant != StudyVariant::whole) dataset.variant_of = part.dataset->name;
  dataset.evaluation.dataset = dataset.evaluation.title = part.name;
  const auto attempt = [&](const char* task, auto&& work) {
    try {
      work();
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::interrupted) throw;
      fail(part, "", task, error.what());
      progress.warn(error.what());
      all_as_before_ = false;
    }
  };
  attempt("data", [&] { evaluate_part(part, dataset, progress); });
  progress.check();
  attempt("reconstruction", [&] { reconstruct_part(part, dataset, progress); });
  for (auto& warning : dataset.evaluation.warnings) warning = in_study_words(std::move(warning));
  results_.datasets.push_back(std::move(dataset));
}

/// Tells of a file that an earlier run of the study saw with another content.
void StudyRun::note_input(const std::string& file, const std::string& hash) {
  if (hash.empty() || !folder_.has_changed(file, hash)) return;
  const auto text = file + " has changed since the last run: what rests on it is computed anew";
  progress_.warn(text);
  results_.warnings.push_back(text);
}

/// Data sets, weights and embedding files, each once. Those that cannot be read are told of by the parts and
/// methods that need them.
void StudyRun::look_at_inputs() {
  std::set<std::string> files;
  const auto add_files = [&files](const EmbeddingSpec& spec) {
    const auto& method = find_method(spec);
    if (method.files)
      for (auto& file : method.files(spec)) files.insert(std::move(file));
    else if (method.takes_path && method.name != "obsm")
      files.insert(spec.path);
  };
  const auto attempt = [](auto&& work) {
    try {
      work();
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::data && error.kind() != ErrorKind::usage) throw;
    }
  };
  std::set<std::string> data_sets;
  for (const auto& part : plan_.parts) data_sets.insert(part.dataset->path);
  files.insert(data_sets.begin(), data_sets.end());
  for (const auto& part : plan_.parts)
    for (const auto* specs : {&part.embeddings, &part.reconstructions})
      for (const auto& spec : *specs) attempt([&] { add_files(spec); });
  for (const auto& file : files)
    attempt([&] {
      note_input(file, data_sets.count(file) ? dataset_hash(file, *file_hashes_) : file_hashes_->of(file));
    });
}

void StudyRun::add_provenance() {
  const auto add = [this](const char* name, const std::string& value) {
    results_.provenance.emplace_back(name, value.empty() ? "none" : value);
  };
  add("zerocell", ZEROCELL_VERSION);
  add("study", study_.path);
  add("study hash", hash_path(study_.path) + " (XXH3-128)");
  add("convention", to_string(study_.convention));
  add("seed", std::to_string(study_.seed));
  add("clustering seeds", std::to_string(study_.cluster_seeds));
  add("reduced dimensions", std::to_string(study_.reduced_dims));
  add("device", options_.device);
  add("processor", cpu_description());
  add("threads", std::to_string(pool_.size()));
  add("command line", options_.command_line);
}

/// Seconds of what is left of every part.
std::vector<double> StudyRun::estimate_parts() {
  std::vector<double> seconds(plan_.parts.size());
  for (size_t i = 0; i < seconds.size(); ++i) try {
      const auto& part = plan_.parts[i];
      seconds[i] =
          estimate_part(study_, part, pool_, max_memory(), progress_, finished_work(evaluate_options(part)))
              .seconds;
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::interrupted) throw;  // others are told of when the part's turn comes
    }
  return seconds;
}

StudyResults StudyRun::run() {
  results_.title = study_.title;
  results_.methods = plan_.methods;
  StageClock clock;
  look_at_inputs();
  RemainingTime time(estimate_parts());
  for (size_t i = 0; i < plan_.parts.size(); ++i) {
    const auto& part = plan_.parts[i];
    time.begin(i, now_seconds());
    PartProgress own(progress_, time, fmt::format("{} of {}", i + 1, plan_.parts.size()), part.name);
    clock.run(part.name, part.n_cells, [&] { run_part(part, own); });
  }
  results_.stages = std::move(clock.stages);
  add_provenance();
  fingerprint_.add(std::string_view(hash_path(study_.path))).add(std::string_view(ZEROCELL_VERSION));
  for (const auto& failure : results_.failures)
    for (const auto& text : {failure.dataset, failure.tag, failure.message})
      fingerprint_.add(std::string_view(text));
  const auto fingerprint = fingerprint_.hex();
  if (!all_as_before_ || !folder_.finished(fingerprint))
    write_study(results_, study_, folder_.path(), progress_);
  folder_.complete(fingerprint);
  return std::move(results_);
}

}  // namespace

StudyResults run_study(const StudyFile& study, const StudyPlan& plan, const RunStudyOptions& options,
                       ThreadPool& pool, Progress& progress) {
  return StudyRun(study, plan, options, pool, progress).run();
}

}  // namespace zerocell
