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
/// values per cell. All share one axis: 0 to 1, widened to tenths where a value lies outside, in bins of 0.02
/// (of a 200th of an axis longer than 4).
std::vector<std::vector<ColumnSummary>> column_summaries(const Reconstruction& reconstruction);

}  // namespace zerocell
