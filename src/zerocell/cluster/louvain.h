#pragma once
#include <cstdint>
#include <vector>

#include "zerocell/cluster/level_graph.h"
#include "zerocell/core/matrix.h"
#include "zerocell/core/random.h"

namespace zerocell {

struct LouvainOptions {
  double resolution = 1.0;
  uint64_t seed = 0;
  int n_rounds =
      2;  ///< how often to begin again from single cells, keeping the communities; 1: the reference
};

struct LouvainResults {
  std::vector<int32_t> membership;  ///< (N) clusters numbered from 0 by descending size
  size_t n_clusters = 0;
  double modularity = 0;  ///< of the unweighted graph at the resolution
};

/// Louvain (Blondel et al. 2008) on the pattern of a symmetric graph, weights ignored, as scanpy's
/// tl.louvain(flavor='vtraag') runs it: moves to the best neighbouring community until none improves,
/// aggregation, repeat. Q = sum_c [e_c - resolution * K_c^2 / m] / m, m = stored entries.
///
/// The second round lets single cells move once more between the communities found: it costs a third and
/// lifts the modularity, so that a mean over seeds does not fall below the reference's by chance.
LouvainResults louvain(const CsrMatrix& graph, const LouvainOptions& options);

/// What all runs of one seed on one graph share: the order of visits and the graph laid out in that order.
/// louvain(graph, {resolution, seed, n_rounds}) is LouvainStart(graph, seed).run(resolution, n_rounds).
class LouvainStart {
 public:
  LouvainStart(const CsrMatrix& graph, uint64_t seed);
  LouvainResults run(double resolution, int n_rounds) const;

 private:
  Random random_;
  std::vector<uint32_t> order_;  ///< (N) cell visited i-th
  LevelGraph cells_;             ///< node i is cell order_[i]
  double m_;
};

}  // namespace zerocell
