#include "zerocell/metrics/nmi.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace zerocell {
namespace {

double entropy(const std::vector<int64_t>& counts, double n) {
  double sum = 0;
  for (const int64_t count : counts) {
    if (count == 0) continue;
    const auto c = static_cast<double>(count);
    sum -= c / n * (std::log(c) - std::log(n));
  }
  return sum;
}

double mutual_information(const Contingency& table) {
  const auto n = static_cast<double>(table.n);
  double sum = 0;
  for (const auto& [label, cluster, count] : table.entries) {
    const auto c = static_cast<double>(count);
    const double outer =
        static_cast<double>(table.label_counts[label]) * static_cast<double>(table.cluster_counts[cluster]);
    const double term = c / n * (std::log(c) - std::log(n)) + c / n * (2 * std::log(n) - std::log(outer));
    // Independent parts cancel to rounding noise, which would else be a tiny positive NMI.
    if (std::fabs(term) >= std::numeric_limits<double>::epsilon()) sum += term;
  }
  return std::max(sum, 0.0);
}

}  // namespace

MetricValue nmi(const Contingency& table) {
  const auto n_cells = static_cast<size_t>(table.n);
  if (n_cells == 0) return MetricValue::undefined("no cell has a label and a cluster");
  const size_t n_labels = table.n_labels, n_clusters = table.n_clusters;
  if (n_labels == 1 && n_clusters == 1) return MetricValue::of(1, n_cells);
  const double information = n_labels == 1 || n_clusters == 1 ? 0 : mutual_information(table);
  if (information == 0) return MetricValue::of(0, n_cells);
  const auto n = static_cast<double>(table.n);
  return MetricValue::of(
      information / ((entropy(table.label_counts, n) + entropy(table.cluster_counts, n)) / 2), n_cells);
}

}  // namespace zerocell
