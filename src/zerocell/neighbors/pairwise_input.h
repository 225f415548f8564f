#pragma once
#include "zerocell/core/matrix.h"
#include "zerocell/core/parallel.h"

namespace zerocell::pairs {

/// Largest absolute value. Throws Error(data) naming row and column of the first value that is not finite.
float largest_value(const EmbeddingMatrix& x, ThreadPool& pool);

/// The power of two by which values must be multiplied so that squares neither overflow nor underflow in
/// float32; 1 for all ordinary data.
float safe_scale(float largest);

EmbeddingMatrix scaled(const EmbeddingMatrix& x, float factor);

/// x as the kernel wants it: sparse when few values are not zero, else dense.
bool sparse_pays(const EmbeddingMatrix& x);
CsrMatrix to_sparse(const DenseMatrix<float>& x);
DenseMatrix<float> to_dense(const CsrMatrix& x);

}  // namespace zerocell::pairs
