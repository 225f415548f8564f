#include "zerocell/cluster/kmeans.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "zerocell/core/random.h"

namespace zerocell {
namespace {

// Sums are formed in this many parts of the cells, whatever the number of threads, and added in order.
constexpr size_t kParts = 16;

/// Rows of either kind behind the two operations that k-means needs.
class Rows {
 public:
  explicit Rows(const EmbeddingMatrix& x)
      : dense_(std::get_if<DenseMatrix<float>>(&x)), sparse_(std::get_if<CsrMatrix>(&x)) {}

  double dot(size_t i, const double* y) const {
    double sum = 0;
    if (dense_) {
      const auto row = dense_->row(i);
      for (size_t j = 0; j < row.size(); ++j) sum += row[j] * y[j];
      return sum;
    }
    const auto columns = sparse_->row_indices(i);
    const auto values = sparse_->row_values(i);
    for (size_t k = 0; k < columns.size(); ++k) sum += values[k] * y[columns[k]];
    return sum;
  }
  void add_to(size_t i, double* y) const {
    if (dense_) {
      const auto row = dense_->row(i);
      for (size_t j = 0; j < row.size(); ++j) y[j] += row[j];
      return;
    }
    const auto columns = sparse_->row_indices(i);
    const auto values = sparse_->row_values(i);
    for (size_t k = 0; k < columns.size(); ++k) y[columns[k]] += values[k];
  }
  double squared_norm(size_t i) const {
    const auto values = dense_ ? dense_->row(i) : sparse_->row_values(i);
    return std::transform_reduce(values.begin(), values.end(), 0.0, std::plus<>(),
                                 [](float v) { return static_cast<double>(v) * v; });
  }

 private:
  const DenseMatrix<float>* dense_;
  const CsrMatrix* sparse_;
};

class Kmeans {
 public:
  Kmeans(const EmbeddingMatrix& x, const KmeansOptions& options, ThreadPool& pool, Progress& progress)
      : rows_(x),
        n_cells_(n_rows(x)),
        n_dims_(n_cols(x)),
        k_(std::min(options.n_clusters, n_cells_)),
        options_(options),
        pool_(pool),
        progress_(progress),
        norms_(n_cells_) {
    for (size_t i = 0; i < n_cells_; ++i) norms_[i] = rows_.squared_norm(i);
  }

  KmeansResults run(uint64_t start) {
    KmeansResults results;
    results.membership.assign(n_cells_, 0);
    if (k_ == 0) return results;
    choose_centres(start);
    const double tolerance = options_.tolerance * mean_variance();
    for (results.n_iter = 1;; ++results.n_iter) {
      progress_.check();
      results.inertia = assign(results.membership);
      if (results.n_iter >= options_.max_iter || move_centres(results.membership) <= tolerance) break;
    }
    return results;
  }

 private:
  double* centre(size_t c) { return centres_.data() + c * n_dims_; }

  double squared_distance(size_t i, size_t c) {
    return std::max(0.0, norms_[i] - 2 * rows_.dot(i, centre(c)) + centre_norms_[c]);
  }

  void set_centre_norm(size_t c) {
    centre_norms_[c] = std::inner_product(centre(c), centre(c) + n_dims_, centre(c), 0.0);
  }

  void over_parts(const std::function<void(size_t part, size_t begin, size_t end)>& body) {
    const size_t grain = (n_cells_ + kParts - 1) / kParts;
    pool_.parallel_ranges(n_cells_, grain,
                          [&](size_t begin, size_t end, int) { body(begin / grain, begin, end); });
  }

  // Each further centre is a cell drawn in proportion to its squared distance to the nearest centre so far.
  void choose_centres(uint64_t start) {
    Random random(options_.seed, start);
    centres_.assign(k_ * n_dims_, 0);
    centre_norms_.assign(k_, 0);
    std::vector<double> nearest(n_cells_, std::numeric_limits<double>::infinity());
    size_t chosen = random.below(n_cells_);
    for (size_t c = 0; c < k_; ++c) {
      rows_.add_to(chosen, centre(c));
      set_centre_norm(c);
      over_parts([&](size_t, size_t begin, size_t end) {
        for (size_t i = begin; i < end; ++i) nearest[i] = std::min(nearest[i], squared_distance(i, c));
      });
      const double total = std::accumulate(nearest.begin(), nearest.end(), 0.0);
      double left = random.uniform() * total;
      chosen = 0;
      while (chosen + 1 < n_cells_ && (left -= nearest[chosen]) >= 0) ++chosen;
    }
  }

  double mean_variance() {
    std::vector<double> mean(n_dims_);
    for (size_t i = 0; i < n_cells_; ++i) rows_.add_to(i, mean.data());
    double total = std::accumulate(norms_.begin(), norms_.end(), 0.0) / static_cast<double>(n_cells_);
    for (const double sum : mean)
      total -= sum / static_cast<double>(n_cells_) * (sum / static_cast<double>(n_cells_));
    return n_dims_ ? std::max(0.0, total) / static_cast<double>(n_dims_) : 0;
  }

  double assign(std::vector<int32_t>& membership) {
    std::vector<double> inertia(kParts);
    over_parts([&](size_t part, size_t begin, size_t end) {
      for (size_t i = begin; i < end; ++i) {
        double best = std::numeric_limits<double>::infinity();
        for (size_t c = 0; c < k_; ++c)
          if (const double d = squared_distance(i, c); d < best) {
            best = d;
            membership[i] = static_cast<int32_t>(c);
          }
        inertia[part] += best;
      }
    });
    return std::accumulate(inertia.begin(), inertia.end(), 0.0);
  }

  /// Squared distance that the centres move.
  double move_centres(const std::vector<int32_t>& membership) {
    std::vector<std::vector<double>> sums(kParts);
    over_parts([&](size_t part, size_t begin, size_t end) {
      sums[part].assign(k_ * n_dims_, 0);
      for (size_t i = begin; i < end; ++i)
        rows_.add_to(i, sums[part].data() + static_cast<size_t>(membership[i]) * n_dims_);
    });
    std::vector<double> sizes(k_);
    for (const int32_t c : membership) ++sizes[static_cast<size_t>(c)];
    double moved = 0;
    for (size_t c = 0; c < k_; ++c) {
      if (sizes[c] == 0) continue;
      for (size_t j = 0; j < n_dims_; ++j) {
        double sum = 0;
        for (const auto& part : sums)
          if (!part.empty()) sum += part[c * n_dims_ + j];
        const double value = sum / sizes[c];
        moved += (value - centre(c)[j]) * (value - centre(c)[j]);
        centre(c)[j] = value;
      }
      set_centre_norm(c);
    }
    return moved;
  }

  Rows rows_;
  size_t n_cells_, n_dims_, k_;
  const KmeansOptions& options_;
  ThreadPool& pool_;
  Progress& progress_;
  std::vector<double> norms_, centres_, centre_norms_;
};

}  // namespace

KmeansResults kmeans(const EmbeddingMatrix& x, const KmeansOptions& options, ThreadPool& pool,
                     Progress& progress) {
  Kmeans algorithm(x, options, pool, progress);
  KmeansResults best = algorithm.run(0);
  for (uint64_t start = 1; start < options.n_init; ++start)
    if (auto other = algorithm.run(start); other.inertia < best.inertia) best = std::move(other);
  return best;
}

}  // namespace zerocell
