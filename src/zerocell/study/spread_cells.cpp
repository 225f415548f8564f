#include "zerocell/study/spread_cells.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <variant>

namespace zerocell {

DenseMatrix<float> spread(const DenseMatrix<float>& rows, const std::vector<uint32_t>& cells,
                          size_t n_cells) {
  if (rows.n_rows() == 0 || rows.n_rows() == n_cells) return rows;
  DenseMatrix<float> all(n_cells, rows.n_cols(), std::nanf(""));
  for (size_t i = 0; i < cells.size(); ++i) std::ranges::copy(rows.row(i), all.row(cells[i]).begin());
  return all;
}

EmbeddingMatrix spread(EmbeddingMatrix rows, const std::vector<uint32_t>& cells, size_t n_cells) {
  if (n_rows(rows) == n_cells) return rows;
  if (const auto* dense = std::get_if<DenseMatrix<float>>(&rows)) return spread(*dense, cells, n_cells);
  auto& sparse = std::get<CsrMatrix>(rows);
  std::vector<uint64_t> indptr(n_cells + 1);
  for (size_t i = 0; i < cells.size(); ++i) indptr[cells[i] + 1] = sparse.indptr[i + 1] - sparse.indptr[i];
  for (size_t i = 0; i < n_cells; ++i) indptr[i + 1] += indptr[i];
  sparse.n_rows = n_cells;
  sparse.indptr = std::move(indptr);
  return rows;
}

}  // namespace zerocell
