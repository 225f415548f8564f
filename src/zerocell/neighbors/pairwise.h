#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "zerocell/core/matrix.h"
#include "zerocell/core/parallel.h"
#include "zerocell/core/progress.h"
#include "zerocell/neighbors/knn_graph.h"

namespace zerocell {

/// What the pass over all pairs is to find. Codes are -1 where a label or batch is missing; such cells take
/// part in the neighbour graph and in no silhouette of that grouping.
struct PairwiseOptions {
  size_t n_neighbors = 15;  ///< K including self; more than N cells: 1 + N / 2, as scanpy. 0: no graph
  std::span<const int32_t> labels;   ///< (N) or empty: no silhouette over labels
  std::span<const int32_t> batches;  ///< (N) or empty: no silhouette over batches
  uint64_t max_bytes = 4ull << 30;   ///< bound of the working memory; above it, symmetry is given up
};

/// Mean distances and silhouette of every cell under one grouping (Rousseeuw 1987).
struct SilhouetteResults {
  std::vector<float>
      silhouette;              ///< (N) (b - a) / max(a, b); 0 for a group of one; NaN: undefined for the cell
  std::vector<float> within;   ///< (N) a: mean distance to the other cells of the own group
  std::vector<float> nearest;  ///< (N) b: least mean distance to another group
};

struct PairwiseResults {
  KnnGraph knn;
  SilhouetteResults label;               ///< over labels, all labelled cells
  SilhouetteResults batch;               ///< over batches, all cells with a batch
  SilhouetteResults batch_within_label;  ///< over batches among the cells of the own label
  std::string kernel;                    ///< which kernel ran, for provenance: "sparse-dense AVX-512" ...
};

/// One exact pass over all N (N - 1) / 2 euclidean distances of an N x D embedding.
///
/// O(N D + N K + N groups) memory. Duplicate rows are at distance exactly 0; near-duplicates and offset
/// columns give the float64 answer to float32 rounding. The result is the same bits whatever the number
/// of threads. Throws Error(data) for a value that is not finite, Error(interrupted) when cancelled.
PairwiseResults pairwise(const EmbeddingMatrix& x, const PairwiseOptions& options, ThreadPool& pool,
                         Progress& progress);

}  // namespace zerocell
