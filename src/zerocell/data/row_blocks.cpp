#include "zerocell/data/row_blocks.h"

#include <algorithm>
#include <atomic>
#include <span>
#include <utility>

namespace zerocell {
namespace {

constexpr uint64_t kEntryBytes = sizeof(uint32_t) + sizeof(float);
constexpr size_t kRowsPerTask = 256;

/// Sorts the entries of a row by column and adds up those of the same column; returns how many are left,
/// which stand in front.
size_t order_row(std::span<uint32_t> indices, std::span<float> values,
                 std::vector<std::pair<uint32_t, float>>& scratch) {
  const auto not_ascending = [](uint32_t a, uint32_t b) { return a >= b; };
  if (std::adjacent_find(indices.begin(), indices.end(), not_ascending) == indices.end())
    return indices.size();
  scratch.clear();
  for (size_t i = 0; i < indices.size(); ++i) scratch.emplace_back(indices[i], values[i]);
  // Stable, so that sums have one order.
  std::stable_sort(scratch.begin(), scratch.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  size_t n = 0;
  for (size_t i = 0; i < scratch.size(); ++n) {
    const uint32_t column = scratch[i].first;
    double sum = 0;
    for (; i < scratch.size() && scratch[i].first == column; ++i)
      sum += static_cast<double>(scratch[i].second);
    indices[n] = column;
    values[n] = static_cast<float>(sum);
  }
  return n;
}

/// Moves the first n_kept[row] entries of every row together; returns how many are left out.
uint64_t close_gaps(CsrMatrix& matrix, const std::vector<size_t>& n_kept) {
  uint64_t end = 0;
  for (size_t row = 0; row < matrix.n_rows; ++row) {
    const auto first = static_cast<ptrdiff_t>(matrix.indptr[row]);
    const auto last = first + static_cast<ptrdiff_t>(n_kept[row]);
    matrix.indptr[row] = end;
    std::copy(matrix.indices.begin() + first, matrix.indices.begin() + last,
              matrix.indices.begin() + static_cast<ptrdiff_t>(end));
    std::copy(matrix.values.begin() + first, matrix.values.begin() + last,
              matrix.values.begin() + static_cast<ptrdiff_t>(end));
    end += n_kept[row];
  }
  const uint64_t n_merged = matrix.indptr[matrix.n_rows] - end;
  matrix.indptr[matrix.n_rows] = end;
  matrix.indices.resize(end);
  matrix.values.resize(end);
  return n_merged;
}

}  // namespace

uint64_t order_rows(CsrMatrix& matrix, ThreadPool& pool) {
  std::vector<size_t> n_kept(matrix.n_rows);
  std::atomic<bool> merged{false};
  pool.parallel_ranges(matrix.n_rows, kRowsPerTask, [&](size_t begin, size_t end, int) {
    std::vector<std::pair<uint32_t, float>> scratch;
    for (size_t row = begin; row < end; ++row) {
      const size_t first = matrix.indptr[row], n = matrix.indptr[row + 1] - first;
      n_kept[row] = order_row({matrix.indices.data() + first, n}, {matrix.values.data() + first, n}, scratch);
      if (n_kept[row] < n) merged = true;
    }
  });
  return merged ? close_gaps(matrix, n_kept) : 0;
}

uint64_t longest_row(size_t n_cols, uint64_t max_bytes) {
  return std::max<uint64_t>(n_cols, max_bytes / 2 / kEntryBytes);
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
