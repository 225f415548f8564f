#pragma once
#include <algorithm>
#include <cstdint>
#include <span>

#include "zerocell/core/row_stream.h"

namespace zerocell {

/// Group of a row in [0, n_groups), or -1 where it has none; `groups` empty: all rows are group 0.
inline int32_t group_of(std::span<const int32_t> groups, size_t row, size_t n_groups) {
  if (groups.empty()) return 0;
  const int32_t group = groups[row];
  return group >= 0 && static_cast<size_t>(group) < n_groups ? group : -1;
}

/// Calls visit(group, gene, value) for the entries of genes [first, last) of a block in row order, so that
/// threads with a range of genes each sum in the same order whatever their number. values: of the block's
/// entries, or what they were turned into.
template <class Visit>
void for_each_entry(const RowBlock& block, std::span<const float> values, std::span<const int32_t> groups,
                    size_t n_groups, uint32_t first, uint32_t last, const Visit& visit) {
  for (size_t i = 0; i < block.values.n_rows; ++i) {
    const int32_t group = group_of(groups, block.first_row + i, n_groups);
    if (group < 0) continue;
    const auto genes = block.values.row_indices(i);
    const float* const row = values.data() + block.values.indptr[i];
    size_t k = static_cast<size_t>(std::lower_bound(genes.begin(), genes.end(), first) - genes.begin());
    for (; k < genes.size() && genes[k] < last; ++k) visit(static_cast<size_t>(group), genes[k], row[k]);
  }
}

}  // namespace zerocell
