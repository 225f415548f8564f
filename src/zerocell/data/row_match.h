#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "zerocell/data/embedding_table.h"
#include "zerocell/data/name_index.h"

namespace zerocell {

/// The cells that the rows of a table may be of.
struct TableCells {
  const NameIndex& names;              ///< of the file's N cells
  std::span<const uint32_t> selected;  ///< (M) cells that are looked at, ascending
};

/// Which row is of which cell, and which columns are dimensions.
struct RowMatch {
  std::vector<uint32_t> rows;      ///< (M) row of the table for each selected cell
  std::vector<size_t> dimensions;  ///< columns of the table's values, ascending
  std::string how;                 ///< "by name (column 'barcode')" or "by position"
  std::vector<std::string> warnings;
};

/// Names decide, not looks: a column (or an index) whose texts are names of the file's cells, each once,
/// holds the names of the rows, whatever its header and whether or not they look like numbers, and every
/// selected cell must have a row. An order that equals that of the cells is a match too where names repeat.
///
/// Where only some texts are names of cells, where columns contradict each other, or where texts are no names
/// at all, no row is certain: Error(data) with counts and examples. Without any such column rows are taken by
/// position, which needs as many rows as the file or the selection has cells.
///
/// Row numbers (0, 1, 2, ... or 1, 2, 3, ... in order) are left out of the dimensions with a warning; in
/// another order without names, or where a column looks like ids, the rows cannot be placed: Error(data). An
/// array has no names: its row numbers are dimensions, with a warning; a column of cell names is refused.
///
/// `source` is what was read, for messages.
RowMatch match_rows(const std::string& source, const EmbeddingTable& table, const TableCells& cells);

}  // namespace zerocell
