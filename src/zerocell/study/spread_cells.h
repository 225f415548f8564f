#pragma once
#include <cstdint>
#include <vector>

#include "zerocell/core/matrix.h"

namespace zerocell {

/// Per-cell results of the M cells of an embedding, spread to the N cells of the data set; `cells` (M) holds
/// their places, ascending. Cells without a result get `missing`.
template <class T>
std::vector<T> spread(const std::vector<T>& values, const std::vector<uint32_t>& cells, size_t n_cells,
                      T missing) {
  if (values.empty()) return {};
  std::vector<T> all(n_cells, missing);
  for (size_t i = 0; i < cells.size(); ++i) all[cells[i]] = values[i];
  return all;
}

/// The same for rows: those missing are NaN; no rows stay no rows.
DenseMatrix<float> spread(const DenseMatrix<float>& rows, const std::vector<uint32_t>& cells, size_t n_cells);

/// The same for an embedding: rows missing are NaN where it is dense, empty where it is sparse (told of as a
/// loss either way).
EmbeddingMatrix spread(EmbeddingMatrix rows, const std::vector<uint32_t>& cells, size_t n_cells);

}  // namespace zerocell
