#include "zerocell/metrics/aggregate.h"

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>

namespace zerocell {

MetricValue average(std::span<const NamedValue> scores) {
  if (scores.empty()) return MetricValue::undefined("mean of no scores");
  double sum = 0;
  size_t n_cells = std::numeric_limits<size_t>::max();
  for (const auto& [name, score] : scores) {
    n_cells = std::min(n_cells, score.n_cells);
    if (!score.value) return MetricValue::undefined(fmt::format("{}: {}", name, score.reason), score.n_cells);
    sum += *score.value;
  }
  return MetricValue::of(sum / static_cast<double>(scores.size()), n_cells);
}

MetricValue avg_bio(const MetricValue& nmi, const MetricValue& ari, const MetricValue& asw_label) {
  return average(
      std::array{NamedValue{"nmi", nmi}, NamedValue{"ari", ari}, NamedValue{"asw_label", asw_label}});
}

MetricValue avg_batch(const MetricValue& asw_batch, const MetricValue& graph_connectivity) {
  return average(
      std::array{NamedValue{"asw_batch", asw_batch}, NamedValue{"graph_connectivity", graph_connectivity}});
}

}  // namespace zerocell
