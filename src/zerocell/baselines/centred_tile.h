#pragma once
#include <algorithm>
#include <vector>

#include "zerocell/core/matrix.h"

namespace zerocell {

struct Tile {
  size_t first_row = 0, last_row = 0, first_col = 0, last_col = 0;
  size_t n_rows() const { return last_row - first_row; }
  size_t n_cols() const { return last_col - first_col; }
};

/// Writes x - mean of a tile in double, row-major without gaps, (rows of the tile, columns of the tile).
inline void load_centred(const EmbeddingMatrix& x, const std::vector<double>& mean, const Tile& tile,
                         double* out) {
  const size_t width = tile.n_cols();
  for (size_t i = tile.first_row; i < tile.last_row; ++i, out += width) {
    if (const auto* dense = std::get_if<DenseMatrix<float>>(&x)) {
      const float* row = dense->row(i).data() + tile.first_col;
      for (size_t j = 0; j < width; ++j) out[j] = row[j] - mean[tile.first_col + j];
      continue;
    }
    const auto& sparse = std::get<CsrMatrix>(x);
    const auto indices = sparse.row_indices(i);
    const auto values = sparse.row_values(i);
    for (size_t j = 0; j < width; ++j) out[j] = -mean[tile.first_col + j];
    auto at = std::lower_bound(indices.begin(), indices.end(), static_cast<uint32_t>(tile.first_col));
    for (; at != indices.end() && *at < tile.last_col; ++at)
      out[*at - tile.first_col] += values[static_cast<size_t>(at - indices.begin())];
  }
}

}  // namespace zerocell
