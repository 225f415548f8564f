#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "zerocell/core/matrix.h"

namespace zerocell {

/// A table of numbers with the names of its rows and columns, where it has them.
struct NumberTable {
  DenseMatrix<float> values;
  std::vector<std::string> row_names;     ///< empty: no column of names
  std::vector<std::string> column_names;  ///< empty: no header row
};

/// Parses comma, tab, semicolon or space separated numbers; `name` is the path, for messages and the
/// separator (.csv prefers the comma, anything else the tab).
///
/// A first row is a header when one of its fields is no number, or when it counts 0, 1, 2, ... as pandas
/// writes it. A first column holds names when its entries are no numbers, or its header is empty, missing
/// (as R writes it) or one of index, cell, cell_id, barcode and the like. Quotes, CRLF, a byte order mark,
/// leading lines of # comments and blank lines at the end are understood. Throws Error(data) with line and
/// column for ragged rows, text where a number belongs, missing values, NaN and infinities; for
/// expected_rows > 0 also for another number of rows.
NumberTable parse_number_table(const std::string& name, std::string_view text, size_t expected_rows = 0);

}  // namespace zerocell
