#include "zerocell/metrics/contingency.h"

#include <algorithm>
#include <utility>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

size_t n_codes(std::span<const int32_t> codes) {
  return codes.empty() ? 0
                       : static_cast<size_t>(std::max(*std::max_element(codes.begin(), codes.end()), -1) + 1);
}

size_t n_occurring(const std::vector<int64_t>& counts) {
  return counts.size() - static_cast<size_t>(std::count(counts.begin(), counts.end(), 0));
}

}  // namespace

Contingency contingency(std::span<const int32_t> labels, std::span<const int32_t> clusters) {
  if (labels.size() != clusters.size())
    throw Error::internal("contingency: labels and clusters differ in length");
  const size_t n_labels = n_codes(labels), n_clusters = n_codes(clusters);
  Contingency table;
  table.label_counts.assign(n_labels, 0);
  table.cluster_counts.assign(n_clusters, 0);
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0 || clusters[i] < 0) continue;
    ++table.label_counts[static_cast<size_t>(labels[i])];
    ++table.cluster_counts[static_cast<size_t>(clusters[i])];
    ++table.n;
  }
  table.n_labels = n_occurring(table.label_counts);
  table.n_clusters = n_occurring(table.cluster_counts);
  // Clusters of the cells of label 0, then of label 1, ...
  std::vector<size_t> next(n_labels + 1, 0);
  for (size_t l = 0; l < n_labels; ++l) next[l + 1] = next[l] + static_cast<size_t>(table.label_counts[l]);
  std::vector<int32_t> by_label(static_cast<size_t>(table.n));
  for (size_t i = 0; i < labels.size(); ++i)
    if (labels[i] >= 0 && clusters[i] >= 0) by_label[next[static_cast<size_t>(labels[i])]++] = clusters[i];

  std::vector<int64_t> count(n_clusters, 0);
  size_t at = 0;
  for (size_t l = 0; l < n_labels; ++l) {
    const size_t first = table.entries.size();
    for (; at < next[l]; ++at) {
      const auto c = static_cast<size_t>(by_label[at]);
      if (count[c]++ == 0) table.entries.push_back({l, c, 0});
    }
    for (size_t e = first; e < table.entries.size(); ++e)
      std::swap(table.entries[e].count, count[table.entries[e].cluster]);
  }
  return table;
}

}  // namespace zerocell
