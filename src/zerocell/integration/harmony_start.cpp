#include "zerocell/integration/harmony_start.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "zerocell/core/random.h"
#include "zerocell/integration/harmony_kernels.h"
#include "zerocell/integration/matrix_product.h"

namespace zerocell {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

size_t padded(size_t n) {
  return (n + kClusterLanes - 1) / kClusterLanes * kClusterLanes;
}

/// A standard exponential variable that belongs to a cell and a purpose.
float exponential(uint64_t key, uint64_t purpose) {
  // 24 bits and a half step: never 0, never 1.
  return -std::log((static_cast<float>(mix64(key ^ purpose) >> 40) + 0.5f) * 0x1p-24f);
}

/// The cell that wins a race, and its time; of equals the first.
struct Winner {
  float time = kInfinity;
  size_t cell = 0;
  void offer(float other_time, size_t other_cell) {
    if (other_time < time) *this = {other_time, other_cell};
  }
};

class Start {
 public:
  Start(const HarmonyCells& cells, const DenseMatrix<float>& unit, const HarmonyStartOptions& options,
        ThreadPool& pool, Progress& progress)
      : unit_(unit),
        options_(options),
        pool_(pool),
        progress_(progress),
        n_(unit.n_rows()),
        d_(unit.n_cols()),
        k_(options.n_clusters),
        keys_(n_),
        membership_(n_) {
    for (size_t i = 0; i < n_; ++i) keys_[i] = mix64(options.seed, cells.keys[i]);
  }

  DenseMatrix<double> run() {
    if (!options_.plus_plus) {
      auto centroids = far_cells();
      lloyd(centroids);
      return centroids;
    }
    DenseMatrix<double> best;
    double least = std::numeric_limits<double>::infinity();
    for (auto& centroids : plus_plus()) {
      const double inertia = lloyd(centroids);
      if (inertia < least || best.n_rows() == 0) best = std::move(centroids);
      least = std::min(least, inertia);
    }
    return best;
  }

 private:
  size_t n_tasks() const { return (n_ + kHarmonyTaskRows - 1) / kHarmonyTaskRows; }

  /// Calls body(task, first row, last row, products) for blocks of rows with their products (rows, width)
  /// with the rows of b (width, D).
  template <class Body>
  void over_products(const AlignedVector<float>& b, size_t width, const Body& body) {
    pool_.parallel_for(n_tasks(), [&](size_t task, int) {
      const size_t first = task * kHarmonyTaskRows, last = std::min(n_, first + kHarmonyTaskRows);
      AlignedVector<float> products((last - first) * width);
      matrix_product(false, true, last - first, width, d_, 1, unit_.row(first).data(), d_, b.data(), d_, 0,
                     products.data(), width);
      body(task, first, last, products.data());
    });
  }

  /// Runs `width` races at once: time(cell, race), from which each task keeps its winners.
  static std::vector<Winner> merge(const std::vector<std::vector<Winner>>& of_tasks, size_t width) {
    std::vector<Winner> winners(width);
    for (const auto& task : of_tasks)
      for (size_t r = 0; r < width; ++r) winners[r].offer(task[r].time, task[r].cell);
    return winners;
  }

  void copy_cell(size_t cell, float* to) const { std::ranges::copy(unit_.row(cell), to); }

  /// For each centroid a cell drawn in proportion to its distance 2 (1 - cosine) from a random cell; no cell
  /// twice.
  DenseMatrix<double> far_cells() {
    std::vector<std::vector<Winner>> of_tasks(n_tasks());
    pool_.parallel_for(n_tasks(), [&](size_t task, int) {
      of_tasks[task].resize(k_);
      const size_t first = task * kHarmonyTaskRows, last = std::min(n_, first + kHarmonyTaskRows);
      for (size_t i = first; i < last; ++i)
        for (size_t k = 0; k < k_; ++k)
          of_tasks[task][k].offer(static_cast<float>(mix64(keys_[i] ^ (k << 8)) >> 40), i);
    });
    AlignedVector<float> anchors(padded(k_) * d_, 0.0f);
    const auto random_cells = merge(of_tasks, k_);
    for (size_t k = 0; k < k_; ++k) copy_cell(random_cells[k].cell, anchors.data() + k * d_);
    const auto time = [&](size_t cell, size_t k, float cosine) {
      return exponential(keys_[cell], k << 8 | 1) / (2 * std::abs(1 - cosine) + 1e-10f);
    };
    over_products(anchors, padded(k_), [&](size_t task, size_t first, size_t last, const float* cosines) {
      of_tasks[task].assign(k_, {});
      for (size_t i = first; i < last; ++i)
        for (size_t k = 0; k < k_; ++k)
          of_tasks[task][k].offer(time(i, k, cosines[(i - first) * padded(k_) + k]), i);
    });
    auto winners = merge(of_tasks, k_);
    std::set<size_t> chosen;
    DenseMatrix<double> centroids(k_, d_);
    for (size_t k = 0; k < k_; ++k) {
      if (chosen.contains(winners[k].cell)) {  // the race again without those that are taken
        winners[k] = {};
        for (size_t i = 0; i < n_; ++i)
          if (!chosen.contains(i)) {
            const auto row = unit_.row(i);
            winners[k].offer(
                time(i, k, std::inner_product(row.begin(), row.end(), anchors.data() + k * d_, 0.0f)), i);
          }
      }
      chosen.insert(winners[k].cell);
      std::ranges::copy(unit_.row(winners[k].cell), centroids.row(k).begin());
    }
    return centroids;
  }

  /// k-means++ (Arthur, Vassilvitskii 2007), all starts side by side.
  std::vector<DenseMatrix<double>> plus_plus() {
    const size_t starts = options_.n_init;
    std::vector<DenseMatrix<double>> centroids(starts, DenseMatrix<double>(k_, d_));
    AlignedVector<float> newest(padded(starts) * d_, 0.0f);
    std::vector<float> nearest(n_ * starts, 1.0f);  // squared distance to the centroids so far
    std::vector<std::vector<Winner>> of_tasks(n_tasks());
    for (size_t k = 0; k < k_; ++k) {
      progress_.check();
      over_products(
          newest, padded(starts), [&](size_t task, size_t first, size_t last, const float* cosines) {
            of_tasks[task].assign(starts, {});
            for (size_t i = first; i < last; ++i)
              for (size_t s = 0; s < starts; ++s) {
                float& squared = nearest[i * starts + s];
                if (k > 0) {
                  const float other = std::max(0.0f, 2 - 2 * cosines[(i - first) * padded(starts) + s]);
                  squared = k == 1 ? other : std::min(squared, other);
                }
                of_tasks[task][s].offer(exponential(keys_[i], (s << 32 | k) << 8 | 2) / squared, i);
              }
          });
      const auto winners = merge(of_tasks, starts);
      for (size_t s = 0; s < starts; ++s) {
        copy_cell(winners[s].cell, newest.data() + s * d_);
        std::ranges::copy(unit_.row(winners[s].cell), centroids[s].row(k).begin());
      }
    }
    return centroids;
  }

  double mean_variance() {
    std::vector<double> sum(d_, 0.0), squares(d_, 0.0);
    for (size_t i = 0; i < n_; ++i)
      for (size_t j = 0; j < d_; ++j) {
        const double x = unit_(i, j);
        sum[j] += x;
        squares[j] += x * x;
      }
    const auto n = static_cast<double>(n_);
    double total = 0;
    for (size_t j = 0; j < d_; ++j) total += squares[j] / n - sum[j] / n * (sum[j] / n);
    return total / static_cast<double>(d_);
  }

  /// Moves the centroids to the means of their cells until they rest; returns the inertia before the last
  /// move, up to the constant that all starts share. A centroid without cells stays.
  double lloyd(DenseMatrix<double>& centroids) {
    const double tolerance = options_.tolerance > 0 ? options_.tolerance * mean_variance() : 0;
    double inertia = 0;
    for (size_t iteration = 0; iteration < options_.max_iter; ++iteration) {
      progress_.check();
      inertia = assign(centroids);
      if (move(centroids) <= tolerance) break;
    }
    return inertia;
  }

  double assign(const DenseMatrix<double>& centroids) {
    const size_t width = padded(k_);
    AlignedVector<float> rows(width * d_, 0.0f);
    std::copy_n(centroids.data(), k_ * d_, rows.data());
    // The nearest centroid has the largest product less half its squared length.
    std::vector<float> bias(width, -kInfinity);
    for (size_t k = 0; k < k_; ++k) {
      const auto row = centroids.row(k);
      bias[k] = static_cast<float>(-0.5 * std::inner_product(row.begin(), row.end(), row.begin(), 0.0));
    }
    std::vector<double> inertia(n_tasks());
    over_products(rows, width, [&](size_t task, size_t first, size_t last, const float* products) {
      for (size_t i = first; i < last; ++i) {
        const float* row = products + (i - first) * width;
        const size_t k = place_of_largest(row, bias.data(), width);
        membership_[i] = static_cast<uint32_t>(k);
        inertia[task] -= 2.0 * (static_cast<double>(row[k]) + bias[k]);
      }
    });
    return std::accumulate(inertia.begin(), inertia.end(), 0.0);
  }

  double move(DenseMatrix<double>& centroids) {
    const size_t part_rows = harmony_part_rows(n_), n_parts = (n_ + part_rows - 1) / part_rows;
    std::vector<DenseMatrix<double>> sums(n_parts);
    pool_.parallel_for(n_parts, [&](size_t part, int) {
      sums[part] = DenseMatrix<double>(k_, d_ + 1);
      for (size_t i = part * part_rows; i < std::min(n_, (part + 1) * part_rows); ++i) {
        double* sum = sums[part].row(membership_[i]).data();
        const float* row = unit_.row(i).data();
        for (size_t j = 0; j < d_; ++j) sum[j] += row[j];
        sum[d_] += 1;
      }
    });
    double moved = 0;
    for (size_t k = 0; k < k_; ++k) {
      std::vector<double> total(d_ + 1, 0.0);
      for (const auto& part : sums)
        for (size_t j = 0; j <= d_; ++j) total[j] += part(k, j);
      if (total[d_] == 0) continue;
      for (size_t j = 0; j < d_; ++j) {
        const double value = total[j] / total[d_], step = value - centroids(k, j);
        moved += step * step;
        centroids(k, j) = value;
      }
    }
    return moved;
  }

  const DenseMatrix<float>& unit_;
  const HarmonyStartOptions& options_;
  ThreadPool& pool_;
  Progress& progress_;
  size_t n_, d_, k_;
  std::vector<uint64_t> keys_;
  std::vector<uint32_t> membership_;
};

}  // namespace

DenseMatrix<double> harmony_start(const HarmonyCells& cells, const DenseMatrix<float>& unit,
                                  const HarmonyStartOptions& options, ThreadPool& pool, Progress& progress) {
  return Start(cells, unit, options, pool, progress).run();
}

}  // namespace zerocell
