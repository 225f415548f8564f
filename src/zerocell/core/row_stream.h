#pragma once
#include <cstddef>
#include <functional>

#include "zerocell/core/matrix.h"

namespace zerocell {

/// Some consecutive rows of an N cells x G genes matrix.
struct RowBlock {
  size_t first_row = 0;
  CsrMatrix values;  ///< (rows of the block, G); may hold stored zeros
};

/// An N x G expression matrix that never stands in memory as a whole.
///
/// for_each_block delivers blocks of consecutive rows, in row order, on the calling thread, each exactly
/// once; it may be called again for another pass. Consumers must not depend on where blocks are cut.
/// A plain value, so that subsets, caches and checks wrap one stream into another.
struct RowStream {
  size_t n_rows = 0, n_cols = 0;
  std::function<void(const std::function<void(const RowBlock&)>& consume)> for_each_block;
};

}  // namespace zerocell
