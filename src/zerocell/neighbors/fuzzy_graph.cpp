#include "zerocell/neighbors/fuzzy_graph.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

constexpr size_t kRowsPerTask = 1024;

/// Distance to the nearest distinct neighbour and width of the kernel of one cell.
struct Kernel {
  float rho = 0, sigma = 0;
};

/// The width at which the memberships of neighbours 1..K-1 add up to log2(K). float32 and float64 stand
/// where umap-learn 0.5 has them, so that the bisection ends at the same step.
float bisect_sigma(std::span<const float> distances, float rho) {
  constexpr int kSteps = 64;
  constexpr double kTolerance = 1e-5;
  const double target = std::log2(static_cast<double>(distances.size()));
  float low = 0, high = std::numeric_limits<float>::infinity(), sigma = 1;
  for (int step = 0; step < kSteps; ++step) {
    float sum = 0;
    for (size_t j = 1; j < distances.size(); ++j) {
      const float excess = distances[j] - rho;
      sum += excess > 0 ? std::exp(-(excess / sigma)) : 1.0f;
    }
    if (std::fabs(sum - target) < kTolerance) break;
    (sum > target ? high : low) = sigma;
    sigma = std::isinf(high) ? sigma * 2 : (low + high) / 2;
  }
  return sigma;
}

Kernel fit_kernel(std::span<const float> distances) {
  constexpr double kLeastSigma = 1e-3;  // of the mean distance
  const auto positive = std::find_if(distances.begin(), distances.end(), [](float d) { return d > 0; });
  // All K at distance 0: every membership is 1 whatever the width.
  if (positive == distances.end()) return {0, 1};
  Kernel kernel{*positive, bisect_sigma(distances, *positive)};
  const float mean = std::accumulate(distances.begin(), distances.end(), 0.0f) / distances.size();
  kernel.sigma = std::max(kernel.sigma, static_cast<float>(kLeastSigma * mean));
  return kernel;
}

/// One arc of the union; `weight` is 0 where the arc exists in the other direction only.
struct Arc {
  uint32_t cell;
  float weight;
};

void check(const KnnGraph& knn) {
  const size_t n = knn.n_cells * knn.n_neighbors;
  if (knn.indices.size() != n || knn.distances.size() != n)
    throw Error::internal("neighbour graph: arrays do not have cells x neighbours entries");
  if (std::any_of(knn.indices.begin(), knn.indices.end(), [&](uint32_t j) { return j >= knn.n_cells; }))
    throw Error::internal("neighbour graph: index beyond the last cell");
}

/// Builds the union of the directed memberships with their transpose, row by row.
class Union {
 public:
  Union(const KnnGraph& knn, ThreadPool& pool)
      : knn_(knn), pool_(pool), weights_(knn.indices.size()), starts_(knn.n_cells + 1) {}

  CsrMatrix build() {
    weigh();
    transpose();
    CsrMatrix graph;
    graph.n_rows = graph.n_cols = knn_.n_cells;
    graph.indptr.assign(knn_.n_cells + 1, 0);
    each_row([&](size_t i, std::vector<Arc>& row) {
      merge(i, row);
      graph.indptr[i + 1] = row.size();
    });
    std::partial_sum(graph.indptr.begin(), graph.indptr.end(), graph.indptr.begin());
    graph.indices.resize(graph.indptr.back());
    graph.values.resize(graph.indptr.back());
    each_row([&](size_t i, std::vector<Arc>& row) {
      merge(i, row);
      uint64_t at = graph.indptr[i];
      for (const Arc& arc : row) {
        graph.indices[at] = arc.cell;
        graph.values[at++] = arc.weight;
      }
    });
    return graph;
  }

 private:
  template <class Body>
  void each_row(const Body& body) {
    pool_.parallel_ranges(knn_.n_cells, kRowsPerTask, [&](size_t begin, size_t end, int) {
      std::vector<Arc> row;
      for (size_t i = begin; i < end; ++i) body(i, row);
    });
  }

  /// weights_ (N, K): directed memberships, 0 for the cell itself; counts arcs that arrive at each cell.
  void weigh() {
    each_row([&](size_t i, std::vector<Arc>&) {
      const size_t K = knn_.n_neighbors, first = i * K;
      const Kernel kernel = fit_kernel({knn_.distances.data() + first, K});
      for (size_t e = first; e < first + K; ++e) {
        if (knn_.indices[e] == i) continue;
        const float excess = knn_.distances[e] - kernel.rho;
        weights_[e] = excess <= 0 || kernel.sigma == 0 ? 1.0f : std::exp(-(excess / kernel.sigma));
        if (weights_[e] > 0)
          std::atomic_ref(starts_[knn_.indices[e] + 1]).fetch_add(1, std::memory_order_relaxed);
      }
    });
  }

  /// Arcs by the cell that they arrive at, in any order: merge() sorts them.
  void transpose() {
    std::partial_sum(starts_.begin(), starts_.end(), starts_.begin());
    arriving_.resize(starts_.back());
    std::vector<uint64_t> next(starts_.begin(), starts_.end() - 1);
    each_row([&](size_t i, std::vector<Arc>&) {
      for (size_t e = i * knn_.n_neighbors; e < (i + 1) * knn_.n_neighbors; ++e) {
        if (weights_[e] == 0) continue;
        const uint64_t at = std::atomic_ref(next[knn_.indices[e]]).fetch_add(1, std::memory_order_relaxed);
        arriving_[at] = {static_cast<uint32_t>(i), weights_[e]};
      }
    });
  }

  /// Row i of a + b - a b, columns ascending.
  void merge(size_t i, std::vector<Arc>& row) const {
    row.assign(arriving_.begin() + starts_[i], arriving_.begin() + starts_[i + 1]);
    for (size_t e = i * knn_.n_neighbors; e < (i + 1) * knn_.n_neighbors; ++e)
      if (weights_[e] > 0) row.push_back({knn_.indices[e], weights_[e]});
    std::sort(row.begin(), row.end(), [](const Arc& a, const Arc& b) { return a.cell < b.cell; });
    size_t n = 0;
    for (size_t e = 0; e < row.size(); ++n) {
      Arc arc = row[e++];
      if (e < row.size() && row[e].cell == arc.cell) {
        const float other = row[e++].weight;
        arc.weight = (arc.weight + other) - arc.weight * other;
      }
      row[n] = arc;
    }
    row.resize(n);
  }

  const KnnGraph& knn_;
  ThreadPool& pool_;
  std::vector<float> weights_;
  std::vector<uint64_t> starts_;
  std::vector<Arc> arriving_;
};

}  // namespace

CsrMatrix fuzzy_graph(const KnnGraph& knn, ThreadPool& pool) {
  check(knn);
  return Union(knn, pool).build();
}

}  // namespace zerocell
