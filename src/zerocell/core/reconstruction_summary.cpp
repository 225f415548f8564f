#include "zerocell/core/reconstruction_summary.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <span>

namespace zerocell {
namespace {

constexpr double kBinWidth = 0.02;
constexpr size_t kMaxBins = 200;
constexpr size_t kErrorBins = 60;

struct Axis {
  double low = 0, high = 1;
  size_t n_bins = 50;
};

/// Rounded up to two digits: 0.123 to 0.13, 411 to 420.
double rounded_up(double value) {
  const double unit = std::pow(10, std::floor(std::log10(value)) - 1);
  return std::ceil(value / unit * (1 - 1e-12)) * unit;
}

/// Calls visit(value) for every finite value of the results of one target.
template <class Visit>
void for_each_value(const Reconstruction& reconstruction, const std::string& target, Visit&& visit) {
  for (const ReconstructionResult& result : reconstruction.results)
    if (result.target == target)
      for (const CellColumn& column : result.cells)
        for (const double value : column.values)
          if (std::isfinite(value)) visit(value);
}

Axis common_axis(const Reconstruction& reconstruction, const std::string& target) {
  Axis axis;
  if (target == "bin") {
    double highest = 0;
    for_each_value(reconstruction, target, [&](double value) { highest = std::max(highest, value); });
    return {0, highest > 0 ? rounded_up(highest) : 1, kErrorBins};
  }
  for_each_value(reconstruction, target, [&](double value) {
    axis.low = std::min(axis.low, std::floor(value * 10) / 10);
    axis.high = std::max(axis.high, std::ceil(value * 10) / 10);
  });
  axis.n_bins = static_cast<size_t>(
      std::min(std::round((axis.high - axis.low) / kBinWidth), static_cast<double>(kMaxBins)));
  return axis;
}

/// The q-th quantile of counts over an axis, n in all.
double histogram_quantile(std::span<const uint64_t> counts, const GridAxis& axis, uint64_t n, double q) {
  const double at = q * static_cast<double>(n);
  double before = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    const auto here = static_cast<double>(counts[i]);
    if (here > 0 && before + here >= at)
      return axis.edge(i) + (axis.edge(i + 1) - axis.edge(i)) * (at - before) / here;
    before += here;
  }
  return axis.high;
}

}  // namespace

std::vector<std::vector<ColumnSummary>> column_summaries(const Reconstruction& reconstruction) {
  std::map<std::string, Axis> axes;
  std::vector<std::vector<ColumnSummary>> out;
  for (const ReconstructionResult& result : reconstruction.results) {
    if (!axes.contains(result.target)) axes[result.target] = common_axis(reconstruction, result.target);
    const Axis& axis = axes[result.target];
    auto& columns = out.emplace_back();
    for (const CellColumn& column : result.cells)
      columns.push_back({column.name, distribution_of(column.values, axis.low, axis.high, axis.n_bins)});
  }
  return out;
}

std::vector<PredictedSpread> predicted_spreads(const PairDensity& density) {
  const GridAxis& axis = density.predicted;
  std::vector<PredictedSpread> out;
  for (size_t t = 0; t < density.truth.n_bins; ++t) {
    const std::span counts(density.counts.data() + t * axis.n_bins, axis.n_bins);
    PredictedSpread spread;
    spread.truth = (density.truth.edge(t) + density.truth.edge(t + 1)) / 2;
    double sum = 0;
    for (size_t i = 0; i < counts.size(); ++i) {
      spread.n += counts[i];
      sum += static_cast<double>(counts[i]) * (axis.edge(i) + axis.edge(i + 1)) / 2;
    }
    if (spread.n > 0) {
      spread.mean = sum / static_cast<double>(spread.n);
      const auto quantile = [&](double q) { return histogram_quantile(counts, axis, spread.n, q); };
      spread.p5 = quantile(0.05);
      spread.q1 = quantile(0.25);
      spread.median = quantile(0.5);
      spread.q3 = quantile(0.75);
      spread.p95 = quantile(0.95);
    }
    out.push_back(spread);
  }
  return out;
}

}  // namespace zerocell
