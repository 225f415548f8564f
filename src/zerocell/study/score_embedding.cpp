#include "zerocell/study/score_embedding.h"

#include <fmt/format.h>

#include <cmath>

#include "zerocell/cluster/kmeans.h"
#include "zerocell/core/error.h"
#include "zerocell/layout/umap.h"
#include "zerocell/metrics/aggregate.h"
#include "zerocell/metrics/ari.h"
#include "zerocell/metrics/bras.h"
#include "zerocell/metrics/cluster_scores.h"
#include "zerocell/metrics/graph_connectivity.h"
#include "zerocell/metrics/nmi.h"
#include "zerocell/metrics/pcr.h"
#include "zerocell/metrics/registry.h"
#include "zerocell/metrics/silhouette_scores.h"
#include "zerocell/neighbors/fuzzy_graph.h"
#include "zerocell/neighbors/pairwise.h"

namespace zerocell {
namespace {

constexpr const char* kNoLabels = "no label column was given";
constexpr const char* kNoBatches = "no batch column was given";
constexpr const char* kOneBatch = "all cells are of one batch";

Categorical take_groups(const Categorical& groups, const std::vector<uint32_t>& cells) {
  if (groups.codes.empty()) return {};
  Categorical taken{groups.categories, {}, groups.ordered, groups.type};
  taken.codes.reserve(cells.size());
  for (const uint32_t cell : cells) taken.codes.push_back(groups.codes[cell]);
  return taken.without_unused();
}

/// Scores one embedding; a member per family of metrics.
class Scorer {
 public:
  Scorer(const EmbeddingMatrix& x, const CellGroups& groups, const ScoringOptions& options, ThreadPool& pool,
         Progress& progress)
      : x_(x),
        groups_(groups),
        options_(options),
        rules_(rules(options.convention)),
        pool_(pool),
        progress_(progress) {}

  ScoringResults run(const PcaResults& pca, StageClock& clock);

 private:
  bool has_labels() const { return !groups_.labels.codes.empty(); }
  bool has_batches() const { return groups_.batches.n_categories() > 1; }
  const char* why_no_batches() const { return groups_.batches.codes.empty() ? kNoBatches : kOneBatch; }

  void add(const std::string& metric, const MetricValue& value);
  void score_silhouettes(PairwiseResults& pass);
  void score_clusters(const CsrMatrix& graph);
  void score_kmeans();
  void score_connectivity(const KnnGraph& knn, const CsrMatrix& graph);
  void score_batch_variance(const PcaResults& pca);
  void score_averages();
  MetricValue interval(const SilhouetteScore& score) const;
  std::vector<Score> in_table_order();

  const EmbeddingMatrix& x_;
  const CellGroups& groups_;
  const ScoringOptions& options_;
  const ConventionRules& rules_;
  ThreadPool& pool_;
  Progress& progress_;
  ScoringResults results_;
  std::vector<std::pair<std::string, MetricValue>> values_;
};

void Scorer::add(const std::string& metric, const MetricValue& value) {
  values_.emplace_back(metric, value);
}

MetricValue Scorer::interval(const SilhouetteScore& score) const {
  const bool donors = !groups_.donors.codes.empty();
  const BootstrapGroups units{donors ? groups_.donors.codes : groups_.batches.codes,
                              donors ? "donors" : "batches"};
  BootstrapOptions bootstrap;
  bootstrap.seed = options_.seed;
  return with_interval(score, units.codes.empty() ? nullptr : &units, bootstrap, pool_);
}

void Scorer::score_silhouettes(PairwiseResults& pass) {
  const auto& labels = groups_.labels.codes;
  const auto& batches = groups_.batches.codes;
  add("asw_label",
      has_labels() ? interval(asw_label(pass.label.silhouette, labels)) : MetricValue::undefined(kNoLabels));
  if (has_batches()) {
    add("asw_batch_global", interval(asw_batch_global(pass.batch.silhouette, batches)));
    add("asw_batch", has_labels() ? interval(asw_batch(pass.batch_within_label.silhouette, labels, batches))
                                  : MetricValue::undefined(kNoLabels));
    if (rules_.bras)
      add("bras", has_labels() ? bras(x_, labels, batches, pool_) : MetricValue::undefined(kNoLabels));
  } else {
    for (const char* metric : {"asw_batch_global", "asw_batch"})
      add(metric, MetricValue::undefined(why_no_batches()));
    if (rules_.bras) add("bras", MetricValue::undefined(why_no_batches()));
  }
  results_.silhouette_label = std::move(pass.label.silhouette);
  results_.silhouette_batch = std::move(pass.batch_within_label.silhouette);
}

void Scorer::score_clusters(const CsrMatrix& graph) {
  ClusterScoresOptions clustering;
  clustering.sweep.seeds.clear();
  for (uint64_t i = 0; i < options_.cluster_seeds; ++i) clustering.sweep.seeds.push_back(options_.seed + i);
  const std::vector<int32_t> none(graph.n_rows, -1);
  progress_.stage("clusters", clustering.sweep.seeds.size() * clustering.sweep.resolutions.size());
  auto scores =
      cluster_scores(graph, has_labels() ? groups_.labels.codes : none, clustering, pool_, progress_);
  auto add_mean = [&](const char* metric, const SeedSummary& summary) {
    auto value = has_labels() ? summary.mean : MetricValue::undefined(kNoLabels);
    if (value.value && scores.seeds.size() > 1)
      value.reason = fmt::format("mean of {} Louvain seeds, range {:.4f} to {:.4f}", scores.seeds.size(),
                                 summary.lowest, summary.highest);
    add(metric, value);
  };
  if (rules_.kmeans_clusters) {
    score_kmeans();
  } else {
    add_mean("nmi", scores.nmi);
    add_mean("ari", scores.ari);
  }
  if (rules_.fixed_resolution) {
    add_mean("nmi_fixed", scores.nmi_fixed);
    add_mean("ari_fixed", scores.ari_fixed);
  }
  results_.cluster = std::move(scores.membership);
  results_.cluster_resolution = scores.resolution;
}

// As scib-metrics: as many clusters as there are labels.
void Scorer::score_kmeans() {
  if (!has_labels()) {
    for (const char* metric : {"nmi", "ari"}) add(metric, MetricValue::undefined(kNoLabels));
    return;
  }
  KmeansOptions clustering;
  clustering.n_clusters = groups_.labels.n_categories();
  clustering.seed = options_.seed;
  progress_.stage("k-means", 0);
  const auto clusters = kmeans(x_, clustering, pool_, progress_);
  const auto table = contingency(groups_.labels.codes, clusters.membership);
  add("nmi", nmi(table));
  add("ari", ari(table));
}

void Scorer::score_connectivity(const KnnGraph& knn, const CsrMatrix& graph) {
  const bool directed = rules_.connectivity_graph == ConnectivityGraph::directed_distance;
  add("graph_connectivity", !has_labels() ? MetricValue::undefined(kNoLabels)
                            : directed    ? graph_connectivity_directed(knn, groups_.labels.codes)
                                          : graph_connectivity(graph, groups_.labels.codes));
}

void Scorer::score_batch_variance(const PcaResults& pca) {
  if (!has_batches()) return add("pcr_batch", MetricValue::undefined(why_no_batches()));
  const double share = pc_regression(pca, groups_.batches.codes);
  add("pcr_batch", std::isnan(share)
                       ? MetricValue::undefined("the embedding has no variance: all cells are equal")
                       : MetricValue::of(share, groups_.batches.codes.size()));
}

void Scorer::score_averages() {
  auto value = [this](const char* metric) -> const MetricValue& {
    for (const auto& [name, v] : values_)
      if (name == metric) return v;
    throw Error::internal(fmt::format("{} is averaged before it is there", metric));
  };
  const auto bio = avg_bio(value("nmi"), value("ari"), value("asw_label"));
  const auto batch = avg_batch(value("asw_batch"), value("graph_connectivity"));
  add("avg_bio", bio);
  add("avg_batch", batch);
}

std::vector<Score> Scorer::in_table_order() {
  std::vector<Score> scores;
  for (const auto& info : metric_table())
    for (const auto& [metric, value] : values_) {
      if (metric != info.name) continue;
      if (!value.value && rules_.undefined == UndefinedScore::left_out) continue;
      Score score;
      score.metric = metric;
      score.n_cells = value.n_cells;
      score.value = value.value;
      score.low = value.low;
      score.high = value.high;
      score.direction = info.direction;
      score.convention = to_string(options_.convention);
      score.status = value.status();
      // One cell of the table for all remarks: why there is no value, what the interval rests on or why there
      // is none.
      score.reason = value.reason.empty() ? value.interval_method : value.reason;
      if (score.reason.empty() && value.value && !value.low) score.reason = no_interval_reason(metric);
      scores.push_back(std::move(score));
    }
  return scores;
}

ScoringResults Scorer::run(const PcaResults& pca, StageClock& clock) {
  const size_t n_cells = n_rows(x_);
  PairwiseOptions pass_options;
  pass_options.n_neighbors = rules_.n_neighbors;
  pass_options.labels = groups_.labels.codes;
  if (has_batches()) pass_options.batches = groups_.batches.codes;
  pass_options.max_bytes = options_.max_memory;
  auto pass = clock.run("pairs", n_cells, [&] { return pairwise(x_, pass_options, pool_, progress_); });
  clock.run("silhouettes", n_cells, [&] { score_silhouettes(pass); });
  progress_.stage("graph", 0);
  const auto graph = clock.run("graph", n_cells, [&] { return fuzzy_graph(pass.knn, pool_); });
  clock.run("clusters", n_cells, [&] { score_clusters(graph); });
  clock.run("connectivity", n_cells, [&] { score_connectivity(pass.knn, graph); });
  score_batch_variance(pca);
  score_averages();
  if (options_.umap) {
    UmapOptions layout;
    layout.seed = options_.seed;
    results_.umap = clock.run("umap", n_cells, [&] { return umap(graph, layout, pool_, progress_); });
  }
  results_.scores = in_table_order();
  return std::move(results_);
}

}  // namespace

CellGroups CellGroups::take(const std::vector<uint32_t>& cells) const {
  return {take_groups(labels, cells), take_groups(batches, cells), take_groups(donors, cells)};
}

ScoringResults score_embedding(const EmbeddingMatrix& x, const PcaResults& pca, const CellGroups& groups,
                               const ScoringOptions& options, ThreadPool& pool, Progress& progress,
                               StageClock& clock) {
  return Scorer(x, groups, options, pool, progress).run(pca, clock);
}

}  // namespace zerocell
