#include "zerocell/study/evaluate.h"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>

#include "zerocell/baselines/pca.h"
#include "zerocell/core/error.h"
#include "zerocell/core/hash.h"
#include "zerocell/core/prefixed_progress.h"
#include "zerocell/study/data_source.h"
#include "zerocell/study/embedding_key.h"
#include "zerocell/study/finished_part.h"
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

DataSourceOptions source_of(const EvaluateOptions& options) {
  return {options.layer, options.gene_ids, options.accept_non_counts, options.cells, options.max_memory};
}

EmbeddingKeys keys_of(const EvaluateOptions& options) {
  return {options.data_path, options.data_hash, source_of(options),
          options.device,    options.batch,     options.seed};
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

/// One run of evaluate: what all embeddings share.
class Evaluator {
 public:
  Evaluator(const EvaluateOptions& options, ThreadPool& pool, Progress& progress)
      : options_(options),
        pool_(pool),
        progress_(progress),
        data_(options.data_path, source_of(options), pool),
        models_(options.save_models, options.embeddings),
        keys_(keys_of(options)) {}

  Evaluation run();

 private:
  void describe_data();
  void read_groups();
  void find_finished();
  void compute_unfinished(size_t first);
  void compute_together(const std::vector<size_t>& pass);
  void finish_one(size_t i, StageClock& clock);
  void keep_embedding(size_t i);
  void keep_scores(size_t i, const FinishedPart& part);
  template <class Save>
  bool keep(size_t i, const char* what, Save&& save);
  FinishedPart evaluate_one(size_t i);
  void add_scores(const EmbeddingMatrix& x, const PcaResults& pca, const std::string& name,
                  const CellGroups& groups, FinishedPart& part, StageClock& clock, Progress& progress);
  void add_provenance();
  std::string kept_path(const std::string& name) const;
  std::string place_of(size_t i) const;
  EmbeddingJob job(size_t i, Progress& progress);

  const EvaluateOptions& options_;
  ThreadPool& pool_;
  Progress& progress_;
  DataSource data_;
  TrainedModels models_;
  EmbeddingKeys keys_;
  CellGroups groups_;
  Evaluation evaluation_;

  /// What is known so far of an embedding of the list.
  struct Progressed {
    std::string embedding_key, scores_key;       ///< taken once: files are read for them
    std::optional<FinishedPart> part;            ///< scored, by this run or an earlier one
    std::optional<ComputedEmbedding> embedding;  ///< computed by this run or an earlier one, not scored
    StageCost cost;                              ///< of the embedding
    bool computed_here = false, kept = false;    ///< the embedding, by this run; in the folder of parts
    bool failed = false;
  };
  std::vector<Progressed> list_;

  /// Runs `work` for an embedding of the list; a failure is noted where the run is to go on.
  template <class Work>
  void attempt(size_t i, Work&& work);
};

void Evaluator::read_groups() {
  auto read = [this](const std::string& column, const char* what) {
    if (column.empty()) return Categorical{};
    auto groups = data_.groups(column);
    check_missing(options_.convention, column, groups);
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

// "3/7 hvg", for telling how far the run is.
std::string Evaluator::place_of(size_t i) const {
  const auto& tag = options_.embeddings[i].tag;
  return list_.size() > 1 ? fmt::format("{}/{} {}", i + 1, list_.size(), tag) : tag;
}

// Where a result of that name is kept; empty: nowhere.
std::string Evaluator::kept_path(const std::string& name) const {
  return options_.parts_folder.empty() ? "" : options_.parts_folder + "/" + name;
}

EmbeddingJob Evaluator::job(size_t i, Progress& progress) {
  const auto& spec = options_.embeddings[i];
  return {spec,
          data_,
          pool_,
          progress,
          keys_.seed_of(spec),
          options_.max_memory,
          options_.device,
          kept_path(list_[i].embedding_key + ".rows"),
          list_[i].embedding_key,
          keys_.batch_of(spec),
          models_.path(spec)};
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

template <class Work>
void Evaluator::attempt(size_t i, Work&& work) {
  const auto note = [&](const std::string& message) {
    list_[i].failed = true;
    const auto& tag = options_.embeddings[i].tag;
    evaluation_.failures.push_back({tag, message});
    evaluation_.warnings.push_back(tag + " failed: " + message);
  };
  if (!options_.keep_going) {
    work();
    return;
  }
  try {
    work();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
    note(error.what());
  } catch (const std::bad_alloc&) {
    note("more memory than there is");
  }
}

void Evaluator::find_finished() {
  list_.resize(options_.embeddings.size());
  for (size_t i = 0; i < list_.size(); ++i)
    attempt(i, [&] {
      const auto& spec = options_.embeddings[i];
      auto& item = list_[i];
      item.embedding_key = keys_.of(spec);
      item.scores_key = scores_key(options_, spec, item.embedding_key);
      const bool keeps_model = models_.keeps(spec);
      if (keeps_model) models_.prepare(spec, item.embedding_key, options_.overwrite_models);
      if (options_.parts_folder.empty()) return;
      auto kept = load_embedding(kept_path(item.embedding_key + ".embedding"), data_.n_cells());
      if (!kept) return;
      if (keeps_model && !models_.holds(spec, item.embedding_key)) {
        progress_.warn(
            fmt::format("{}: finished by an earlier run, but its model is not in {}: it is trained again",
                        spec.tag, models_.path(spec)));
        return;
      }
      item.kept = true;
      item.part = load_part(kept_path(item.scores_key));
      if (item.part) {
        item.part->result.reused = true;
        item.part->result.values =
            spread(std::move(kept->embedding.values), kept->embedding.cells, data_.n_cells());
        return;
      }
      item.embedding = std::move(kept->embedding);
      item.cost = std::move(kept->cost);
    });
}

/// Computes an embedding of the list, and with it those that the same pass over the data can give.
void Evaluator::compute_unfinished(size_t first) {
  std::vector<size_t> places;
  std::vector<EmbeddingJob> jobs;
  // A prefix that names all of a pass is not known before the pass is.
  PrefixedProgress silent(progress_, "");
  for (size_t i = first; i < list_.size(); ++i) {
    if (list_[i].part || list_[i].embedding || list_[i].failed) continue;
    places.push_back(i);
    jobs.push_back(job(i, silent));
    // What the first cannot share a pass with need not be asked for its files.
    if (!find_method(options_.embeddings[i]).compute_together) break;
  }
  std::vector<size_t> pass;
  try {
    const auto passes = shared_passes(jobs);
    for (const size_t j : passes.front()) pass.push_back(places[j]);
  } catch (const Error& error) {
    // The files of another member have gone: its own turn will tell.
    if (!options_.keep_going || error.kind() == ErrorKind::interrupted) throw;
    pass = {first};
  }
  if (!options_.keep_going || pass.size() == 1) {
    compute_together(pass);
    return;
  }
  try {
    compute_together(pass);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
    // One of them is at fault, and only it shall be missing.
    for (const size_t i : pass)
      if (i != first) attempt(i, [&] { compute_together({i}); });
    compute_together({first});
  }
}

/// Embeddings of the list that one pass over the data gives.
void Evaluator::compute_together(const std::vector<size_t>& pass) {
  std::string tags;
  for (const size_t i : pass) tags += (tags.empty() ? "" : " + ") + place_of(i);
  PrefixedProgress progress(progress_, tags + ": ");
  progress.stage("embedding", 0);
  std::vector<EmbeddingJob> jobs;
  for (const size_t i : pass) jobs.push_back(job(i, progress));
  auto results = compute_pass(jobs);
  for (size_t k = 0; k < pass.size(); ++k) {
    list_[pass[k]].embedding = std::move(results.embeddings[k]);
    list_[pass[k]].cost = std::move(results.costs[k]);
    list_[pass[k]].computed_here = true;
    keep_embedding(pass[k]);
  }
}

/// Scores a computed embedding.
FinishedPart Evaluator::evaluate_one(size_t i) {
  const auto& spec = options_.embeddings[i];
  const auto& method = find_method(spec);
  StageClock clock;
  FinishedPart part;
  PrefixedProgress progress(progress_, place_of(i) + ": ");
  auto computed = std::move(*list_[i].embedding);
  list_[i].embedding.reset();
  clock.stages.push_back(list_[i].cost);
  std::ranges::move(computed.stages, std::back_inserter(clock.stages));
  part.result.tag = spec.tag;
  part.result.method = spec.method;
  part.result.group = spec.group;
  part.result.seed = keys_.seed_of(spec);
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
                                      fmt::format("{}/pc{}: ", place_of(i), options_.reduced_dims));
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
  add("input hash", keys_.data_hash() + " (XXH3-128)");
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

/// Keeps a result for later runs. A disk that refuses costs time later, no result now.
template <class Save>
bool Evaluator::keep(size_t i, const char* what, Save&& save) {
  try {
    save();
    return true;
  } catch (const Error& error) {
    evaluation_.warnings.push_back(fmt::format("{}: {} cannot be kept for later runs: {}",
                                               options_.embeddings[i].tag, what, error.what()));
    return false;
  }
}

void Evaluator::keep_embedding(size_t i) {
  auto& item = list_[i];
  if (options_.parts_folder.empty()) return;
  const auto& spec = options_.embeddings[i];
  item.kept = keep(i, "the embedding", [&] {
    save_embedding(kept_path(item.embedding_key + ".embedding"),
                   {spec.tag, spec.method, *item.embedding, item.cost});
  });
  std::error_code ignored;
  if (item.kept) std::filesystem::remove(kept_path(item.embedding_key + ".rows"), ignored);
}

void Evaluator::keep_scores(size_t i, const FinishedPart& part) {
  // Scores are of no use without their embedding.
  if (list_[i].kept) keep(i, "the scores", [&] { save_part(kept_path(list_[i].scores_key), part); });
}

/// Takes an embedding from an earlier run, or computes, scores and keeps it.
void Evaluator::finish_one(size_t i, StageClock& clock) {
  const auto& spec = options_.embeddings[i];
  auto part = std::move(list_[i].part);
  if (!part) {
    if (!list_[i].embedding) compute_unfinished(i);
    part = clock.run(spec.tag, 0, [&] { return evaluate_one(i); });
    auto& cost = clock.stages.back();
    if (list_[i].computed_here) cost.seconds += list_[i].cost.seconds;
    cost.cells_per_second = cost.seconds > 0 ? static_cast<double>(data_.n_cells()) / cost.seconds : 0;
    keep_scores(i, *part);
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
  find_finished();
  for (size_t i = 0; i < list_.size(); ++i) {
    progress_.check();
    if (!list_[i].failed) attempt(i, [&] { finish_one(i, clock); });
  }
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
  const auto keys = keys_of(options);
  ContentHash hash;
  for (const auto& spec : options.embeddings)
    hash.add(std::string_view(scores_key(options, spec, keys.of(spec))));
  return hash.hex();
}

std::vector<std::string> models_not_kept(const EvaluateOptions& options) {
  const TrainedModels models(options.save_models, options.embeddings);
  if (options.save_models.empty()) return {};
  const auto keys = keys_of(options);
  std::vector<std::string> files;
  for (const auto& spec : options.embeddings)
    if (models.keeps(spec) && !models.holds(spec, keys.of(spec))) files.push_back(models.path(spec));
  return files;
}

}  // namespace zerocell
