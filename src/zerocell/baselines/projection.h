#pragma once
#include <vector>

#include "zerocell/baselines/eigensolver.h"
#include "zerocell/core/matrix.h"
#include "zerocell/core/parallel.h"

namespace zerocell {

/// (x - mean) times the rows of `directions` (k, D): (N, k). Sums in double; x is never centred in memory.
DenseMatrix<float> project(const EmbeddingMatrix& x, const std::vector<double>& mean,
                           const DenseMatrix<double>& directions, ThreadPool& pool);

/// The product with C'C, C = x - mean, for matrices too wide to hold it: in (8, D) -> out (8, D).
///
/// Rows are summed in a fixed number of parts, so the bits do not depend on threads. x, mean and pool must
/// outlive it.
SymmetricProduct normal_product(const EmbeddingMatrix& x, const std::vector<double>& mean, ThreadPool& pool);

}  // namespace zerocell
