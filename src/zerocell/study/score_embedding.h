#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "zerocell/baselines/pca.h"
#include "zerocell/core/evaluation.h"
#include "zerocell/core/parallel.h"
#include "zerocell/core/progress.h"
#include "zerocell/metrics/convention.h"
#include "zerocell/study/stage_clock.h"

namespace zerocell {

/// How the cells of an embedding are grouped; each empty where no such column was given. M cells.
struct CellGroups {
  Categorical labels, batches, donors;

  CellGroups take(const std::vector<uint32_t>& cells) const;
};

struct ScoringOptions {
  Convention convention = Convention::zerocell;
  size_t cluster_seeds = 1;
  bool umap = true;
  uint64_t seed = 0;
  uint64_t max_memory = 4ull << 30;
};

/// Scores and by-products of one embedding of M cells.
struct ScoringResults {
  std::vector<Score>
      scores;  ///< in the order of the metric table; dataset, embedding and dims are the caller's to fill
  DenseMatrix<float> umap;       ///< (M, 2) or empty
  std::vector<int32_t> cluster;  ///< (M) or empty
  double cluster_resolution = 0;
  std::vector<float> silhouette_label, silhouette_batch;  ///< (M) or empty
};

/// One pass over all pairs, then everything that follows from it: silhouettes, graph, clusters, layout.
/// `pca` holds the principal components of x, which principal-component regression needs.
ScoringResults score_embedding(const EmbeddingMatrix& x, const PcaResults& pca, const CellGroups& groups,
                               const ScoringOptions& options, ThreadPool& pool, Progress& progress,
                               StageClock& clock);

}  // namespace zerocell
