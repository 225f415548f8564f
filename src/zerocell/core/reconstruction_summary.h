#pragma once
#include <string>
#include <vector>

#include "zerocell/core/distribution.h"
#include "zerocell/core/reconstruction.h"

namespace zerocell {

/// How the values of one column of a result spread over the cells.
struct ColumnSummary {
  std::string name;
  Distribution values;
};

/// For each result, in order, the summary of each of its columns: what tables, figures and the report show of
/// values per cell. Results of one target share one axis: 0 to 1, widened to tenths where a value lies
/// outside, in bins of 0.02 (of a 200th of an axis longer than 4); for bins 0 to the highest value, rounded
/// up to two digits, in 60 bins.
std::vector<std::vector<ColumnSummary>> column_summaries(const Reconstruction& reconstruction);

/// How the predictions of the genes of one true value spread. Quantiles are interpolated inside the fields of
/// the grid, as if its values were spread evenly; the mean is over middles of fields.
struct PredictedSpread {
  double truth = 0;  ///< middle of the true field
  uint64_t n = 0;
  double mean = 0, p5 = 0, q1 = 0, median = 0, q3 = 0, p95 = 0;  ///< 0 where n is 0
};

/// One for every field of the true axis, in order.
std::vector<PredictedSpread> predicted_spreads(const PairDensity& density);

}  // namespace zerocell
