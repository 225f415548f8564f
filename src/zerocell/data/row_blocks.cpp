#include "zerocell/data/row_blocks.h"

#include <algorithm>
#include <span>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace zerocell {
namespace {

constexpr uint64_t kEntryBytes = sizeof(uint32_t) + sizeof(float);
constexpr size_t kRowsPerTask = 256;

/// Sorts the entries of a row by column. False when a column occurs twice.
bool order_row(std::span<uint32_t> indices, std::span<float> values,
               std::vector<std::pair<uint32_t, float>>& scratch) {
  const auto not_ascending = [](uint32_t a, uint32_t b) { return a >= b; };
  if (std::adjacent_find(indices.begin(), indices.end(), not_ascending) == indices.end()) return true;
  scratch.clear();
  for (size_t i = 0; i < indices.size(); ++i) scratch.emplace_back(indices[i], values[i]);
  std::sort(scratch.begin(), scratch.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (size_t i = 0; i < indices.size(); ++i) std::tie(indices[i], values[i]) = scratch[i];
  return std::adjacent_find(indices.begin(), indices.end(), not_ascending) == indices.end();
}

}  // namespace

void order_rows(CsrMatrix& matrix, size_t first_row, const hdf5::Location& where, ThreadPool& pool) {
  pool.parallel_ranges(matrix.n_rows, kRowsPerTask, [&](size_t begin, size_t end, int) {
    std::vector<std::pair<uint32_t, float>> scratch;
    for (size_t row = begin; row < end; ++row) {
      const size_t first = matrix.indptr[row], n = matrix.indptr[row + 1] - first;
      if (!order_row({matrix.indices.data() + first, n}, {matrix.values.data() + first, n}, scratch)) {
        throw where.error("each column at most once in a row",
                          fmt::format("a column twice in row {}", first_row + row),
                          "sum the duplicates (scipy: sum_duplicates) and write the file again");
      }
    }
  });
}

/// End of the block that begins at `row`.
size_t block_end(const std::vector<uint64_t>& indptr, size_t row, uint64_t block_bytes) {
  const size_t n_rows = indptr.size() - 1;
  size_t end = row + 1;
  while (end < n_rows &&
         (indptr[end + 1] - indptr[row]) * kEntryBytes + (end + 1 - row) * sizeof(uint64_t) <= block_bytes) {
    ++end;
  }
  return end;
}

void deliver_rows(const CsrMatrix& rows, size_t first_row, uint64_t block_bytes,
                  const std::function<void(const RowBlock&)>& consume) {
  RowBlock block;
  block.values.n_cols = rows.n_cols;
  for (size_t row = 0, end = 0; row < rows.n_rows; row = end) {
    end = block_end(rows.indptr, row, block_bytes);
    const auto first = static_cast<ptrdiff_t>(rows.indptr[row]),
               last = static_cast<ptrdiff_t>(rows.indptr[end]);
    block.first_row = first_row + row;
    block.values.n_rows = end - row;
    block.values.indptr.assign(rows.indptr.begin() + static_cast<ptrdiff_t>(row),
                               rows.indptr.begin() + static_cast<ptrdiff_t>(end) + 1);
    for (uint64_t& offset : block.values.indptr) offset -= static_cast<uint64_t>(first);
    block.values.indices.assign(rows.indices.begin() + first, rows.indices.begin() + last);
    block.values.values.assign(rows.values.begin() + first, rows.values.begin() + last);
    consume(block);
  }
}

}  // namespace zerocell
