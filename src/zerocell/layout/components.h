#pragma once
#include <cstdint>
#include <vector>

#include "zerocell/core/matrix.h"

namespace zerocell {

struct Components {
  std::vector<uint32_t> of_vertex;  ///< (N) component of each vertex
  std::vector<std::vector<uint32_t>>
      members;  ///< vertices of each component, ascending; ordered by the first
};

/// Connected components of a symmetric graph.
Components connected_components(const CsrMatrix& graph);

/// The graph among `members` (ascending) alone, renumbered 0..n-1. `position` is scratch of N entries.
CsrMatrix subgraph(const CsrMatrix& graph, const std::vector<uint32_t>& members,
                   std::vector<uint32_t>& position);

}  // namespace zerocell
