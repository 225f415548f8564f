#include "zerocell/core/distribution.h"

#include <algorithm>
#include <cmath>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

double quantile_of_sorted(const std::vector<double>& sorted, double q) {
  const double at = q * static_cast<double>(sorted.size() - 1);
  const auto i = static_cast<size_t>(at);
  if (i + 1 >= sorted.size()) return sorted.back();
  return sorted[i] + (at - static_cast<double>(i)) * (sorted[i + 1] - sorted[i]);
}

}  // namespace

Distribution distribution_of(std::span<const double> values, double low, double high, size_t n_bins) {
  if (!(low < high) || n_bins == 0) throw Error::internal("distribution: an axis without room");
  Distribution out;
  out.low = low;
  out.high = high;
  out.counts.assign(n_bins, 0);
  std::vector<double> finite;
  finite.reserve(values.size());
  double sum = 0;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    finite.push_back(value);
    sum += value;
    const double share = std::clamp((value - low) / (high - low), 0.0, 1.0);
    ++out.counts[std::min(static_cast<size_t>(share * static_cast<double>(n_bins)), n_bins - 1)];
  }
  out.n = finite.size();
  out.n_missing = values.size() - finite.size();
  if (finite.empty()) return out;
  out.mean = sum / static_cast<double>(out.n);
  std::sort(finite.begin(), finite.end());
  out.quartiles = {finite.front(), quantile_of_sorted(finite, 0.25), quantile_of_sorted(finite, 0.5),
                   quantile_of_sorted(finite, 0.75), finite.back()};
  return out;
}

}  // namespace zerocell
