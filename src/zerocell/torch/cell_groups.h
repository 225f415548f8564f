#pragma once
#include <cstdint>
#include <vector>

#include "zerocell/nn/backend.h"

namespace zerocell {

/// Cells of similar length, padded to the longest: one batch of a batched attention.
struct CellGroup {
  size_t length = 0;           ///< of the longest cell
  std::vector<int64_t> cells;  ///< (B)
  std::vector<int64_t> rows;   ///< (B * length) packed row of every place; padding repeats a cell's first row
  std::vector<int64_t> tokens;  ///< places that are no padding, ascending

  bool padded() const { return tokens.size() < rows.size(); }
};

/// Every cell in one group; the shortest of a group has at least 9/10 of its length, and a group of several
/// cells at most `most_places` places.
std::vector<CellGroup> group_cells(Segments segments, size_t most_places);

}  // namespace zerocell
