#include "zerocell/cluster/local_moving.h"

namespace zerocell {

LocalMoving::LocalMoving(const LevelGraph& level, std::vector<uint32_t> community, double factor)
    : level_(level),
      factor_(factor),
      sums_(level.n()),
      community_(std::move(community)),
      degrees_(level.n(), 0),
      members_(level.n(), 0),
      links_(level.targets.size()),
      n_links_(level.n(), kUnknown) {
  for (uint32_t v = 0; v < level.n(); ++v) {
    degrees_[community_[v]] += level.degrees[v];
    ++members_[community_[v]];
  }
  for (uint32_t c = 0; c < level.n(); ++c)
    if (members_[c] == 0) empty_.push_back(c);
}

bool LocalMoving::run(std::span<const uint32_t> order) {
  bool any = false;
  for (bool moved = true; moved;) {
    moved = false;
    for (const uint32_t v : order) moved |= visit(v);
    any |= moved;
  }
  return any;
}

/// Links of v to the communities around it; the arcs are looked at only where a neighbour has moved.
std::span<const Link> LocalMoving::links(uint32_t v) {
  Link* first = links_.data() + level_.starts[v];
  if (n_links_[v] == kUnknown) {
    sums_.add(level_, v, community_);
    n_links_[v] = sums_.take(first);
  }
  return {first, n_links_[v]};
}

/// Moves v to where it gains most; the lowest of equals. False if it stays.
bool LocalMoving::visit(uint32_t v) {
  // The reference asks for a gain above 1e-10 where either direction of an arc counts; here one counts.
  constexpr double kLeastGain = 0.5e-10;
  const uint32_t old = community_[v];
  const double degree = level_.degrees[v];
  const auto around = links(v);
  double stay = joining(0, degree, degrees_[old] - degree);
  for (const Link& link : around)
    if (link.community == old) stay += link.weight;
  uint32_t best = old;
  double best_gain = kLeastGain;
  for (const Link& link : around) {
    if (link.community == old) continue;
    const double gain = joining(link.weight, degree, degrees_[link.community]) - stay;
    if (gain > best_gain || (gain == best_gain && best != old && link.community < best)) {
      best_gain = gain;
      best = link.community;
    }
  }
  // Being alone. n nodes, n communities, two nodes in this one: another one is empty.
  if (members_[old] > 1 && -stay > best_gain) {
    best = empty_.back();
    empty_.pop_back();
  }
  if (best == old) return false;
  move(v, old, best);
  return true;
}

void LocalMoving::move(uint32_t v, uint32_t from, uint32_t to) {
  community_[v] = to;
  degrees_[from] -= level_.degrees[v];
  degrees_[to] += level_.degrees[v];
  ++members_[to];
  if (--members_[from] == 0) empty_.push_back(from);
  for (uint64_t arc = level_.starts[v]; arc < level_.starts[v + 1]; ++arc)
    n_links_[level_.targets[arc]] = kUnknown;
}

}  // namespace zerocell
