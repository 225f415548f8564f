#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace zerocell {

/// Which bin a value takes that equals several edges.
enum class BinTies {
  keyed,          ///< a draw that belongs to (seed, the cell's own counts, gene)
  upper,          ///< the highest of them
  lower,          ///< the lowest of them
  mid,            ///< their mean, rounded down
  numpy_mt19937,  ///< the published package's own draws after numpy.random.seed, cell after cell
};

/// The bins that a value may take; lower <= upper.
struct BinRange {
  uint16_t lower = 0, upper = 0;
};

/// scGPT's value binning of one cell (Cui et al. 2024, doi:10.1038/s41592-024-02201-0; function _digitize of
/// its package).
///
/// The n values above zero are cut at B - 1 edges, edge j = quantile(values, j / (B - 2)) as numpy.quantile
/// computes it (method linear, NumPy 2.4: the difference of two float32 neighbours in float32, the rest in
/// float64). With upper = edges <= x and below = edges < x, a value x takes a bin of below + 1 .. upper, all
/// equally likely. Bins are 1 .. B - 1; 0 is left to genes that are not expressed. Any strictly increasing
/// change of the values (normalisation, logarithm) leaves the bins as they are.
class CellBinning {
 public:
  /// B bins, the bin of zero included: 51 in the published models. At least 3.
  explicit CellBinning(size_t n_bins);

  /// Ranges (n) of a cell's values (n), which are finite and above zero.
  void operator()(std::span<const float> values, std::vector<BinRange>& ranges);

  /// The edges of ascending values, one at least.
  void edges(std::span<const float> sorted, std::vector<double>& out) const;

 private:
  std::vector<double> quantiles_;  ///< (B - 1)
  std::vector<float> sorted_, distinct_;
  std::vector<double> edges_;
  std::vector<BinRange> of_distinct_;
};

/// The bin of a range for a draw r in [0, 1): ceil(upper - r (upper - below)) with below = lower - 1, in the
/// arithmetic of the published package.
uint16_t draw_bin(BinRange range, double r);

}  // namespace zerocell
