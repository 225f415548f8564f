#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "zerocell/study/cell_selection.h"

namespace zerocell {

/// Marks the cells in a list of names, or of ids of a column of obs, and of hashes; the number of lines that
/// are of none of them.
size_t mark_list(const std::string& path, const std::string& id_column, const CellFacts& facts,
                 std::vector<uint8_t>& marks);

}  // namespace zerocell
