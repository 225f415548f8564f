#include "zerocell/integration/harmony_ridge.h"

#include <algorithm>
#include <cmath>

#include "zerocell/integration/harmony_kernels.h"
#include "zerocell/integration/matrix_product.h"

namespace zerocell {
namespace {

/// Weighted coordinates and weights of a batch in every cluster.
struct BatchSums {
  DenseMatrix<double> coordinates;  ///< (K, D)
  std::vector<double> weights;      ///< (K)
};

/// Coordinates of rows as T: the rows themselves, or a copy in `buffer`.
const float* coordinates(const HarmonyCells& cells, size_t first, size_t, AlignedVector<float>&) {
  return cells.z.row(first).data();
}
const double* coordinates(const HarmonyCells& cells, size_t first, size_t last,
                          AlignedVector<double>& buffer) {
  const float* from = cells.z.row(first).data();
  buffer.assign(from, from + (last - first) * cells.n_dims());
  return buffer.data();
}

// Products of at most kHarmonyTaskRows rows, which float carries well, are added up in double: with little
// penalty the intercept is nearly the sum of the batches, and what is left of their difference decides.
template <class T>
std::vector<BatchSums> batch_sums(const HarmonyCells& cells, const HarmonyClusters<T>& clusters,
                                  ThreadPool& pool) {
  const size_t d = cells.n_dims(), width = clusters.width(), k = clusters.n_clusters();
  // Parts that are one task each: so long that there are few sums to keep, whatever the number of threads.
  const auto parts = cells.runs(harmony_part_rows(cells.n_cells()));
  std::vector<BatchSums> of_parts(parts.size());
  pool.parallel_for(parts.size(), [&](size_t p, int) {
    auto& sums = of_parts[p];
    sums.coordinates = DenseMatrix<double>(k, d);
    sums.weights.assign(k, 0);
    AlignedVector<T> buffer, product(width * d), weights(width);
    for (size_t first = parts[p].begin; first < parts[p].end; first += kHarmonyTaskRows) {
      const size_t last = std::min(parts[p].end, first + kHarmonyTaskRows);
      matrix_product(true, false, width, d, last - first, T(1), clusters.assignments(first), width,
                     coordinates(cells, first, last, buffer), d, T(0), product.data(), d);
      std::ranges::fill(weights, T(0));
      for (size_t i = first; i < last; ++i)
        HarmonyKernels<T>::add(clusters.assignments(i), weights.data(), width);
      for (size_t x = 0; x < k * d; ++x) sums.coordinates.data()[x] += static_cast<double>(product[x]);
      for (size_t c = 0; c < k; ++c) sums.weights[c] += static_cast<double>(weights[c]);
    }
  });
  std::vector<BatchSums> of_batches(cells.n_batches());
  for (size_t p = 0; p < parts.size(); ++p) {
    auto& sums = of_batches[parts[p].batch];
    if (sums.weights.empty()) {
      sums = std::move(of_parts[p]);
      continue;
    }
    for (size_t x = 0; x < k * d; ++x) sums.coordinates.data()[x] += of_parts[p].coordinates.data()[x];
    for (size_t c = 0; c < k; ++c) sums.weights[c] += of_parts[p].weights[c];
  }
  return of_batches;
}

/// Offsets of the batches in cluster k; offsets(b) is row b of (B, D), 0 for batches that are left alone.
/// Returns false where nothing is corrected.
class ArrowSystem {
 public:
  ArrowSystem(const std::vector<BatchSums>& sums, size_t k, size_t d) : sums_(sums), k_(k), intercept_(d) {}

  void keep(size_t batch, double penalty) { kept_.push_back({batch, sums_[batch].weights[k_], penalty}); }
  size_t n_kept() const { return kept_.size(); }

  /// Eliminates the batches from the row of the intercept. A batch of weight o and penalty p leaves o - o^2 /
  /// (o + p) = o p / (o + p) of its weight there, and p / (o + p) of its coordinates.
  bool solve() {
    double left = 0, total = 0;
    for (const auto& [batch, weight, penalty] : kept_) {
      if (weight + penalty <= 0) continue;
      const double share = penalty / (weight + penalty);
      left += weight * share;
      total += weight;
      const auto row = sums_[batch].coordinates.row(k_);
      for (size_t j = 0; j < row.size(); ++j) intercept_[j] += share * row[j];
    }
    // A cluster without cells, or so little penalty that the intercept is not determined.
    if (!(left > 1e-14 * total) || left < 1e-290) return false;
    for (double& x : intercept_) x /= left;
    return true;
  }
  const std::vector<double>& intercept() const { return intercept_; }

  /// Calls store(batch, dimension, offset).
  template <class Store>
  void offsets(const Store& store) const {
    for (const auto& [batch, weight, penalty] : kept_) {
      if (weight + penalty <= 0) continue;
      const auto row = sums_[batch].coordinates.row(k_);
      for (size_t j = 0; j < row.size(); ++j)
        store(batch, j, (row[j] - weight * intercept_[j]) / (weight + penalty));
    }
  }

 private:
  struct Kept {
    size_t batch;
    double weight, penalty;
  };
  const std::vector<BatchSums>& sums_;
  size_t k_;
  std::vector<double> intercept_;
  std::vector<Kept> kept_;
};

}  // namespace

template <class T>
void correct_batches(const HarmonyCells& cells, const HarmonyClusters<T>& clusters, const HarmonyRidge& ridge,
                     DenseMatrix<float>& corrected, DenseMatrix<T>& unit, DenseMatrix<double>& centroids,
                     ThreadPool& pool) {
  const size_t d = cells.n_dims(), n_batches = cells.n_batches(), width = clusters.width();
  const auto sums = batch_sums(cells, clusters, pool);
  DenseMatrix<T> offsets(n_batches * width, d);  // (B, K, D)
  pool.parallel_for(clusters.n_clusters(), [&](size_t k, int) {
    ArrowSystem system(sums, k, d);
    for (size_t b = 0; b < n_batches; ++b)
      if (ridge.classic)
        system.keep(b, ridge.lambda);
      else if (clusters.observed(b, k) / cells.batch_size(b) > ridge.cutoff)
        system.keep(b, ridge.alpha * std::max(0.0, clusters.expected(b, k)));
    // A batch that is alone in a cluster has nothing to be drawn to.
    if ((!ridge.classic && system.n_kept() < 2) || !system.solve()) return;
    system.offsets([&](size_t b, size_t j, double x) { offsets(b * width + k, j) = static_cast<T>(x); });
    if (ridge.classic) return;
    std::ranges::copy(system.intercept(), centroids.row(k).begin());
    to_unit_length(centroids.row(k).data(), d);
  });
  const auto runs = cells.runs(kHarmonyTaskRows);
  pool.parallel_for(runs.size(), [&](size_t r, int) {
    const auto& run = runs[r];
    T* rows = unit.row(run.begin).data();
    std::copy_n(cells.z.row(run.begin).data(), (run.end - run.begin) * d, rows);
    matrix_product(false, false, run.end - run.begin, d, width, T(-1), clusters.assignments(run.begin), width,
                   offsets.row(run.batch * width).data(), d, T(1), rows, d);
    std::transform(rows, rows + (run.end - run.begin) * d, corrected.row(run.begin).data(),
                   [](T x) { return static_cast<float>(x); });
    for (size_t i = run.begin; i < run.end; ++i) to_unit_length(unit.row(i).data(), d);
  });
}

template void correct_batches(const HarmonyCells&, const HarmonyClusters<float>&, const HarmonyRidge&,
                              DenseMatrix<float>&, DenseMatrix<float>&, DenseMatrix<double>&, ThreadPool&);
template void correct_batches(const HarmonyCells&, const HarmonyClusters<double>&, const HarmonyRidge&,
                              DenseMatrix<float>&, DenseMatrix<double>&, DenseMatrix<double>&, ThreadPool&);

}  // namespace zerocell
