#include "zerocell/torch/cell_groups.h"

#include <algorithm>
#include <numeric>

namespace zerocell {
namespace {

void append_cell(size_t cell, size_t first_row, size_t n_rows, CellGroup& group) {
  group.cells.push_back(static_cast<int64_t>(cell));
  for (size_t i = 0; i < group.length; ++i) {
    if (i < n_rows) group.tokens.push_back(static_cast<int64_t>(group.rows.size()));
    group.rows.push_back(static_cast<int64_t>(first_row + (i < n_rows ? i : 0)));
  }
}

}  // namespace

std::vector<CellGroup> group_cells(Segments segments, size_t most_places) {
  const auto length = [&](size_t c) -> size_t { return segments.offsets[c + 1] - segments.offsets[c]; };
  std::vector<size_t> order(segments.n_cells());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::greater<>{}, length);

  std::vector<CellGroup> groups;
  for (const size_t cell : order) {
    const bool joins = !groups.empty() && 10 * length(cell) >= 9 * groups.back().length &&
                       groups.back().rows.size() + groups.back().length <= most_places;
    if (!joins) groups.push_back({.length = length(cell), .cells = {}, .rows = {}, .tokens = {}});
    append_cell(cell, segments.offsets[cell], length(cell), groups.back());
  }
  return groups;
}

}  // namespace zerocell
