#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "zerocell/core/row_stream.h"

namespace zerocell {

/// The given rows and columns of a stream, both as strictly ascending lists; the result counts them from 0.
///
/// Throws Error(internal) where a list does not ascend or runs over the stream's shape.
RowStream subset(RowStream source, std::vector<uint32_t> rows, std::vector<uint32_t> columns);

/// Keeps the blocks of the first complete pass in memory while they fit into max_bytes, so that later passes
/// need not decode the file again. Blocks that do not fit as a whole are not kept at all.
///
/// Passes over one cached stream must not run at the same time.
RowStream cached(RowStream source, size_t max_bytes);

/// The whole stream as one matrix, without stored zeros: for results, not for raw expression of a large file.
CsrMatrix collect(const RowStream& source);

}  // namespace zerocell
