#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace zerocell {

/// Five-number summary of values: linear interpolation between order statistics, as numpy.quantile.
struct Quartiles {
  double lowest = 0, q1 = 0, median = 0, q3 = 0, highest = 0;
};

/// What a figure needs to know of many values, without the values.
struct Distribution {
  size_t n = 0;          ///< finite values
  size_t n_missing = 0;  ///< others
  double mean = 0;       ///< of the finite ones; 0 where there is none
  std::optional<Quartiles> quartiles;
  double low = 0, high = 1;      ///< axis that the bins cover; values beyond it count in the outermost bins
  std::vector<uint64_t> counts;  ///< per bin of equal width
};

/// Throws Error(internal) unless low < high and n_bins > 0.
Distribution distribution_of(std::span<const double> values, double low, double high, size_t n_bins);

}  // namespace zerocell
