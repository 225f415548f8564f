#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "zerocell/core/matrix.h"
#include "zerocell/core/parallel.h"
#include "zerocell/core/row_stream.h"
#include "zerocell/data/hdf5.h"

namespace zerocell {

/// End of the block of rows that begins at `row`: as many as fit into block_bytes, at least one.
size_t block_end(const std::vector<uint64_t>& indptr, size_t row, uint64_t block_bytes);

/// Sorts the entries of every row by column and adds up those of the same column, in the order of the file;
/// returns how many entries went into others that way.
uint64_t order_rows(CsrMatrix& matrix, ThreadPool& pool);

/// Entries that a row may have: one a column, or, since columns may repeat, what half of the memory takes.
uint64_t longest_row(size_t n_cols, uint64_t max_bytes);

/// Cuts rows that stand in memory into blocks; row 0 of them is row `first_row` of the stream.
void deliver_rows(const CsrMatrix& rows, size_t first_row, uint64_t block_bytes,
                  const std::function<void(const RowBlock&)>& consume);

}  // namespace zerocell
