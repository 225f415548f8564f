#include "zerocell/layout/components.h"

#include <algorithm>

namespace zerocell {

Components connected_components(const CsrMatrix& graph) {
  constexpr uint32_t kUnseen = ~uint32_t{0};
  Components result;
  result.of_vertex.assign(graph.n_rows, kUnseen);
  for (uint32_t start = 0; start < graph.n_rows; ++start) {
    if (result.of_vertex[start] != kUnseen) continue;
    const auto component = static_cast<uint32_t>(result.members.size());
    std::vector<uint32_t> reached{start};
    result.of_vertex[start] = component;
    for (size_t next = 0; next < reached.size(); ++next)
      for (const uint32_t tail : graph.row_indices(reached[next]))
        if (result.of_vertex[tail] == kUnseen) {
          result.of_vertex[tail] = component;
          reached.push_back(tail);
        }
    std::sort(reached.begin(), reached.end());
    result.members.push_back(std::move(reached));
  }
  return result;
}

CsrMatrix subgraph(const CsrMatrix& graph, const std::vector<uint32_t>& members,
                   std::vector<uint32_t>& position) {
  CsrMatrix result;
  result.n_rows = result.n_cols = members.size();
  for (uint32_t i = 0; i < members.size(); ++i) position[members[i]] = i;
  for (const uint32_t vertex : members) {
    const auto tails = graph.row_indices(vertex);
    const auto values = graph.row_values(vertex);
    for (size_t e = 0; e < tails.size(); ++e) {
      result.indices.push_back(position[tails[e]]);
      result.values.push_back(values[e]);
    }
    result.indptr.push_back(result.indices.size());
  }
  return result;
}

}  // namespace zerocell
