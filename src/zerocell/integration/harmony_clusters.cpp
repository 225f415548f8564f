#include "zerocell/integration/harmony_clusters.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "zerocell/integration/harmony_kernels.h"
#include "zerocell/integration/matrix_product.h"

namespace zerocell {

double DiversityPenalty::log_factor(double observed, double expected) const {
  // A cluster that all cells of the batch have just left holds less than nothing by rounding.
  observed = std::max(observed, 0.0);
  expected = std::max(expected, 0.0);
  return classic ? theta * std::log((expected + 1) / (observed + 1))
                 : theta * std::log((2 * expected + 1) / (observed + expected + 1));
}

template <class T>
HarmonyClusters<T>::HarmonyClusters(const HarmonyCells& cells, size_t n_clusters, double sigma,
                                    DiversityPenalty penalty, ThreadPool& pool)
    : cells_(cells),
      k_(n_clusters),
      width_((n_clusters + kClusterLanes - 1) / kClusterLanes * kClusterLanes),
      sigma_(sigma),
      penalty_(penalty),
      pool_(pool),
      similarity_(cells.n_cells(), width_),
      assigned_(cells.n_cells(), width_),
      least_distance_(cells.n_cells()),
      observed_(cells.n_batches(), width_),
      mass_(width_),
      factors_(cells.n_batches(), width_),
      log_factors_(cells.n_batches(), width_) {
  for (size_t b = 0; b < cells.n_batches(); ++b)
    share_.push_back(cells.batch_size(b) / static_cast<double>(cells.n_cells()));
}

template <class T>
void HarmonyClusters<T>::measure(const DenseMatrix<T>& unit, const DenseMatrix<double>& centroids) {
  const size_t d = unit.n_cols();
  AlignedVector<T> rows(width_ * d, T(0));
  std::transform(centroids.data(), centroids.data() + k_ * d, rows.data(),
                 [](double x) { return static_cast<T>(x); });
  pool_.parallel_ranges(unit.n_rows(), kHarmonyTaskRows, [&](size_t first, size_t last, int) {
    matrix_product(false, true, last - first, width_, d, T(1), unit.row(first).data(), d, rows.data(), d,
                   T(0), similarity_.row(first).data(), width_);
    for (size_t i = first; i < last; ++i)
      least_distance_[i] = 2 * (1 - static_cast<double>(HarmonyKernels<T>::exponentiate(
                                        similarity_.row(i).data(), k_, width_, static_cast<T>(2 / sigma_))));
  });
}

template <class T>
void HarmonyClusters<T>::over_runs(std::span<const CellRun> runs, int sign,
                                   const std::function<void(size_t, T*)>& body) {
  run_sums_.resize(std::max(run_sums_.size(), runs.size() * width_));
  pool_.parallel_for(runs.size(), [&](size_t r, int) {
    T* sums = run_sums_.data() + r * width_;
    std::fill_n(sums, width_, T(0));
    body(r, sums);
  });
  for (size_t r = 0; r < runs.size(); ++r) {
    const T* sums = run_sums_.data() + r * width_;
    double* held = observed_.row(runs[r].batch).data();
    for (size_t k = 0; k < width_; ++k) {
      held[k] += sign * static_cast<double>(sums[k]);
      mass_[k] += sign * static_cast<double>(sums[k]);
    }
  }
}

template <class T>
void HarmonyClusters<T>::assign_all() {
  const auto runs = cells_.runs(kHarmonyTaskRows);
  AlignedVector<T> ones(width_, T(0));
  std::fill_n(ones.data(), k_, T(1));
  std::fill_n(observed_.data(), observed_.n_rows() * width_, 0.0);
  std::ranges::fill(mass_, 0.0);
  std::vector<double> terms(runs.size());
  over_runs(runs, 1, [&](size_t r, T* sums) {
    for (size_t i = runs[r].begin; i < runs[r].end; ++i) {
      const T total = HarmonyKernels<T>::assign(similarity_.row(i).data(), ones.data(),
                                                assigned_.row(i).data(), sums, width_);
      terms[r] += least_distance_[i] - sigma_ * std::log(static_cast<double>(total));
    }
  });
  cell_terms_ = std::accumulate(terms.begin(), terms.end(), 0.0);
}

/// Factors of the batches that the runs hold, scaled so that the largest is 1, which scaling to sum 1 undoes.
template <class T>
void HarmonyClusters<T>::set_factors(std::span<const CellRun> runs) {
  for (size_t r = 0; r < runs.size(); ++r) {
    const size_t b = runs[r].batch;
    if (r > 0 && runs[r - 1].batch == b) continue;
    auto logs = log_factors_.row(b);
    double largest = -std::numeric_limits<double>::infinity();
    for (size_t k = 0; k < k_; ++k)
      largest = std::max(largest, logs[k] = penalty_.log_factor(observed_(b, k), expected(b, k)));
    for (size_t k = 0; k < k_; ++k) {
      logs[k] -= largest;
      factors_(b, k) = static_cast<T>(std::exp(logs[k]));
    }
  }
}

template <class T>
void HarmonyClusters<T>::round(std::span<const uint32_t> block_of, size_t n_blocks) {
  const size_t n = cells_.n_cells();
  // Rows by block, ascending, so that those of a batch stand together.
  std::vector<size_t> block_begin(n_blocks + 1, 0);
  for (const uint32_t block : block_of) ++block_begin[block + 1];
  std::partial_sum(block_begin.begin(), block_begin.end(), block_begin.begin());
  std::vector<uint32_t> rows(n);
  auto next = block_begin;
  for (uint32_t i = 0; i < n; ++i) rows[next[block_of[i]]++] = i;

  cell_terms_ = 0;
  std::vector<CellRun> runs;
  std::vector<double> terms;
  for (size_t block = 0; block < n_blocks; ++block) {
    runs.clear();
    for (size_t p = block_begin[block]; p < block_begin[block + 1]; ++p) {
      const size_t b = cells_.batch[rows[p]];
      if (runs.empty() || runs.back().batch != b || p - runs.back().begin == kHarmonyTaskRows)
        runs.push_back({b, p, p});
      runs.back().end = p + 1;
    }
    over_runs(runs, -1, [&](size_t r, T* sums) {
      for (size_t p = runs[r].begin; p < runs[r].end; ++p)
        HarmonyKernels<T>::add(assigned_.row(rows[p]).data(), sums, width_);
    });
    set_factors(runs);
    terms.assign(runs.size(), 0);
    over_runs(runs, 1, [&](size_t r, T* sums) {
      const T* factors = factors_.row(runs[r].batch).data();
      for (size_t p = runs[r].begin; p < runs[r].end; ++p) {
        const uint32_t i = rows[p];
        const T total = HarmonyKernels<T>::assign(similarity_.row(i).data(), factors, assigned_.row(i).data(),
                                                  sums, width_);
        terms[r] += least_distance_[i] - sigma_ * std::log(static_cast<double>(total));
      }
      const double* logs = log_factors_.row(runs[r].batch).data();
      for (size_t k = 0; k < k_; ++k) terms[r] += sigma_ * static_cast<double>(sums[k]) * logs[k];
    });
    cell_terms_ += std::accumulate(terms.begin(), terms.end(), 0.0);
  }
}

template <class T>
double HarmonyClusters<T>::objective() const {
  double diversity = 0;
  for (size_t b = 0; b < cells_.n_batches(); ++b)
    for (size_t k = 0; k < k_; ++k)
      diversity -= observed_(b, k) * penalty_.log_factor(observed_(b, k), expected(b, k));
  return cell_terms_ + sigma_ * diversity;
}

template <class T>
DenseMatrix<double> HarmonyClusters<T>::weighted_sums(const DenseMatrix<T>& unit) const {
  const size_t d = unit.n_cols(), n = unit.n_rows();
  const size_t part_rows = harmony_part_rows(n), n_parts = (n + part_rows - 1) / part_rows;
  std::vector<DenseMatrix<T>> parts(n_parts);
  pool_.parallel_for(n_parts, [&](size_t part, int) {
    const size_t first = part * part_rows, last = std::min(n, first + part_rows);
    parts[part] = DenseMatrix<T>(width_, d);
    matrix_product(true, false, width_, d, last - first, T(1), assigned_.row(first).data(), width_,
                   unit.row(first).data(), d, T(0), parts[part].data(), d);
  });
  DenseMatrix<double> sums(k_, d);
  for (const auto& part : parts)
    for (size_t x = 0; x < k_ * d; ++x) sums.data()[x] += static_cast<double>(part.data()[x]);
  return sums;
}

template class HarmonyClusters<float>;
template class HarmonyClusters<double>;

}  // namespace zerocell
