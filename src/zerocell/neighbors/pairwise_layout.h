#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "zerocell/neighbors/pairwise.h"

namespace zerocell::pairs {

/// The groups of one grouping, empty ones dropped.
struct Grouping {
  std::vector<int32_t> codes;  ///< (N) 0 .. n_groups - 1 in the order of the pass; -1: in no group
  std::vector<size_t> sizes;   ///< (n_groups)
  size_t n_groups() const { return sizes.size(); }
};

/// A run of cells that share label and batch.
struct Segment {
  size_t begin, end;  ///< positions in the order of the pass
  int32_t label, batch;
};

/// The order in which the pass visits cells: (label, batch, index), so that a tile of pairs touches few
/// groups. Everything inside the pass is indexed by position in this order.
struct Layout {
  std::vector<uint32_t> order;  ///< (N) position -> cell
  Grouping labels, batches;     ///< indexed by position; no groups where the option is empty
  std::vector<Segment> segments;
  size_t n_cells() const { return order.size(); }
  bool has_groups() const { return labels.n_groups() + batches.n_groups() > 0; }
};

Layout make_layout(size_t n_cells, const PairwiseOptions& options);

/// Segments cut to a range of positions.
struct Pieces {
  std::vector<Segment> segments;
  std::vector<uint32_t> ends;  ///< of each, counted from the beginning of the range
};

void cut_segments(const Layout& layout, size_t begin, size_t end, Pieces& pieces);

}  // namespace zerocell::pairs
