#pragma once
#include <algorithm>
#include <cstdint>
#include <tuple>
#include <vector>

#include "zerocell/core/matrix.h"

namespace zerocell::test {

using Edge = std::tuple<uint32_t, uint32_t, float>;

/// Symmetric graph of the edges listed once each.
inline CsrMatrix graph_of(size_t n, std::vector<Edge> edges) {
  const size_t n_listed = edges.size();
  for (size_t e = 0; e < n_listed; ++e) {
    const auto [i, j, w] = edges[e];
    edges.emplace_back(j, i, w);
  }
  std::sort(edges.begin(), edges.end());
  CsrMatrix graph;
  graph.n_rows = graph.n_cols = n;
  graph.indptr.assign(n + 1, 0);
  for (const auto& [i, j, w] : edges) {
    ++graph.indptr[i + 1];
    graph.indices.push_back(j);
    graph.values.push_back(w);
  }
  for (size_t i = 0; i < n; ++i) graph.indptr[i + 1] += graph.indptr[i];
  return graph;
}

/// 0 - 1 - ... - (n - 1), joined to what is there.
inline void add_path(std::vector<Edge>& edges, uint32_t first, uint32_t n) {
  for (uint32_t i = 0; i + 1 < n; ++i) edges.emplace_back(first + i, first + i + 1, 1.0f);
}

}  // namespace zerocell::test
