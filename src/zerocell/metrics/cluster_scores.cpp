#include "zerocell/metrics/cluster_scores.h"

#include <algorithm>
#include <mutex>

#include "zerocell/core/error.h"
#include "zerocell/metrics/ari.h"
#include "zerocell/metrics/nmi.h"

namespace zerocell {
namespace {

/// The best partition that a seed has shown so far.
struct Best {
  std::mutex mutex;
  bool any = false;
  size_t resolution = 0;
  MetricValue nmi, ari;
  std::vector<int32_t> membership;

  /// Runs come in any order: equals go to the lowest resolution whichever came first.
  bool beaten_by(const MetricValue& other, size_t other_resolution) const {
    if (!any) return true;
    const double mine = nmi.value.value_or(-1), others = other.value.value_or(-1);
    return others > mine || (others == mine && other_resolution < resolution);
  }
};

SeedSummary summarise(const std::vector<SeedScores>& seeds, MetricValue SeedScores::*score) {
  SeedSummary summary{(seeds.front().*score), 0, 0};
  double sum = 0;
  for (const SeedScores& seed : seeds) {
    const MetricValue& value = seed.*score;
    if (!value.value) {
      summary.mean = value;
      return summary;
    }
    sum += *value.value;
    summary.lowest = &seed == seeds.data() ? *value.value : std::min(summary.lowest, *value.value);
    summary.highest = &seed == seeds.data() ? *value.value : std::max(summary.highest, *value.value);
  }
  summary.mean.value = sum / static_cast<double>(seeds.size());
  return summary;
}

}  // namespace

ClusterScores cluster_scores(const CsrMatrix& graph, std::span<const int32_t> labels,
                             const ClusterScoresOptions& options, ThreadPool& pool, Progress& progress) {
  const auto& resolutions = options.sweep.resolutions;
  const auto& seeds = options.sweep.seeds;
  const auto fixed = static_cast<size_t>(
      std::find(resolutions.begin(), resolutions.end(), options.fixed_resolution) - resolutions.begin());
  if (seeds.empty() || fixed == resolutions.size())
    throw Error::internal("cluster scores: no seed, or the fixed resolution is not among the resolutions");
  ClusterScores scores;
  scores.seeds.resize(seeds.size());
  std::vector<Best> best(seeds.size());
  louvain_sweep(graph, options.sweep, pool, progress, [&](const LouvainRun& run, LouvainResults&& partition) {
    const Contingency table = contingency(labels, partition.membership);
    const MetricValue nmi_value = nmi(table), ari_value = ari(table);
    if (run.resolution == fixed) {
      scores.seeds[run.seed].nmi_fixed = nmi_value;
      scores.seeds[run.seed].ari_fixed = ari_value;
    }
    Best& mine = best[run.seed];
    std::lock_guard lock(mine.mutex);
    if (!mine.beaten_by(nmi_value, run.resolution)) return;
    mine.any = true;
    mine.resolution = run.resolution;
    mine.nmi = nmi_value;
    mine.ari = ari_value;
    if (run.seed == 0) mine.membership = std::move(partition.membership);
  });
  for (size_t s = 0; s < seeds.size(); ++s) {
    scores.seeds[s].seed = seeds[s];
    scores.seeds[s].resolution = resolutions[best[s].resolution];
    scores.seeds[s].nmi = best[s].nmi;
    scores.seeds[s].ari = best[s].ari;
  }
  scores.nmi = summarise(scores.seeds, &SeedScores::nmi);
  scores.ari = summarise(scores.seeds, &SeedScores::ari);
  scores.nmi_fixed = summarise(scores.seeds, &SeedScores::nmi_fixed);
  scores.ari_fixed = summarise(scores.seeds, &SeedScores::ari_fixed);
  scores.membership = std::move(best[0].membership);
  scores.resolution = scores.seeds[0].resolution;
  return scores;
}

}  // namespace zerocell
