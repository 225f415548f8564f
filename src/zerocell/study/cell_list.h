#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "zerocell/study/cell_selection.h"

namespace zerocell {

/// A file that names cells.
struct CellList {
  std::string path;
  std::string id_column;   ///< obs column of the ids in the list; empty: names of cells
  bool of_others = false;  ///< most of the list may be cells of other files, as what a model was trained on
};

/// What a list and the cells of a file have in common.
struct ListFound {
  size_t n_found = 0, n_not_found = 0;  ///< distinct names or ids, and hashes
  std::vector<std::string> notes;       ///< that in words, where not all is found
};

/// Marks the cells that a list names: by name, or by an id of a column of obs, or by a hash.
///
/// The list is a text, also gzip-compressed: a name a line, or a table, of which the column that names cells
/// is taken, whatever its header. Quotes, CRLF, a byte order mark and a header are understood. Names that
/// repeat in the file name every cell that has them.
///
/// Throws Error(data) for a file that is no text, an empty list, several columns that name different cells, a
/// list with names of which nothing is found unless it is of_others, and then where its names are those of
/// cells in another form.
ListFound mark_list(const CellList& list, const CellFacts& facts, std::vector<uint8_t>& marks);

}  // namespace zerocell
