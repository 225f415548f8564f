#include "zerocell/cluster/louvain.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "zerocell/cluster/local_moving.h"
#include "zerocell/core/error.h"

namespace zerocell {
namespace {

std::vector<uint32_t> count_up(size_t n) {
  std::vector<uint32_t> numbers(n);
  std::iota(numbers.begin(), numbers.end(), 0u);
  return numbers;
}

/// Renumbers communities 0, 1, ... by descending number of cells, equals in order of their first node;
/// returns how many there are.
size_t renumber_by_size(std::vector<uint32_t>& community, const std::vector<uint32_t>& sizes) {
  const size_t n = community.size();
  std::vector<uint64_t> cells(n, 0);
  std::vector<uint32_t> order, rank(n);
  for (size_t v = 0; v < n; ++v) {
    if (cells[community[v]] == 0) order.push_back(community[v]);
    cells[community[v]] += sizes[v];
  }
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return cells[a] > cells[b]; });
  for (uint32_t r = 0; r < order.size(); ++r) rank[order[r]] = r;
  for (auto& c : community) c = rank[c];
  return order.size();
}

/// Communities of one level, numbered by size, and the graph that they form.
struct Merged {
  std::vector<uint32_t> community;
  LevelGraph graph;
};

Merged merge(const LevelGraph& level, const LocalMoving& moving) {
  Merged merged{moving.community(), {}};
  const size_t n = renumber_by_size(merged.community, level.sizes);
  merged.graph = aggregate(level, merged.community, n);
  return merged;
}

}  // namespace

LouvainStart::LouvainStart(const CsrMatrix& graph, uint64_t seed)
    : random_(seed),
      order_(permutation(graph.n_rows, random_)),
      cells_(first_level(graph, order_)),
      m_(static_cast<double>(graph.nnz())) {}

LouvainResults LouvainStart::run(double resolution, int n_rounds) const {
  if (!(resolution >= 0) || std::isinf(resolution))
    throw Error::usage({"the Louvain resolution", "a number of at least 0", std::to_string(resolution), ""});
  const auto in_order = count_up(cells_.n());
  // Of equal communities a cell joins the lowest: numbered by cell, as in the reference, not by visit.
  Merged found{order_, {}};
  Random random = random_;
  for (int round = 0; round < n_rounds && m_ > 0; ++round) {
    LocalMoving cells(cells_, found.community, resolution / m_);
    if (!cells.run(in_order)) break;
    found = merge(cells_, cells);
    for (;;) {
      const auto order = permutation(found.graph.n(), random);
      LocalMoving communities(found.graph, count_up(found.graph.n()), resolution / m_);
      if (!communities.run(order)) break;
      Merged coarser = merge(found.graph, communities);
      for (auto& c : found.community) c = coarser.community[c];
      found.graph = std::move(coarser.graph);
    }
  }
  const LevelGraph& last = found.graph.n() > 0 ? found.graph : cells_;  // none: no cell moved
  LouvainResults results;
  results.n_clusters = last.n();
  results.modularity = m_ > 0 ? modularity(last, resolution, m_) : 0;
  results.membership.resize(order_.size());
  for (size_t i = 0; i < order_.size(); ++i)
    results.membership[order_[i]] = static_cast<int32_t>(found.community[i]);
  return results;
}

LouvainResults louvain(const CsrMatrix& graph, const LouvainOptions& options) {
  return LouvainStart(graph, options.seed).run(options.resolution, options.n_rounds);
}

}  // namespace zerocell
