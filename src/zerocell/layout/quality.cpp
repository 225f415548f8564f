#include "zerocell/layout/quality.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

/// Squared distances from one cell to all cells; the own one is -1, so that it comes first.
void distances_from(const DenseMatrix<float>& x, size_t i, std::vector<float>& out) {
  out.resize(x.n_rows());
  const size_t dims = x.n_cols();
  const float* own = x.data() + i * dims;
  for (size_t j = 0; j < x.n_rows(); ++j) {
    const float* other = x.data() + j * dims;
    constexpr size_t kLanes = 8;  // independent sums, which the compiler keeps in a vector
    float sum[kLanes] = {};
    size_t d = 0;
    for (; d + kLanes <= dims; d += kLanes)
      for (size_t lane = 0; lane < kLanes; ++lane) {
        const float difference = own[d + lane] - other[d + lane];
        sum[lane] += difference * difference;
      }
    for (; d < dims; ++d) sum[0] += (own[d] - other[d]) * (own[d] - other[d]);
    out[j] = std::accumulate(sum, sum + kLanes, 0.0f);
  }
  out[i] = -1;
}

/// |y - x|^2 = |x|^2 + sum over the stored y of (y - x)^2 - x^2, in double.
void distances_from(const CsrMatrix& x, size_t i, std::vector<float>& out) {
  out.resize(x.n_rows);
  std::vector<double> own(x.n_cols);
  double norm = 0;
  for (size_t e = 0; e < x.row_indices(i).size(); ++e) {
    const double value = x.row_values(i)[e];
    own[x.row_indices(i)[e]] = value;
    norm += value * value;
  }
  for (size_t j = 0; j < x.n_rows; ++j) {
    const auto columns = x.row_indices(j);
    const auto values = x.row_values(j);
    double sum = norm;
    for (size_t e = 0; e < columns.size(); ++e) sum += values[e] * (values[e] - 2 * own[columns[e]]);
    out[j] = static_cast<float>(std::max(sum, 0.0));
  }
  out[i] = -1;
}

/// The k nearest other cells by (distance, index).
void nearest(const std::vector<float>& distances, size_t i, size_t k, std::vector<uint32_t>& order) {
  order.resize(distances.size());
  std::iota(order.begin(), order.end(), 0u);
  const auto closer = [&](uint32_t p, uint32_t q) {
    return distances[p] != distances[q] ? distances[p] < distances[q] : p < q;
  };
  std::nth_element(order.begin(), order.begin() + static_cast<ptrdiff_t>(k), order.end(), closer);
  order.resize(k + 1);
  std::erase(order, static_cast<uint32_t>(i));
}

/// Sum over `neighbours` of max(0, rank - k), rank by (distance, index), 1 for the nearest other cell.
double excess_ranks(const std::vector<float>& distances, const std::vector<uint32_t>& neighbours, size_t k) {
  double sum = 0;
  for (const uint32_t j : neighbours) {
    const float own = distances[j];
    size_t rank = 0;
    for (size_t l = 0; l < distances.size(); ++l) rank += distances[l] < own;
    for (size_t l = 0; l < j; ++l) rank += distances[l] == own;
    sum += rank > k ? static_cast<double>(rank - k) : 0.0;
  }
  return sum;
}

bool majority_is_own(std::span<const int32_t> labels, const std::vector<uint32_t>& neighbours, size_t i) {
  int32_t best = 0;
  ptrdiff_t most = 0;
  for (const uint32_t j : neighbours) {
    const auto votes = std::count_if(neighbours.begin(), neighbours.end(),
                                     [&](uint32_t other) { return labels[other] == labels[j]; });
    if (votes > most || (votes == most && labels[j] < best)) most = votes, best = labels[j];
  }
  return best == labels[i];
}

}  // namespace

LayoutQuality layout_quality(const EmbeddingMatrix& x, const DenseMatrix<float>& layout,
                             const LayoutQualityOptions& options, ThreadPool& pool) {
  const size_t n = layout.n_rows(), k = options.k;
  if (k == 0 || 2 * k >= n || n_rows(x) != n)
    throw Error::usage({"layout quality", "0 < k < N / 2 and a layout of the same cells",
                        "k " + std::to_string(k) + ", " + std::to_string(n_rows(x)) + " cells, layout of " +
                            std::to_string(n),
                        ""});
  const size_t n_judged = options.max_cells == 0 ? n : std::min(n, options.max_cells);
  std::vector<LayoutQuality> of_cell(n_judged);
  pool.parallel_ranges(n_judged, 16, [&](size_t begin, size_t end, int) {
    std::vector<float> high, low;
    std::vector<uint32_t> near_high, near_low;
    for (size_t c = begin; c < end; ++c) {
      const size_t i = c * n / n_judged;
      std::visit([&](const auto& matrix) { distances_from(matrix, i, high); }, x);
      distances_from(layout, i, low);
      nearest(high, i, k, near_high);
      nearest(low, i, k, near_low);
      LayoutQuality& q = of_cell[c];
      q.trustworthiness = excess_ranks(high, near_low, k);
      q.continuity = excess_ranks(low, near_high, k);
      for (const uint32_t j : near_low)
        q.knn_overlap += std::find(near_high.begin(), near_high.end(), j) != near_high.end();
      if (!options.labels.empty()) q.label_accuracy = majority_is_own(options.labels, near_low, i);
    }
  });
  LayoutQuality total;
  for (const LayoutQuality& q : of_cell) {
    total.trustworthiness += q.trustworthiness;
    total.continuity += q.continuity;
    total.knn_overlap += q.knn_overlap;
    total.label_accuracy += q.label_accuracy;
  }
  const auto cells = static_cast<double>(n), judged = static_cast<double>(n_judged);
  const auto neighbours = static_cast<double>(k);
  const double scale = 2 / (judged * neighbours * (2 * cells - 3 * neighbours - 1));
  total.trustworthiness = 1 - scale * total.trustworthiness;
  total.continuity = 1 - scale * total.continuity;
  total.knn_overlap /= judged * neighbours;
  total.label_accuracy /= judged;
  return total;
}

}  // namespace zerocell
