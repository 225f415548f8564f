#include "zerocell/data/embedding_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace zerocell {

std::string column_text(const EmbeddingTable& table, size_t column) {
  const bool named = column < table.column_names.size() && !table.column_names[column].empty();
  return named            ? fmt::format("column '{}'", table.column_names[column])
         : table.is_table ? fmt::format("column {}", column + 1)
                          : fmt::format("column {} (counted from 0)", column);
}

DenseMatrix<float> to_float(TableValues values) {
  if (auto* narrow = std::get_if<DenseMatrix<float>>(&values)) return std::move(*narrow);
  const auto& wide = std::get<DenseMatrix<double>>(values);
  DenseMatrix<float> rounded(wide.n_rows(), wide.n_cols());
  std::transform(wide.data(), wide.data() + wide.n_rows() * wide.n_cols(), rounded.data(),
                 [](double value) { return static_cast<float>(value); });
  return rounded;
}

}  // namespace zerocell
