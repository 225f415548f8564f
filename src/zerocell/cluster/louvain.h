#pragma once
#include <cstdint>
#include <vector>

#include "zerocell/core/matrix.h"

namespace zerocell {

struct LouvainOptions {
  double resolution = 1.0;
  uint64_t seed = 0;
};

struct LouvainResults {
  std::vector<int32_t> membership;  ///< (N) clusters numbered from 0 by descending size
  size_t n_clusters = 0;
  double modularity = 0;  ///< of the unweighted graph at the resolution
};

/// Louvain (Blondel et al. 2008) on the pattern of a symmetric graph, weights ignored, as scanpy's
/// tl.louvain(flavor='vtraag') runs it: moves to the best neighbouring community until none improves,
/// aggregation, repeat. Q = sum_c [e_c - resolution * K_c^2 / m] / m, m = stored entries.
LouvainResults louvain(const CsrMatrix& graph, const LouvainOptions& options);

}  // namespace zerocell
