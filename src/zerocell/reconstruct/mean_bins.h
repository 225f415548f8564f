#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "zerocell/core/parallel.h"

namespace zerocell {

/// All bins of one cell together, for leaving the cell out.
struct CellBins {
  uint64_t sum = 0, n = 0;
};

/// Averages of the expression bins of all cells: the baselines of the bin reconstruction. O(G + B) memory
/// whatever the number of cells; sums are integers, so neither the order of the cells nor blocks nor threads
/// change a bit, and a cell can be taken out again without loss.
///
/// A bin is a whole number from 1 to n_bins - 1 (bin 0 means "not expressed" and is never added). A gene
/// stands at most once in a cell.
class MeanBins {
 public:
  /// Genes are numbered 0 to n_genes - 1, in any way (tokens, columns); scGPT has n_bins = 51. Throws
  /// Error(internal) for n_bins < 2.
  MeanBins(size_t n_genes, size_t n_bins);

  /// Adds some cells: cell c has the entries offsets[c] to offsets[c + 1] of `genes` and `bins`. Throws
  /// Error(internal) where lengths disagree, for a gene or a bin out of range; nothing is added then. One
  /// call at a time.
  void add(std::span<const uint32_t> offsets, std::span<const uint32_t> genes, std::span<const uint16_t> bins,
           ThreadPool& pool);

  size_t n_genes() const { return gene_sums_.size(); }
  size_t n_bins() const { return bin_counts_.size(); }
  /// Entries added.
  uint64_t n_values() const { return n_values_; }

  /// Mean over every entry of every cell: the published baseline. NaN where nothing was added.
  double mean() const;
  /// Median over every entry: with an even number the mean of the two in the middle, as numpy.median. NaN
  /// where nothing was added.
  double median() const;
  /// Mean over the cells that have the gene; mean() where none has it.
  double gene_mean(uint32_t gene) const;

  /// Mean over every entry of all other cells; NaN where there is none.
  double mean_without(const CellBins& cell) const;
  /// Mean over the other cells that have the gene, for a cell in which it has this bin; empty where no other
  /// cell has it. The cell must have been added.
  std::optional<double> gene_mean_without(uint32_t gene, uint16_t bin) const;

 private:
  std::vector<uint64_t> bin_counts_;               ///< (B) entries per bin
  std::vector<uint64_t> gene_sums_, gene_counts_;  ///< (G)
  uint64_t sum_ = 0, n_values_ = 0;
};

}  // namespace zerocell
