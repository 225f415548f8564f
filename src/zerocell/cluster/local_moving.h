#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "zerocell/cluster/level_graph.h"

namespace zerocell {

/// The inner loop of Louvain: moves nodes to the community beside them, or to one of their own, where the
/// modularity gains most, until no single move improves it.
class LocalMoving {
 public:
  /// `community`: where each node begins, numbers below n; factor: resolution / m. Keeps a reference to
  /// level.
  LocalMoving(const LevelGraph& level, std::vector<uint32_t> community, double factor);

  /// Visits the nodes in this order again and again; true if any node moved.
  bool run(std::span<const uint32_t> order);

  const std::vector<uint32_t>& community() const { return community_; }

 private:
  /// Gain, in arcs, of a node of the given degree from joining a community, against being alone.
  double joining(double weight, double degree, double community_degree) const {
    return weight - factor_ * degree * community_degree;
  }
  std::span<const Link> links(uint32_t v);
  bool visit(uint32_t v);
  void move(uint32_t v, uint32_t from, uint32_t to);

  static constexpr uint32_t kUnknown = ~0u;
  const LevelGraph& level_;
  double factor_;
  LinkSums sums_;
  std::vector<uint32_t> community_;  ///< by node
  std::vector<double> degrees_;      ///< by community
  std::vector<uint32_t> members_;    ///< nodes by community
  std::vector<uint32_t> empty_;      ///< communities without a node
  std::vector<Link> links_;          ///< by node, from its first arc on
  std::vector<uint32_t> n_links_;    ///< by node; kUnknown: a neighbour has moved since
};

}  // namespace zerocell
