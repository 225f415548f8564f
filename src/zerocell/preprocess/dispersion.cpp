#include "zerocell/preprocess/dispersion.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace zerocell {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kNormalQuartile = 0.6744897501960817;  // standard normal quantile of 3/4

struct Spread {
  double centre = kNaN, width = kNaN;
};

/// n + 1 edges as numpy.linspace, the first moved down by a thousandth of the range (pandas.cut).
std::vector<double> equal_width_edges(std::span<const double> means, size_t n) {
  const auto [low_at, high_at] = std::minmax_element(means.begin(), means.end());
  double low = *low_at, high = *high_at;
  const bool constant = low == high;
  if (constant) {
    low -= low != 0 ? 0.001 * std::abs(low) : 0.001;
    high += high != 0 ? 0.001 * std::abs(high) : 0.001;
  }
  const double step = (high - low) / static_cast<double>(n);
  std::vector<double> edges(n + 1);
  for (size_t i = 0; i < n; ++i) edges[i] = static_cast<double>(i) * step + low;
  edges[n] = high;
  if (!constant) edges[0] -= (high - low) * 0.001;
  return edges;
}

/// numpy.percentile, method "linear"; `sorted` is not empty.
double percentile(std::span<const double> sorted, double percent) {
  const double position = static_cast<double>(sorted.size() - 1) * (percent / 100);
  const size_t below = static_cast<size_t>(position);
  if (below + 1 >= sorted.size()) return sorted.back();
  const double t = position - static_cast<double>(below);
  const double a = sorted[below], b = sorted[below + 1];
  return t >= 0.5 ? b - (b - a) * (1 - t) : a + (b - a) * t;
}

std::vector<double> percentile_edges(std::span<const double> means) {
  std::vector<double> sorted(means.begin(), means.end());
  std::sort(sorted.begin(), sorted.end());
  std::vector<double> edges{-std::numeric_limits<double>::infinity()};
  for (int percent = 10; percent <= 100; percent += 5) edges.push_back(percentile(sorted, percent));
  edges.push_back(std::numeric_limits<double>::infinity());
  return edges;
}

double median(std::vector<double>& values) {
  if (values.empty()) return kNaN;
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  return values.size() % 2 ? values[half] : (values[half - 1] + values[half]) / 2;
}

/// Welford's recurrence, the order of operations of pandas' grouped variance.
double standard_deviation(std::span<const double> values) {
  double mean = 0, sum = 0;
  size_t n = 0;
  for (const double value : values) {
    const double old = mean;
    mean += (value - old) / static_cast<double>(++n);
    sum += (value - mean) * (value - old);
  }
  return n < 2 ? kNaN : std::sqrt(sum / static_cast<double>(n - 1));
}

Spread seurat_spread(std::span<const double> values) {
  Spread spread{compensated_mean(values), standard_deviation(values)};
  if (std::isnan(spread.width)) spread = {0, spread.centre};
  return spread;
}

Spread cell_ranger_spread(std::vector<double> values) {
  const double centre = median(values);
  for (double& value : values) value = std::abs(value - centre) / kNormalQuartile;
  return {centre, median(values)};
}

}  // namespace

std::vector<uint32_t> mean_bins(std::span<const double> means, HvgFlavor flavor, size_t n_bins) {
  std::vector<uint32_t> bins(means.size());
  if (means.empty()) return bins;
  const std::vector<double> edges =
      flavor == HvgFlavor::seurat ? equal_width_edges(means, n_bins) : percentile_edges(means);
  for (size_t g = 0; g < means.size(); ++g) {
    const auto right = std::lower_bound(edges.begin() + 1, edges.end() - 1, means[g]);
    bins[g] = static_cast<uint32_t>(right - edges.begin()) - 1;
  }
  return bins;
}

std::vector<double> normalized_dispersions(std::span<const double> dispersions,
                                           std::span<const uint32_t> bins, HvgFlavor flavor) {
  std::vector<std::vector<double>> members;
  for (size_t g = 0; g < bins.size(); ++g) {
    if (bins[g] >= members.size()) members.resize(bins[g] + 1);
    if (!std::isnan(dispersions[g])) members[bins[g]].push_back(dispersions[g]);
  }
  std::vector<Spread> spreads;
  for (std::vector<double>& values : members)
    spreads.push_back(flavor == HvgFlavor::seurat ? seurat_spread(values) : cell_ranger_spread(values));
  std::vector<double> out(bins.size());
  for (size_t g = 0; g < bins.size(); ++g)
    out[g] = (dispersions[g] - spreads[bins[g]].centre) / spreads[bins[g]].width;
  return out;
}

double compensated_mean(std::span<const double> values) {
  double sum = 0, lost = 0;
  size_t n = 0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    ++n;
    const double y = value - lost;
    const double t = sum + y;
    lost = t - sum - y;
    if (std::isnan(lost)) lost = 0;  // after an infinity
    sum = t;
  }
  return n == 0 ? kNaN : sum / static_cast<double>(n);
}

}  // namespace zerocell
