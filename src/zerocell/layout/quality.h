#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "zerocell/core/matrix.h"
#include "zerocell/core/parallel.h"

namespace zerocell {

/// How well a layout keeps the neighbourhoods of the space that it shows. All in [0, 1], higher is better.
struct LayoutQuality {
  double trustworthiness = 0;  ///< are the neighbours in the layout true ones (Venna & Kaski 2001)
  double continuity = 0;       ///< are the true neighbours still near in the layout
  double knn_overlap = 0;      ///< mean share of the k true neighbours among the k of the layout
  double label_accuracy =
      0;  ///< share of cells whose label wins the vote of their k in the layout; 0 without labels
};

struct LayoutQualityOptions {
  size_t k = 15;
  std::span<const int32_t> labels;  ///< (N) codes, or empty: no label accuracy
  size_t max_cells = 0;             ///< average over so many cells, evenly spread; 0: all
};

/// Trustworthiness T = 1 - 2 / (N k (2 N - 3 k - 1)) sum_i sum_j max(0, r(i, j) - k) over the k nearest j of
/// i in the layout, r the rank of j among the neighbours of i in x; continuity with the spaces exchanged.
/// O(max_cells N D) time, O(N) memory a thread. Ties go by index. Throws Error(usage) unless 0 < 2 k < N.
LayoutQuality layout_quality(const EmbeddingMatrix& x, const DenseMatrix<float>& layout,
                             const LayoutQualityOptions& options, ThreadPool& pool);

}  // namespace zerocell
