#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "zerocell/core/parallel.h"
#include "zerocell/core/progress.h"
#include "zerocell/core/row_stream.h"

namespace zerocell {

/// Sums over the cells of one group, per gene (G).
struct GeneMoments {
  size_t n_cells = 0;
  std::vector<double> sum, sum_of_squares;
  std::vector<uint32_t> n_expressed;  ///< cells with a value > 0
};

struct GeneMomentsOptions {
  bool expm1 = false;  ///< of exp(x) - 1 in float32, not of x
  size_t n_groups = 1;
};

/// Moments of each gene over each group of cells in one pass.
///
/// groups: (N) number of the group in [0, n_groups), other values are left out; empty: all cells are group 0.
/// Squares are formed in float32 and summed in double in row order, as scanpy 1.11.5 does for sparse float32
/// matrices, whatever the blocks and the number of threads. O(groups x G) memory.
std::vector<GeneMoments> gene_moments(const RowStream& stream, std::span<const int32_t> groups,
                                      const GeneMomentsOptions& options, ThreadPool& pool,
                                      Progress& progress);

}  // namespace zerocell
