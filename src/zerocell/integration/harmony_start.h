#pragma once
#include "zerocell/core/parallel.h"
#include "zerocell/core/progress.h"
#include "zerocell/integration/harmony_cells.h"

namespace zerocell {

/// How the first centroids are found: Lloyd's k-means (1982) on rows of length 1.
struct HarmonyStartOptions {
  size_t n_clusters = 1;   ///< K <= N
  bool plus_plus = false;  ///< false: as harmonypy 2.1.0, each centroid a cell far from a random cell;
                           ///< true: k-means++ as 0.0.10, the best of n_init
  size_t n_init = 10;      ///< for plus_plus
  size_t max_iter = 10;
  double tolerance = 0;  ///< stop where the centroids move by this times the mean variance
  uint64_t seed = 0;
};

/// (K, D) centroids, not scaled. unit: (N, D) rows of length 1 in the order of cells. A draw depends on the
/// seed, what it is for and the cell's key: the cell with the least -log(u) / weight wins, which is a draw in
/// proportion to the weights. Products are in float: a start needs no more. (cluster/kmeans.h takes sparse
/// rows too and multiplies them one by one; this multiplies blocks of rows, many times as fast.)
DenseMatrix<double> harmony_start(const HarmonyCells& cells, const DenseMatrix<float>& unit,
                                  const HarmonyStartOptions& options, ThreadPool& pool, Progress& progress);

}  // namespace zerocell
