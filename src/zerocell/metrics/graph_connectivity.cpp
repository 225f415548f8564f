#include "zerocell/metrics/graph_connectivity.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

/// Mean over labels of the share of the largest component. component: (N) any number of a cell, below N.
MetricValue mean_largest_share(std::span<const uint32_t> component, std::span<const int32_t> labels) {
  const int32_t highest = labels.empty() ? -1 : *std::max_element(labels.begin(), labels.end());
  std::vector<size_t> component_size(component.size(), 0),
      label_size(static_cast<size_t>(std::max(highest, -1) + 1), 0);
  auto largest = label_size;
  size_t n_cells = 0;
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0) continue;
    const auto label = static_cast<size_t>(labels[i]);
    ++n_cells;
    ++label_size[label];
    largest[label] = std::max(largest[label], ++component_size[component[i]]);  // a component has one label
  }
  double total = 0;
  size_t n_labels = 0;
  for (size_t label = 0; label < label_size.size(); ++label) {
    if (label_size[label] == 0) continue;
    total += static_cast<double>(largest[label]) / static_cast<double>(label_size[label]);
    ++n_labels;
  }
  if (n_labels == 0) return MetricValue::undefined("no cell has a label");
  return MetricValue::of(total / static_cast<double>(n_labels), n_cells);
}

/// Sets of cells, merged pair by pair (Tarjan 1975, path halving).
class DisjointSets {
 public:
  explicit DisjointSets(size_t n) : parent_(n) { std::iota(parent_.begin(), parent_.end(), 0u); }
  uint32_t find(uint32_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void merge(uint32_t a, uint32_t b) {
    a = find(a);
    b = find(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<uint32_t> parent_;
};

/// Strongly connected components (Tarjan 1972), without recursion: chains of neighbours are long.
class StrongComponents {
 public:
  StrongComponents(const KnnGraph& knn, std::span<const int32_t> labels)
      : knn_(knn),
        labels_(labels),
        order_(knn.n_cells, 0),
        lowest_(knn.n_cells, 0),
        next_arc_(knn.n_cells, 0),
        component_(knn.n_cells, kNone) {}

  std::vector<uint32_t> find() {
    for (uint32_t i = 0; i < knn_.n_cells; ++i)
      if (order_[i] == 0) explore(i);
    return std::move(component_);
  }

 private:
  static constexpr uint32_t kNone = ~0u;

  void enter(uint32_t v) {
    order_[v] = lowest_[v] = ++n_seen_;
    path_.push_back(v);
    open_.push_back(v);
  }

  void explore(uint32_t start) {
    enter(start);
    while (!path_.empty()) {
      const uint32_t v = path_.back();
      if (next_arc_[v] < knn_.n_neighbors) {
        const uint32_t u = knn_.indices[v * knn_.n_neighbors + next_arc_[v]++];
        if (labels_[u] != labels_[v]) continue;
        if (order_[u] == 0)
          enter(u);
        else if (component_[u] == kNone)
          lowest_[v] = std::min(lowest_[v], order_[u]);
      } else {
        path_.pop_back();
        if (!path_.empty()) lowest_[path_.back()] = std::min(lowest_[path_.back()], lowest_[v]);
        if (lowest_[v] == order_[v]) close(v);
      }
    }
  }

  /// v is the first of its component: the component lies on top of open_.
  void close(uint32_t v) {
    for (bool more = true; more;) {
      const uint32_t u = open_.back();
      open_.pop_back();
      component_[u] = v;
      more = u != v;
    }
  }

  const KnnGraph& knn_;
  std::span<const int32_t> labels_;
  std::vector<uint32_t> order_, lowest_;  ///< by cell, from 1 in order of discovery; 0: not yet
  std::vector<size_t> next_arc_;
  std::vector<uint32_t> component_;  ///< by cell; kNone while open
  std::vector<uint32_t> path_, open_;
  uint32_t n_seen_ = 0;
};

}  // namespace

MetricValue graph_connectivity(const CsrMatrix& graph, std::span<const int32_t> labels) {
  if (graph.n_rows != labels.size() || graph.n_cols != labels.size())
    throw Error::internal("graph connectivity: graph and labels differ in size");
  DisjointSets sets(labels.size());
  for (uint32_t i = 0; i < labels.size(); ++i)
    for (const uint32_t j : graph.row_indices(i))
      if (j < i && labels[i] == labels[j]) sets.merge(i, j);
  std::vector<uint32_t> component(labels.size());
  for (uint32_t i = 0; i < labels.size(); ++i) component[i] = sets.find(i);
  return mean_largest_share(component, labels);
}

MetricValue graph_connectivity_directed(const KnnGraph& knn, std::span<const int32_t> labels) {
  if (knn.n_cells != labels.size())
    throw Error::internal("graph connectivity: graph and labels differ in size");
  return mean_largest_share(StrongComponents(knn, labels).find(), labels);
}

}  // namespace zerocell
