#include <algorithm>

#include "zerocell/data/array_reader.h"
#include "zerocell/data/element_convert.h"
#include "zerocell/data/expression_stream.h"

namespace zerocell {
namespace {

constexpr size_t kRowsPerTask = 64;

/// Rows a block: what fits, in whole chunks, so that no chunk is decoded twice where memory allows that.
uint64_t rows_per_block(const hdf5::Dataset& values, uint64_t n_cols, const StreamOptions& options) {
  const uint64_t row_bytes = std::max<uint64_t>(n_cols * sizeof(float), 1);
  const uint64_t fitting = std::max<uint64_t>(options.block_bytes / row_bytes, 1);
  if (!values.chunked()) return fitting;
  const uint64_t chunk_rows = values.chunk_shape()[0];
  if (fitting >= chunk_rows) return fitting / chunk_rows * chunk_rows;
  return std::min(chunk_rows, std::max(options.max_bytes / 2 / row_bytes, fitting));
}

void to_csr(const std::vector<float>& dense, ThreadPool& pool, CsrMatrix& out) {
  const size_t n_rows = out.n_rows, n_cols = out.n_cols;
  out.indptr.assign(n_rows + 1, 0);
  pool.parallel_ranges(n_rows, kRowsPerTask, [&](size_t begin, size_t end, int) {
    for (size_t row = begin; row < end; ++row) {
      const float* values = dense.data() + row * n_cols;
      out.indptr[row + 1] =
          static_cast<uint64_t>(std::count_if(values, values + n_cols, [](float v) { return v != 0; }));
    }
  });
  for (size_t row = 0; row < n_rows; ++row) out.indptr[row + 1] += out.indptr[row];
  out.indices.resize(out.indptr.back());
  out.values.resize(out.indptr.back());
  pool.parallel_ranges(n_rows, kRowsPerTask, [&](size_t begin, size_t end, int) {
    for (size_t row = begin; row < end; ++row) {
      uint64_t at = out.indptr[row];
      for (size_t column = 0; column < n_cols; ++column) {
        const float value = dense[row * n_cols + column];
        if (value == 0) continue;
        out.indices[at] = static_cast<uint32_t>(column);
        out.values[at++] = value;
      }
    }
  });
}

}  // namespace

RowStream stream_dense(std::shared_ptr<const hdf5::Dataset> values, ThreadPool& pool,
                       const StreamOptions& options) {
  RowStream stream;
  stream.n_rows = values->shape().at(0);
  stream.n_cols = values->shape().size() == 1 ? 1 : values->shape()[1];
  stream.for_each_block = [values, &pool, options,
                           n_cols = stream.n_cols](const std::function<void(const RowBlock&)>& consume) {
    ArrayReader reader(*values, pool.size());
    const uint64_t step = rows_per_block(*values, n_cols, options), n_rows = reader.n_rows();
    values->check_plausible(std::min(step, n_rows) * n_cols * values->type().size);
    std::vector<float> dense;
    RowBlock block;
    for (uint64_t first = 0; first < n_rows; first += step) {
      const uint64_t n = std::min(step, n_rows - first);
      dense.resize(n * n_cols);
      read_rows(reader, first, n, pool, [&](const ArrayReader::Part& part) {
        for (uint64_t row = 0; row < part.n_rows; ++row) {
          float* out = dense.data() + (part.row - first + row) * n_cols + part.column;
          convert_to_float(values->type(), part.row_data(row), part.n_columns, out);
        }
      });
      block.first_row = first;
      block.values.n_rows = n;
      block.values.n_cols = n_cols;
      to_csr(dense, pool, block.values);
      consume(block);
    }
  };
  return stream;
}

}  // namespace zerocell
