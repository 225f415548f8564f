#include "zerocell/study/evaluate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>

#include "zerocell/baselines/pca.h"
#include "zerocell/core/error.h"
#include "zerocell/core/hash.h"
#include "zerocell/core/prefixed_progress.h"
#include "zerocell/study/data_source.h"
#include "zerocell/study/embedding_list.h"
#include "zerocell/study/methods.h"
#include "zerocell/study/score_embedding.h"
#include "zerocell/study/spread_cells.h"
#include "zerocell/study/stage_clock.h"
#include "zerocell/study/trained_models.h"
#include "zerocell/version.h"

namespace zerocell {
namespace {

constexpr size_t kPcrComponents =
    50;  // scIB: principal-component regression looks at min(50, D, N) components

/// The principal components of `pca` as an embedding of its own: the first `dims` of them.
DenseMatrix<float> first_components(const PcaResults& pca, size_t dims) {
  DenseMatrix<float> reduced(pca.scores.n_rows(), dims);
  for (size_t i = 0; i < reduced.n_rows(); ++i)
    std::copy_n(pca.scores.row(i).begin(), dims, reduced.row(i).begin());
  return reduced;
}

EmbeddingListOptions list_options(const EvaluateOptions& options) {
  EmbeddingListOptions list;
  list.data_path = options.data_path;
  list.source = {options.layer, options.gene_ids,   options.accept_non_counts,
                 options.cells, options.max_memory, options.modality};
  list.embeddings = options.embeddings;
  list.batch = options.batch;
  list.seed = options.seed;
  list.device = options.device;
  list.save_models = options.save_models;
  list.overwrite_models = options.overwrite_models;
  list.keep_going = options.keep_going;
  list.parts_folder = options.parts_folder;
  list.wider = options.wider;
  list.file_hashes = options.file_hashes;
  return list;
}

/// Hash of all that decides the scores of an embedding and what is drawn of it, from the embedding's key.
std::string scores_key(const EvaluateOptions& options, const EmbeddingSpec& spec,
                       const std::string& embedding_key) {
  ContentHash hash;
  for (const auto& text : {embedding_key, spec.tag, spec.group, options.label, options.batch, options.donor,
                           to_string(options.convention)})
    hash.add(std::string_view(text));
  for (const uint64_t number :
       {options.seed, static_cast<uint64_t>(options.reduced_dims),
        static_cast<uint64_t>(options.cluster_seeds), static_cast<uint64_t>(options.umap)})
    hash.add(number);
  return hash.hex();
}

/// A warning for every group whose name looks like that of a missing value that a program wrote as text.
void warn_of_missing_names(const Categorical& groups, const std::string& column, const char* what,
                           std::vector<std::string>& warnings) {
  constexpr std::string_view kNames[] = {"", "nan", "na", "n/a", "<na>", "none", "null"};
  for (size_t g = 0; g < groups.categories.size(); ++g) {
    auto lower = groups.categories[g];
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
    const auto n = std::ranges::count(groups.codes, static_cast<int32_t>(g));
    if (n > 0 && std::ranges::find(kNames, lower) != std::end(kNames))
      warnings.push_back(fmt::format(
          "{} cells have the {} '{}' ('{}'), which is scored like any other; where it means that they have "
          "none, leave them out: --where \"{} != '{}'\"",
          n, what, groups.categories[g], column, column, groups.categories[g]));
  }
}

/// One run of evaluate: what all embeddings share.
class Evaluator {
 public:
  Evaluator(const EvaluateOptions& options, ThreadPool& pool, Progress& progress)
      : options_(options),
        pool_(pool),
        progress_(progress),
        data_(options.data_path, list_options(options).source, pool),
        list_(list_options(options), data_, pool, progress),
        scored_(list_.size()) {}

  Evaluation run();

 private:
  /// What is known of an embedding's scores.
  struct Scored {
    std::string key;
    std::optional<FinishedPart> part;  ///< of this run or an earlier one
  };

  void describe_data();
  void read_groups();
  void find_finished(size_t i);
  void finish_one(size_t i, StageClock& clock);
  FinishedPart evaluate_one(size_t i);
  void add_scores(const EmbeddingMatrix& x, const PcaResults& pca, const std::string& name,
                  const CellGroups& groups, FinishedPart& part, StageClock& clock, Progress& progress);
  void add_provenance();

  const EvaluateOptions& options_;
  ThreadPool& pool_;
  Progress& progress_;
  DataSource data_;
  EmbeddingList list_;
  std::vector<Scored> scored_;
  CellGroups groups_;
  Evaluation evaluation_;
};

void Evaluator::read_groups() {
  auto read = [this](const std::string& column, const char* what) {
    if (column.empty()) return Categorical{};
    auto groups = data_.groups(column);
    check_missing(options_.convention, column, groups);
    warn_of_missing_names(groups, column, what, evaluation_.warnings);
    if (const size_t missing = groups.n_missing())
      evaluation_.warnings.push_back(
          fmt::format("{} of {} cells have no {} ('{}'): they stay in embedding, graph and UMAP and are left "
                      "out of scores over {}s",
                      missing, data_.n_cells(), what, column, what));
    return groups;
  };
  groups_.labels = read(options_.label, "label");
  groups_.batches = read(options_.batch, "batch");
  groups_.donors = read(options_.donor, "donor");
  evaluation_.label_name = options_.label;
  evaluation_.batch_name = options_.batch;
  evaluation_.labels = groups_.labels;
  evaluation_.batches = groups_.batches;
}

void Evaluator::describe_data() {
  evaluation_.dataset = options_.dataset_name.empty()
                            ? std::filesystem::path(options_.data_path).stem().string()
                            : options_.dataset_name;
  evaluation_.title = evaluation_.dataset;
  evaluation_.n_cells = data_.n_cells();
  evaluation_.n_genes = data_.file().n_genes();
  evaluation_.cell_names = data_.cell_names();
  evaluation_.losses = selection_losses(data_.selection(), options_.cells, data_.file().n_cells());
}

void Evaluator::add_scores(const EmbeddingMatrix& x, const PcaResults& pca, const std::string& name,
                           const CellGroups& groups, FinishedPart& part, StageClock& clock,
                           Progress& progress) {
  const bool is_full = name == part.result.tag;
  ScoringOptions scoring;
  scoring.convention = options_.convention;
  scoring.cluster_seeds = options_.cluster_seeds;
  scoring.umap = options_.umap && is_full;
  scoring.seed = options_.seed;
  scoring.max_memory = options_.max_memory / 2;
  auto results = score_embedding(x, pca, groups, scoring, pool_, progress, clock);
  for (auto& score : results.scores) {
    score.dataset = evaluation_.dataset;
    score.embedding = name;
    score.dims = n_cols(x);
    score.seed = part.result.seed;
    part.scores.push_back(std::move(score));
  }
  if (!is_full) return;
  part.result.umap = std::move(results.umap);
  part.result.cluster = std::move(results.cluster);
  part.result.cluster_resolution = results.cluster_resolution;
  part.result.silhouette_label = std::move(results.silhouette_label);
  part.result.silhouette_batch = std::move(results.silhouette_batch);
}

/// Looks for what an earlier run has finished of an embedding.
void Evaluator::find_finished(size_t i) {
  list_.find(i);
  auto& scored = scored_[i];
  scored.key = scores_key(options_, list_.spec(i), list_.key(i));
  if (!list_.found(i)) return;  // scores are of no use without their embedding
  scored.part = load_part(list_.kept_path(scored.key));
  if (!scored.part) return;
  auto embedding = list_.take(i);
  scored.part->result.reused = true;
  scored.part->result.values = spread(std::move(embedding.values), embedding.cells, data_.n_cells());
}

/// Scores a computed embedding.
FinishedPart Evaluator::evaluate_one(size_t i) {
  const auto& spec = list_.spec(i);
  const auto& method = find_method(spec);
  StageClock clock;
  FinishedPart part;
  PrefixedProgress progress(progress_, list_.place(i) + ": ");
  auto computed = list_.take(i);
  clock.stages.push_back(list_.cost(i));
  std::ranges::move(computed.stages, std::back_inserter(clock.stages));
  part.result.tag = spec.tag;
  part.result.method = spec.method;
  part.result.group = spec.group;
  part.result.seed = list_.keys().seed_of(spec);
  part.result.training = std::move(computed.training);
  part.result.options = computed.options;
  part.result.dims = n_cols(computed.values);
  part.result.losses = std::move(computed.losses);
  part.warnings = std::move(computed.warnings);
  if (method.needs_counts) part.counts_source = data_.counts_name();

  const auto groups = groups_.take(computed.cells);
  const size_t wanted = std::max(options_.reduced_dims, kPcrComponents);
  progress.stage("principal components", 0);
  const auto components = clock.run("principal components", computed.cells.size(), [&] {
    return pca(computed.values, {wanted, options_.seed}, pool_, progress_);
  });
  add_scores(computed.values, components, spec.tag, groups, part, clock, progress);
  const size_t reduced = std::min(options_.reduced_dims, components.variance.size());
  if (reduced > 0 && reduced < part.result.dims) {
    const auto x = first_components(components, reduced);
    // Components of components are the components themselves.
    PcaResults own{x, {}, components.variance, components.total_variance};
    own.variance.resize(reduced);
    StageClock reduced_clock;
    PrefixedProgress reduced_progress(progress_,
                                      fmt::format("{}/pc{}: ", list_.place(i), options_.reduced_dims));
    add_scores(x, own, fmt::format("{}/pc{}", spec.tag, options_.reduced_dims), groups, part, reduced_clock,
               reduced_progress);
    for (auto& stage : reduced_clock.stages) {
      stage.name += fmt::format(" (pc{})", options_.reduced_dims);
      clock.stages.push_back(std::move(stage));
    }
  }
  const size_t n = data_.n_cells();
  auto& r = part.result;
  r.umap = spread(r.umap, computed.cells, n);
  r.cluster = spread(r.cluster, computed.cells, n, -1);
  r.silhouette_label = spread(r.silhouette_label, computed.cells, n, std::nanf(""));
  r.silhouette_batch = spread(r.silhouette_batch, computed.cells, n, std::nanf(""));
  r.values = spread(std::move(computed.values), computed.cells, n);
  r.stages = std::move(clock.stages);
  return part;
}

void Evaluator::add_provenance() {
  auto add = [this](const char* name, const std::string& value) {
    evaluation_.provenance.emplace_back(name, value.empty() ? "none" : value);
  };
  add("zerocell", ZEROCELL_VERSION);
  add("input", options_.data_path);
  add("input hash", list_.keys().data_hash() + " (XXH3-128)");
  if (!options_.modality.empty()) add("modality", options_.modality);
  add("counts", evaluation_.counts_source);
  add("label", options_.label);
  add("batch", options_.batch);
  add("donor", options_.donor);
  add("convention", to_string(options_.convention));
  add("seed", std::to_string(options_.seed));
  add("clustering seeds", std::to_string(options_.cluster_seeds));
  add("reduced dimensions", std::to_string(options_.reduced_dims));
  add("where", options_.cells.where);
  add("excluded cells", options_.cells.exclude_cells);
  add("overlap left out", options_.cells.overlap);
  add("subsample", options_.cells.subsample ? std::to_string(options_.cells.subsample) : "");
  add("non-counts accepted", options_.accept_non_counts ? "yes" : "no");
  add("device", options_.device);
  add("processor", cpu_description());
  add("threads", std::to_string(pool_.size()));
}

/// Takes an embedding with its scores from an earlier run, or computes, scores and keeps it.
void Evaluator::finish_one(size_t i, StageClock& clock) {
  const auto& spec = list_.spec(i);
  auto part = std::move(scored_[i].part);
  if (!part) {
    if (!list_.found(i)) list_.compute(i);
    part = clock.run(spec.tag, 0, [&] { return evaluate_one(i); });
    auto& cost = clock.stages.back();
    cost.seconds += list_.seconds_here(i);
    cost.cells_per_second = cost.seconds > 0 ? static_cast<double>(data_.n_cells()) / cost.seconds : 0;
    if (list_.kept(i))
      keep_or_warn(spec.tag, "the scores", evaluation_.warnings,
                   [&] { save_part(list_.kept_path(scored_[i].key), *part); });
  }
  // Parts are shared between runs, whose data set may be called otherwise.
  for (auto& score : part->scores) score.dataset = evaluation_.dataset;
  for (auto& warning : part->warnings) evaluation_.warnings.push_back(spec.tag + ": " + warning);
  if (!part->counts_source.empty()) evaluation_.counts_source = part->counts_source;
  std::ranges::move(part->scores, std::back_inserter(evaluation_.scores));
  evaluation_.embeddings.push_back(std::move(part->result));
}

Evaluation Evaluator::run() {
  StageClock clock;
  clock.run("open", 0, [&] {
    describe_data();
    read_groups();
  });
  for (size_t i = 0; i < list_.size(); ++i) list_.attempt(i, [&] { find_finished(i); });
  for (size_t i = 0; i < list_.size(); ++i) {
    progress_.check();
    if (list_.failure(i).empty()) list_.attempt(i, [&] { finish_one(i, clock); });
    if (list_.failure(i).empty()) continue;
    evaluation_.failures.push_back({list_.spec(i).tag, list_.failure(i)});
    evaluation_.warnings.push_back(list_.spec(i).tag + " failed: " + list_.failure(i));
  }
  std::ranges::copy(list_.warnings(), std::back_inserter(evaluation_.warnings));
  for (auto& warning : data_.warnings()) evaluation_.warnings.push_back(std::move(warning));
  for (const auto& warning : evaluation_.warnings) progress_.warn(warning);
  add_provenance();
  evaluation_.stages = std::move(clock.stages);
  return std::move(evaluation_);
}

}  // namespace

Evaluation evaluate(const EvaluateOptions& options, ThreadPool& pool, Progress& progress) {
  if (options.embeddings.empty())
    throw Error::usage({"--embedding", "at least one method", "none", "See 'zerocell models'"});
  require_batches(options.embeddings, options.batch);
  return Evaluator(options, pool, progress).run();
}

std::string evaluation_fingerprint(const EvaluateOptions& options) {
  const auto keys = list_options(options).keys();
  ContentHash hash;
  for (const auto& spec : options.embeddings)
    hash.add(std::string_view(scores_key(options, spec, keys.of(spec))));
  return hash.hex();
}

std::vector<FinishedWork> finished_work(const EvaluateOptions& options) {
  std::vector<FinishedWork> finished(options.embeddings.size());
  if (options.parts_folder.empty()) return finished;
  const auto keys = list_options(options).keys();
  const auto is_kept = [&](const std::string& name) {
    return std::filesystem::exists(options.parts_folder + "/" + name);
  };
  for (size_t i = 0; i < finished.size(); ++i) {
    const auto key = keys.of(options.embeddings[i]);
    finished[i].embedding = is_kept(key + ".embedding");
    finished[i].scores = finished[i].embedding && is_kept(scores_key(options, options.embeddings[i], key));
  }
  return finished;
}

std::vector<std::string> models_not_kept(const EvaluateOptions& options) {
  const TrainedModels models(options.save_models, options.embeddings);
  if (options.save_models.empty()) return {};
  const auto keys = list_options(options).keys();
  std::vector<std::string> files;
  for (const auto& spec : options.embeddings)
    if (models.keeps(spec) && !models.holds(spec, keys.of(spec))) files.push_back(models.path(spec));
  return files;
}

}  // namespace zerocell
