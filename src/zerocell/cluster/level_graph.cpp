#include "zerocell/cluster/level_graph.h"

#include <limits>
#include <numeric>

#include "zerocell/core/error.h"

namespace zerocell {

LevelGraph first_level(const CsrMatrix& graph, std::span<const uint32_t> order) {
  const size_t N = graph.n_rows;
  if (graph.n_cols != N || graph.indptr.size() != N + 1)
    throw Error::internal("louvain: the neighbour graph is not square");
  if (graph.nnz() > std::numeric_limits<uint32_t>::max())
    throw Error::internal("louvain: the neighbour graph has more than 2^32 arcs");
  std::vector<uint32_t> position(N);
  for (uint32_t i = 0; i < N; ++i) position[order[i]] = i;

  LevelGraph level;
  level.starts.assign(1, 0);
  level.starts.reserve(N + 1);
  level.degrees.reserve(N);
  level.targets.resize(graph.nnz());
  level.loops.assign(N, 0);
  level.sizes.assign(N, 1);
  uint64_t at = 0;
  for (const uint32_t v : order) {
    for (const uint32_t u : graph.row_indices(v)) {
      if (u >= N) throw Error::internal("louvain: index beyond the last cell");
      if (u == v)
        level.loops[position[v]] = 1;
      else
        level.targets[at++] = position[u];
    }
    level.starts.push_back(at);
    level.degrees.push_back(static_cast<double>(graph.row_indices(v).size()));
  }
  level.targets.resize(at);
  return level;
}

LevelGraph aggregate(const LevelGraph& level, std::span<const uint32_t> community, size_t n_communities) {
  std::vector<uint32_t> first(n_communities + 1, 0), nodes(level.n());
  for (const uint32_t c : community) ++first[c + 1];
  std::partial_sum(first.begin(), first.end(), first.begin());
  std::vector<uint32_t> next(first.begin(), first.end() - 1);
  for (uint32_t v = 0; v < level.n(); ++v) nodes[next[community[v]]++] = v;

  LevelGraph coarse;
  coarse.starts.assign(1, 0);
  coarse.loops.assign(n_communities, 0);
  coarse.degrees.assign(n_communities, 0);
  coarse.sizes.assign(n_communities, 0);
  LinkSums sums(n_communities);
  std::vector<Link> links(n_communities);
  for (uint32_t c = 0; c < n_communities; ++c) {
    for (uint32_t at = first[c]; at < first[c + 1]; ++at) {
      const uint32_t v = nodes[at];
      coarse.loops[c] += level.loops[v];
      coarse.degrees[c] += level.degrees[v];
      coarse.sizes[c] += level.sizes[v];
      sums.add(level, v, community);
    }
    const uint32_t n_links = sums.take(links.data());
    for (const Link& link : std::span(links.data(), n_links)) {
      if (link.community == c) {
        coarse.loops[c] += link.weight;
      } else {
        coarse.targets.push_back(link.community);
        coarse.weights.push_back(link.weight);
      }
    }
    coarse.starts.push_back(coarse.targets.size());
  }
  return coarse;
}

double modularity(const LevelGraph& level, double resolution, double m) {
  double inside = 0, expected = 0;
  for (size_t c = 0; c < level.n(); ++c) {
    inside += level.loops[c];
    expected += level.degrees[c] * level.degrees[c];
  }
  return (inside - resolution * expected / m) / m;
}

}  // namespace zerocell
