#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "zerocell/core/matrix.h"

namespace zerocell {

/// The graph at one level of Louvain: nodes are cells at first, then communities of the level before.
/// Arcs from a node to itself are kept apart. All weights are whole numbers, hence exact.
struct LevelGraph {
  std::vector<uint64_t> starts;   ///< (n + 1)
  std::vector<uint32_t> targets;  ///< (arcs) never the node itself
  std::vector<uint32_t> weights;  ///< (arcs) or empty: every arc counts 1
  std::vector<double> loops;      ///< (n) weight of a node's arcs to itself
  std::vector<double> degrees;    ///< (n) weight of all arcs of the node, loops among them
  std::vector<uint32_t> sizes;    ///< (n) cells inside the node

  size_t n() const { return degrees.size(); }
  uint32_t weight(uint64_t arc) const { return weights.empty() ? 1 : weights[arc]; }
};

/// The pattern of a square matrix, with row order[i] as node i: visits in order then read memory in order.
/// Throws Error(internal) for a matrix that is not square, has a column beyond it or 2^32 entries and more.
LevelGraph first_level(const CsrMatrix& graph, std::span<const uint32_t> order);

/// The graph whose nodes are the communities 0 .. n_communities - 1 of `level`.
LevelGraph aggregate(const LevelGraph& level, std::span<const uint32_t> community, size_t n_communities);

/// Modularity of the partition in which every node is a community: (sum_c e_c - resolution * K_c^2 / m) / m
/// with e_c the weight inside, K_c the degree, m the weight of all arcs.
double modularity(const LevelGraph& level, double resolution, double m);

/// Weight from a node, or from a community, to a community beside it.
struct Link {
  uint32_t community, weight;
};

/// Adds up arcs by the community at their end.
class LinkSums {
 public:
  /// Communities are below n.
  explicit LinkSums(size_t n) : weight_(n, 0), met_(n + 1) {}

  void add(const LevelGraph& level, uint32_t node, std::span<const uint32_t> community) {
    for (uint64_t arc = level.starts[node]; arc < level.starts[node + 1]; ++arc) {
      const uint32_t c = community[level.targets[arc]];
      met_[n_met_] = c;  // without a branch: which community comes next cannot be predicted
      n_met_ += weight_[c] == 0;
      weight_[c] += level.weight(arc);
    }
  }

  /// Writes the sums in order of first meeting, clears them and returns their number.
  uint32_t take(Link* links) {
    const uint32_t n = n_met_;
    for (uint32_t i = 0; i < n; ++i) {
      links[i] = {met_[i], weight_[met_[i]]};
      weight_[met_[i]] = 0;
    }
    n_met_ = 0;
    return n;
  }

 private:
  std::vector<uint32_t> weight_, met_;
  uint32_t n_met_ = 0;
};

}  // namespace zerocell
