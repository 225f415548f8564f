#include "zerocell/models/scgpt/binning.h"

#include <algorithm>
#include <cmath>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

/// numpy.linspace(0, 1, n)
std::vector<double> unit_steps(size_t n) {
  const double step = 1.0 / static_cast<double>(n - 1);
  std::vector<double> steps(n);
  for (size_t i = 0; i < n; ++i) steps[i] = static_cast<double>(i) * step;
  steps.back() = 1.0;
  return steps;
}

}  // namespace

CellBinning::CellBinning(size_t n_bins) {
  if (n_bins < 3 || n_bins > UINT16_MAX) throw Error::internal("scGPT: a number of bins without edges");
  quantiles_ = unit_steps(n_bins - 1);
}

void CellBinning::edges(std::span<const float> sorted, std::vector<double>& out) const {
  out.clear();
  const auto last = static_cast<double>(sorted.size() - 1);
  for (const double q : quantiles_) {
    const double place = last * q;
    if (place >= last) {
      out.push_back(sorted.back());
      continue;
    }
    const double before = std::floor(place), share = place - before;
    const auto i = static_cast<size_t>(before);
    const float step = sorted[i + 1] - sorted[i];
    out.push_back(share < 0.5 ? sorted[i] + step * share : sorted[i + 1] - step * (1 - share));
  }
}

void CellBinning::operator()(std::span<const float> values, std::vector<BinRange>& ranges) {
  ranges.clear();
  if (values.empty()) return;
  sorted_.assign(values.begin(), values.end());
  std::ranges::sort(sorted_);
  edges(sorted_, edges_);
  distinct_.assign(sorted_.begin(), sorted_.end());
  distinct_.erase(std::unique(distinct_.begin(), distinct_.end()), distinct_.end());
  of_distinct_.clear();
  for (const float value : distinct_) {
    const auto below = std::ranges::lower_bound(edges_, value) - edges_.begin();
    const auto upper = std::ranges::upper_bound(edges_, value) - edges_.begin();
    // Between two edges there is nothing to choose: the bin above the lower of them.
    const auto lower = std::min(below + 1, upper);
    of_distinct_.push_back({static_cast<uint16_t>(lower), static_cast<uint16_t>(upper)});
  }
  ranges.reserve(values.size());
  for (const float value : values)
    ranges.push_back(
        of_distinct_[static_cast<size_t>(std::ranges::lower_bound(distinct_, value) - distinct_.begin())]);
}

uint16_t draw_bin(BinRange range, double r) {
  const double upper = range.upper, below = range.lower == range.upper ? upper : range.lower - 1.0;
  // Where no edge or one equals the value the draw decides nothing: below + 1 = upper.
  return static_cast<uint16_t>(std::ceil(r * (below - upper) + upper));
}

}  // namespace zerocell
