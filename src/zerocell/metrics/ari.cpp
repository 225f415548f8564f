#include "zerocell/metrics/ari.h"

namespace zerocell {
namespace {

// Pairs of a million cells are 5e11, products of two such numbers 2.5e23: exact in 128 bits.
__extension__ using Wide = __int128;

Wide pairs(int64_t n) {
  return Wide{n} * (n - 1) / 2;
}

Wide pairs(const std::vector<int64_t>& counts) {
  Wide sum = 0;
  for (const int64_t n : counts) sum += pairs(n);
  return sum;
}

}  // namespace

MetricValue ari(const Contingency& table) {
  const auto n_cells = static_cast<size_t>(table.n);
  if (n_cells < 2)
    return MetricValue::undefined("needs at least 2 cells with a label and a cluster", n_cells);
  Wide together = 0;
  for (const auto& entry : table.entries) together += pairs(entry.count);
  const Wide in_labels = pairs(table.label_counts), in_clusters = pairs(table.cluster_counts);
  // The fraction, times C(n, 2) and 2 above and below.
  const Wide all = pairs(table.n), expected = in_labels * in_clusters;
  const Wide above = 2 * (together * all - expected), below = (in_labels + in_clusters) * all - 2 * expected;
  if (below == 0)
    return MetricValue::undefined("labels and clusters are both one group, or both one cell a group",
                                  n_cells);
  return MetricValue::of(static_cast<double>(above) / static_cast<double>(below), n_cells);
}

}  // namespace zerocell
