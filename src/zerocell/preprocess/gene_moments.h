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

/// Variance with n - 1 in the denominator; of one cell 0. A standard deviation below 1e-5 of the mean is 0:
/// no gene varies so little, but float32 values that ought to be equal differ by up to some 1e-6.
double gene_variance(const GeneMoments& moments, size_t gene);

/// True where a gene has a variance.
bool any_gene_varies(const GeneMoments& moments);

/// Moments of each gene over each group of cells in one pass.
///
/// groups: (N) number of the group in [0, n_groups), other values are left out; empty: all cells are group 0.
/// Squares are formed and summed in double in row order, whatever the blocks and the number of threads: the
/// square of a float32 is exact there. (scanpy 1.11.5 rounds it to float32, so that genes that do not vary
/// get a variance of rounding errors.) O(groups x G) memory.
std::vector<GeneMoments> gene_moments(const RowStream& stream, std::span<const int32_t> groups,
                                      const GeneMomentsOptions& options, ThreadPool& pool,
                                      Progress& progress);

}  // namespace zerocell
