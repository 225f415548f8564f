#pragma once
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

#include "zerocell/core/reconstruction.h"
#include "zerocell/reconstruct/mean_bins.h"

namespace zerocell {

/// The genes of C cells, one cell after the other, with what a model predicts for them. L genes in all; no
/// CLS token, no padding.
struct BinBlock {
  std::span<const uint32_t> offsets;     ///< (C + 1), the first 0, the last L
  std::span<const uint32_t> genes;       ///< (L) numbered as in MeanBins
  std::span<const uint16_t> bins;        ///< (L) true bins, 1 to n_bins - 1
  std::span<const float> gep;            ///< (L) predicted from the gene's own output token
  std::span<const float> gepc = {};      ///< (L) predicted given the cell embedding; empty: not predicted
  std::span<const uint8_t> scored = {};  ///< (L) 0: seen but not scored (not masked); empty: all are scored
};

/// Errors of predicted expression bins, block by block (Kedzierska et al. 2025,
/// doi:10.1186/s13059-025-03574-x; published code, calculate_losses).
///
/// For a gene with true bin t and prediction p: squared error (t - p)^2, absolute error |t - p|, relative
/// error |t - p| / t; as published, which divides by the prediction: |t - p| / (p + 1e-6) with its sign
/// ("mre_published") and |t - p| / |p + 1e-6| ("mre_all_published"). Predictions: gep, gepc; mean, median
/// (one bin for all genes of all cells); gene_mean; gene_mean_loo (the cell left out; where no other cell has
/// the gene, the mean over all entries of the other cells, which is counted).
///
/// A gene with a prediction (gep or gepc) that is not finite is left out of every score, so that all rest on
/// the same genes, and counted. Kept per cell: K = 26 sums in double precision, summed in the order of the
/// cell's genes; so blocks may come in any order, of any size, from several threads at once, and give the
/// same bits.
///
/// The calling sequence:
///
///     MeanBins means(n_genes, config.n_bins);                  // pass 1: no network
///     for (blocks of cells) means.add(offsets, genes, bins, pool);
///     BinErrors errors(means, n_cells, has_gepc);              // n_cells: of the data set, in file order
///     for (blocks of cells, on any thread) {                   // pass 2
///       ...gep, gepc = the network's predictions...
///       errors.add({offsets, genes, bins, gep, gepc, scored}, cells);   // cells[c]: row in file order
///     }
///     set_bins(result, std::move(errors));                     // bin_scores.h: target, columns, densities
///     ...result.tag, model, options, losses, stages; return result: `reconstruct` scores it by its target
class BinErrors {
 public:
  static constexpr double kPredictedStep = 0.25;  ///< width of the fields of a density along the prediction

  /// `means` must outlive this object and hold every cell that is scored. N = n_cells. `with_gepc`: blocks
  /// carry GEPC predictions.
  BinErrors(const MeanBins& means, size_t n_cells, bool with_gepc);

  /// Scores the C cells of a block; cells[c] < N is the row of the c-th. A cell comes once, with all genes
  /// that were added to `means`, scored or not. Safe from several threads at once. Throws Error(internal)
  /// where lengths disagree, for a gene, bin or cell out of range and for GEPC against the promise.
  void add(const BinBlock& block, std::span<const uint32_t> cells);

  size_t n_cells() const { return sums_.n_genes.size(); }
  uint64_t n_scored() const { return counts_.scored; }
  /// Genes left out because GEP, GEPC or both are not finite, and how many of either.
  uint64_t n_not_finite() const { return counts_.not_finite; }
  uint64_t n_gep_not_finite() const { return counts_.gep_not_finite; }
  uint64_t n_gepc_not_finite() const { return counts_.gepc_not_finite; }
  /// Scored genes that no other cell has: gene_mean_loo is the other cells' mean over all entries.
  uint64_t n_in_no_other_cell() const { return counts_.in_no_other_cell; }

  /// Sums per cell, named as the metrics; without GEPC those of gepc are not there. No notes.
  const CellSums& sums() const { return sums_; }
  /// "GEP" and, where predicted, "GEPC": true bins 1 to B - 1 in fields of 1 against predictions in fields of
  /// 0.25, from a tenth of the bins below 0 to a fifth beyond the last (51 bins: -5 to 60).
  const std::vector<PairDensity>& densities() const { return densities_; }

  /// Moves what sums() and densities() show out of an object that is not needed any more.
  CellSums take_sums() && { return std::move(sums_); }
  std::vector<PairDensity> take_densities() && { return std::move(densities_); }

 private:
  struct Counts {
    uint64_t scored = 0, not_finite = 0, gep_not_finite = 0, gepc_not_finite = 0, in_no_other_cell = 0;
    void add(const Counts& other);
  };
  class CellScorer;

  void require_valid(const BinBlock& block, std::span<const uint32_t> cells) const;

  const MeanBins& means_;
  const bool with_gepc_;
  CellSums sums_;
  std::mutex mutex_;  ///< guards what follows
  std::vector<PairDensity> densities_;
  Counts counts_;
};

}  // namespace zerocell
