#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "zerocell/data/embedding_table.h"
#include "zerocell/data/name_index.h"

namespace zerocell {

/// What is known of the cells that a table may be of.
struct ExpectedRows {
  const NameIndex* names = nullptr;  ///< of the file's cells; null: not known
  size_t n_all = 0;                  ///< cells of the file, 0: not known
  size_t n_selected = 0;             ///< cells that are looked at

  /// Whether a table of so many rows can have a row per cell.
  bool fit(size_t n_rows) const { return n_rows != 0 && (n_rows == n_all || n_rows == n_selected); }
};

/// True for headers that programs give to a column of names: "", index, cell_id, barcode and the like.
bool is_index_header(std::string_view field);

/// Parses comma, tab, semicolon or space separated columns (data/delimited_text.h); `name` is the path.
///
/// The first line is a header when it has a field less than the second (as R writes it), when it has text
/// over numbers, when its first field is empty or an index's name, or when it counts 0, 1, 2, ... and is a
/// line too many; a line with the name of a cell is none. Columns that may hold names are kept as text too:
/// those with text, those of a header's index, and those whose first lines are distinct whole numbers or
/// names of cells.
///
/// Missing values ("", NA, nan and the like) are NaN, numbers beyond float64 infinite. Throws Error(data)
/// with line and field for ragged rows and for text in a column that has held numbers.
EmbeddingTable parse_text_table(const std::string& name, std::string_view text,
                                const ExpectedRows& expected = {});

}  // namespace zerocell
