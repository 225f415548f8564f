#pragma once
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "zerocell/core/matrix.h"

namespace zerocell {

/// Values as a file holds them: in float64 where it has more digits or a wider range than float32.
using TableValues = std::variant<DenseMatrix<float>, DenseMatrix<double>>;

inline size_t n_rows(const TableValues& values) {
  return std::visit([](const auto& matrix) { return matrix.n_rows(); }, values);
}
inline size_t n_cols(const TableValues& values) {
  return std::visit([](const auto& matrix) { return matrix.n_cols(); }, values);
}

/// Rounded to float32 as they are; values within its range.
DenseMatrix<float> to_float(TableValues values);

/// The texts of a column, or of the index of a data frame, which may be the names of the rows.
struct NameColumn {
  static constexpr size_t kIndex = std::numeric_limits<size_t>::max();

  size_t column = kIndex;          ///< place among the columns of values; kIndex: it stands beside them
  std::string name;                ///< header; may be empty
  std::vector<std::string> texts;  ///< (R)
  bool declared = false;           ///< its place or its header says that it holds names, not a dimension
  std::optional<size_t> text_row;  ///< first row whose text is neither a number nor a missing value
};

/// Vectors as a file holds them, before it is known which cells its R rows are of and which of its C columns
/// are dimensions.
struct EmbeddingTable {
  TableValues values;                     ///< (R, C) NaN where a value is missing or text
  std::vector<std::string> column_names;  ///< (C); empty: there is no header
  std::vector<NameColumn> names;          ///< columns that may hold names
  bool is_table = false;                  ///< made of columns, not an array, which has no names
  bool whole_numbers = false;             ///< stored as whole numbers, which float64 holds up to 2^53
  bool open_end = false;  ///< of a text: its last line has no end, as of a file that was cut off
  size_t first_line = 0;  ///< of row 0 in a text file, counted from 1; 0: no text file
};

/// "column 'PC 1'", or "column 3" (counted from 1) where it has no name.
std::string column_text(const EmbeddingTable& table, size_t column);

}  // namespace zerocell
