#pragma once
#include <cstdint>

#include "zerocell/core/matrix.h"
#include "zerocell/core/parallel.h"
#include "zerocell/core/progress.h"

namespace zerocell {

/// Defaults of scanpy's tl.umap except min_dist, which is the study's.
struct UmapOptions {
  double min_dist = 0.3, spread = 1.0;
  int n_epochs = 0;  ///< 0: 500 up to 10,000 cells, 200 above
  int negative_sample_rate = 5;
  double learning_rate = 1.0, repulsion_strength = 1.0;
  uint64_t seed = 0;
};

/// UMAP layout (McInnes, Healy, Melville 2018) of a fuzzy graph: (N, 2).
/// The same bits for a seed whatever the number of threads.
DenseMatrix<float> umap(const CsrMatrix& graph, const UmapOptions& options, ThreadPool& pool,
                        Progress& progress);

}  // namespace zerocell
