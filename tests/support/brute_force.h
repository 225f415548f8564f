#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
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

/// Silhouettes in float64 (Rousseeuw 1987) over the cells whose group is not negative and whose subset is
/// equal; 0 for a cell alone in its group or with one group in its subset, NaN for the other cells.
inline std::vector<float> brute_force_silhouettes(const DenseMatrix<float>& x,
                                                  const std::vector<int32_t>& groups,
                                                  const std::vector<int32_t>& subsets) {
  std::vector<float> result(x.n_rows(), std::nanf(""));
  for (size_t i = 0; i < x.n_rows(); ++i) {
    if (groups[i] < 0 || subsets[i] < 0) continue;
    std::map<int32_t, std::pair<double, double>> to_group;  // sum, number
    for (size_t j = 0; j < x.n_rows(); ++j) {
      if (j == i || groups[j] < 0 || subsets[j] != subsets[i]) continue;
      double sum = 0;
      for (size_t d = 0; d < x.n_cols(); ++d) sum += std::pow(static_cast<double>(x(i, d)) - x(j, d), 2);
      to_group[groups[j]].first += std::sqrt(sum);
      ++to_group[groups[j]].second;
    }
    double within = -1, nearest = -1;
    for (const auto& [group, sum] : to_group) {
      const double mean = sum.first / sum.second;
      if (group == groups[i])
        within = mean;
      else if (nearest < 0 || mean < nearest)
        nearest = mean;
    }
    const double larger = std::max(within, nearest);
    result[i] =
        within < 0 || nearest < 0 || larger == 0 ? 0 : static_cast<float>((nearest - within) / larger);
  }
  return result;
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
