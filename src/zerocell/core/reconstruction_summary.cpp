#include "zerocell/core/reconstruction_summary.h"

#include <algorithm>
#include <cmath>

namespace zerocell {
namespace {

constexpr double kBinWidth = 0.02;
constexpr size_t kMaxBins = 200;

struct Axis {
  double low = 0, high = 1;
  size_t n_bins = 50;
};

Axis common_axis(const Reconstruction& reconstruction) {
  Axis axis;
  for (const ReconstructionResult& result : reconstruction.results)
    for (const CellColumn& column : result.cells)
      for (const double value : column.values) {
        if (!std::isfinite(value)) continue;
        axis.low = std::min(axis.low, std::floor(value * 10) / 10);
        axis.high = std::max(axis.high, std::ceil(value * 10) / 10);
      }
  axis.n_bins = static_cast<size_t>(
      std::min(std::round((axis.high - axis.low) / kBinWidth), static_cast<double>(kMaxBins)));
  return axis;
}

}  // namespace

std::vector<std::vector<ColumnSummary>> column_summaries(const Reconstruction& reconstruction) {
  const Axis axis = common_axis(reconstruction);
  std::vector<std::vector<ColumnSummary>> out;
  for (const ReconstructionResult& result : reconstruction.results) {
    auto& columns = out.emplace_back();
    for (const CellColumn& column : result.cells)
      columns.push_back({column.name, distribution_of(column.values, axis.low, axis.high, axis.n_bins)});
  }
  return out;
}

}  // namespace zerocell
