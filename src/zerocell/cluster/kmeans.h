#pragma once
#include <cstdint>
#include <vector>

#include "zerocell/core/matrix.h"
#include "zerocell/core/parallel.h"
#include "zerocell/core/progress.h"

namespace zerocell {

struct KmeansOptions {
  size_t n_clusters = 8;  ///< more than N: N
  size_t n_init = 1;      ///< starts; the one with the least inertia is kept
  size_t max_iter = 300;
  double tolerance =
      1e-4;  ///< stop when the centres move less than this times the mean variance of the columns
  uint64_t seed = 0;
};

struct KmeansResults {
  std::vector<int32_t> membership;  ///< (N) cluster of each cell, 0 .. n_clusters - 1
  double inertia = 0;               ///< sum of squared distances to the own centre
  size_t n_iter = 0;                ///< iterations of the start that was kept
};

/// Lloyd's k-means (1982) from k-means++ starts (Arthur, Vassilvitskii 2007), on dense or sparse rows.
///
/// Defaults as scib-metrics' KMeans. A cluster that loses all its cells keeps its centre. The same bits
/// whatever the number of threads. Throws Error(interrupted) when cancelled.
KmeansResults kmeans(const EmbeddingMatrix& x, const KmeansOptions& options, ThreadPool& pool,
                     Progress& progress);

}  // namespace zerocell
