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

/// Trustworthiness T = 1 - 2 / (N k (2 N - 3 k - 1)) sum_i sum_j max(0, r(i, j) - k) over the k nearest j of
/// i in the layout, r the rank of j among the neighbours of i in x; continuity with the spaces exchanged.
/// O(N^2 D) time, O(N) memory a thread. labels: (N) codes >= 0, or empty. Needs 2 k < N, else Error(usage).
LayoutQuality layout_quality(const DenseMatrix<float>& x, const DenseMatrix<float>& layout, size_t k,
                             std::span<const int32_t> labels, ThreadPool& pool);

}  // namespace zerocell
