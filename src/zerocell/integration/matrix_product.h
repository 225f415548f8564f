#pragma once
#include <cblas.h>

#include <cstddef>

namespace zerocell {

/// c (m, n) = factor op(a) op(b) + keep c, row-major, by OpenBLAS, on the calling thread where
/// openblas_set_num_threads(1) holds. transpose_a: a is (k, m), otherwise (m, k); b likewise (n, k), (k, n).
inline void matrix_product(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, float factor,
                           const float* a, size_t stride_a, const float* b, size_t stride_b, float keep,
                           float* c, size_t stride_c) {
  cblas_sgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans, transpose_b ? CblasTrans : CblasNoTrans,
              static_cast<int>(m), static_cast<int>(n), static_cast<int>(k), factor, a,
              static_cast<int>(stride_a), b, static_cast<int>(stride_b), keep, c, static_cast<int>(stride_c));
}
inline void matrix_product(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, double factor,
                           const double* a, size_t stride_a, const double* b, size_t stride_b, double keep,
                           double* c, size_t stride_c) {
  cblas_dgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans, transpose_b ? CblasTrans : CblasNoTrans,
              static_cast<int>(m), static_cast<int>(n), static_cast<int>(k), factor, a,
              static_cast<int>(stride_a), b, static_cast<int>(stride_b), keep, c, static_cast<int>(stride_c));
}

}  // namespace zerocell
