#pragma once
#include <functional>
#include <span>

#include "zerocell/core/parallel.h"
#include "zerocell/integration/harmony_cells.h"

namespace zerocell {

/// What a variant makes of the cells of a batch that a cluster holds (observed, O) and would hold if batches
/// were spread evenly (expected, E).
struct DiversityPenalty {
  double theta = 2;
  bool classic = false;
  /// ln of the factor on a cell's weight: theta ln((2E + 1) / (O + E + 1)), classic theta ln((E + 1) / (O +
  /// 1)).
  double log_factor(double observed, double expected) const;
};

/// The soft clusters of all cells: similarities, assignments R and the batches that each cluster holds.
/// T: float or double, in which similarities and assignments are kept. Rows are padded to `width()` clusters.
///
/// A cell's similarity to a cluster is exp(-(distance - least distance) / sigma) with distance = 2 (1 -
/// cosine). It is made once a set of centroids; a round multiplies it by the batch's factors and scales it to
/// sum 1, so that no round takes an exponential of a cell. With R_k = s_k w_k / t the distance and entropy
/// terms of the objective are, for a cell, sum_k R_k (d_k + sigma ln R_k) = least distance - sigma ln t +
/// sigma sum_k R_k ln w_k.
template <class T>
class HarmonyClusters {
 public:
  HarmonyClusters(const HarmonyCells& cells, size_t n_clusters, double sigma, DiversityPenalty penalty,
                  ThreadPool& pool);

  size_t n_clusters() const { return k_; }
  size_t width() const { return width_; }
  /// (K) assignments of a cell, padded by zeros.
  const T* assignments(size_t row) const { return assigned_.row(row).data(); }
  const DenseMatrix<T>& assignments() const { return assigned_; }
  double observed(size_t batch, size_t k) const { return observed_(batch, k); }
  double expected(size_t batch, size_t k) const { return mass_[k] * share_[batch]; }

  /// Similarities of the cells, unit (N, D), to the centroids (K, D), both of length 1.
  void measure(const DenseMatrix<T>& unit, const DenseMatrix<double>& centroids);
  /// Assignments by similarity alone, and with them what the clusters hold.
  void assign_all();
  /// Sums over cells of assignment times coordinates, (K, D).
  DenseMatrix<double> weighted_sums(const DenseMatrix<T>& unit) const;
  /// One round: the cells of one block after the other leave the clusters and are assigned anew with the
  /// penalty of what is left. block_of: (N) block of each row.
  void round(std::span<const uint32_t> block_of, size_t n_blocks);
  /// Distance, entropy and diversity terms after assign_all() or round(), not scaled.
  double objective() const;

 private:
  /// Runs body(run, its sums over clusters) on all runs; then adds sign times the sums to what clusters hold.
  void over_runs(std::span<const CellRun> runs, int sign,
                 const std::function<void(size_t run, T* sums)>& body);
  void set_factors(std::span<const CellRun> runs);

  const HarmonyCells& cells_;
  size_t k_, width_;
  double sigma_;
  DiversityPenalty penalty_;
  ThreadPool& pool_;
  DenseMatrix<T> similarity_, assigned_;  // (N, width)
  std::vector<double> least_distance_;    // (N)
  std::vector<double> share_;             // (B) of all cells
  DenseMatrix<double> observed_;          // (B, width)
  std::vector<double> mass_;              // (width) sum of a cluster's assignments
  DenseMatrix<T> factors_;                // (B, width) of the block in work
  DenseMatrix<double> log_factors_;       // (B, width)
  AlignedVector<T> run_sums_;             // (runs, width)
  double cell_terms_ = 0;                 // distance and entropy, since the last start of a round
};

extern template class HarmonyClusters<float>;
extern template class HarmonyClusters<double>;

}  // namespace zerocell
