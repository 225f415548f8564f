#pragma once
#include <vector>

#include "zerocell/core/matrix.h"
#include "zerocell/core/parallel.h"
#include "zerocell/core/progress.h"

namespace zerocell {

struct ColumnStatistics {
  std::vector<double> mean;                ///< (D)
  std::vector<double> centred_square_sum;  ///< (D) sum over cells of (x - mean)^2
};

/// Two passes in double over fixed parts of the rows. Throws Error(data) at NaN or infinite values.
ColumnStatistics column_statistics(const EmbeddingMatrix& x, ThreadPool& pool);

/// The sparse matrix transposed; indices ascend in its rows.
CsrMatrix transposed(const CsrMatrix& x);

/// Products of the centred columns, C'C with C = x - mean: (D, D), both triangles, in double.
///
/// Sparse input of low density is multiplied as it is, N (D density)^2 / 2 products, and mean mean' N is
/// taken off; otherwise centred tiles go through a dense product. Same bits for any number of threads.
DenseMatrix<double> centred_column_products(const EmbeddingMatrix& x, const std::vector<double>& mean,
                                            ThreadPool& pool, Progress& progress);

/// Products of the centred rows, C C': (N, N), for few cells in many dimensions.
DenseMatrix<double> centred_row_products(const EmbeddingMatrix& x, const std::vector<double>& mean,
                                         ThreadPool& pool, Progress& progress);

}  // namespace zerocell
