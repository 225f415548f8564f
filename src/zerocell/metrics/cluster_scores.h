#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "zerocell/cluster/louvain_sweep.h"
#include "zerocell/metrics/metric_value.h"

namespace zerocell {

struct ClusterScoresOptions {
  LouvainSweepOptions sweep;      ///< at least one resolution and one seed
  double fixed_resolution = 1.0;  ///< where nmi_fixed and ari_fixed are taken; must be one of the sweep's
};

/// Scores of one seed.
struct SeedScores {
  uint64_t seed = 0;
  double resolution = 0;  ///< that of the best NMI; of equals, and where no NMI is above 0, the lowest
  MetricValue nmi, ari;   ///< of the partition with the best NMI
  MetricValue nmi_fixed, ari_fixed;
};

/// Mean and range of one score over seeds; undefined where it is for any seed.
struct SeedSummary {
  MetricValue mean;
  double lowest = 0, highest = 0;
};

struct ClusterScores {
  std::vector<SeedScores> seeds;
  SeedSummary nmi, ari, nmi_fixed, ari_fixed;
  std::vector<int32_t> membership;  ///< (N) best-NMI partition of the first seed
  double resolution = 0;            ///< of that partition
};

/// Louvain over all resolutions and seeds, each partition scored against the labels and dropped but for the
/// best, as scib's opt_louvain. labels: (N) codes; cells with a negative one are clustered and not scored.
ClusterScores cluster_scores(const CsrMatrix& graph, std::span<const int32_t> labels,
                             const ClusterScoresOptions& options, ThreadPool& pool, Progress& progress);

}  // namespace zerocell
