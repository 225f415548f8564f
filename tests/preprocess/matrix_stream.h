#pragma once
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include "zerocell/core/row_stream.h"

namespace zerocell {

/// A small matrix as a stream in blocks of rows_per_block rows; zeros are not stored.
inline RowStream stream_of(std::vector<std::vector<float>> rows, size_t rows_per_block) {
  RowStream stream{rows.size(), rows.empty() ? 0 : rows[0].size(), {}};
  stream.for_each_block = [rows = std::move(rows),
                           rows_per_block](const std::function<void(const RowBlock&)>& consume) {
    for (size_t first = 0; first < rows.size(); first += rows_per_block) {
      RowBlock block;
      block.first_row = first;
      block.values.n_cols = rows[0].size();
      for (size_t i = first; i < rows.size() && i < first + rows_per_block; ++i) {
        for (size_t j = 0; j < rows[i].size(); ++j) {
          if (rows[i][j] == 0) continue;
          block.values.indices.push_back(static_cast<uint32_t>(j));
          block.values.values.push_back(rows[i][j]);
        }
        block.values.indptr.push_back(block.values.indices.size());
        ++block.values.n_rows;
      }
      consume(block);
    }
  };
  return stream;
}

/// The same of a sparse matrix, as one block.
inline RowStream stream_of_matrix(CsrMatrix matrix) {
  RowStream stream{matrix.n_rows, matrix.n_cols, {}};
  stream.for_each_block = [matrix = std::move(matrix)](const std::function<void(const RowBlock&)>& consume) {
    consume({0, matrix});
  };
  return stream;
}

}  // namespace zerocell
