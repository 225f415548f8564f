#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "zerocell/core/matrix.h"
#include "zerocell/core/random.h"
#include "zerocell/neighbors/knn_graph.h"

namespace zerocell::test {

/// Exact neighbours in float64, itself first, then by (distance, index): the plainest way there is.
inline KnnGraph brute_force_neighbors(const DenseMatrix<float>& x, size_t k) {
  KnnGraph knn{x.n_rows(), k, {}, {}};
  std::vector<std::pair<float, uint32_t>> others;
  for (uint32_t i = 0; i < x.n_rows(); ++i) {
    others.assign(1, {-1.0f, i});
    for (uint32_t j = 0; j < x.n_rows(); ++j) {
      if (j == i) continue;
      double sum = 0;
      for (size_t d = 0; d < x.n_cols(); ++d) sum += std::pow(static_cast<double>(x(i, d)) - x(j, d), 2);
      others.emplace_back(static_cast<float>(std::sqrt(sum)), j);
    }
    std::partial_sort(others.begin(), others.begin() + static_cast<long>(k), others.end());
    for (size_t e = 0; e < k; ++e) {
      knn.indices.push_back(others[e].second);
      knn.distances.push_back(std::max(others[e].first, 0.0f));
    }
  }
  return knn;
}

/// Points around eight centres, whole coordinates drawn by mix64: the same in tests/reference/synthetic.py.
struct Points {
  DenseMatrix<float> x;         ///< (N, 5)
  std::vector<int32_t> labels;  ///< (N) centre
};

inline Points points_around_centres(size_t n) {
  constexpr size_t kDims = 5, kCentres = 8;
  Points points{DenseMatrix<float>(n, kDims), {}};
  for (size_t i = 0; i < n; ++i) {
    const uint64_t centre = mix64(1, i) % kCentres;
    points.labels.push_back(static_cast<int32_t>(centre));
    for (size_t d = 0; d < kDims; ++d) {
      uint64_t v = mix64(2, centre, d) % 300;
      for (uint64_t draw = 3; draw < 6; ++draw) v += mix64(draw, i, d) % 120;
      points.x(i, d) = static_cast<float>(v);
    }
  }
  return points;
}

}  // namespace zerocell::test
