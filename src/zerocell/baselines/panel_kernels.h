#pragma once
#include <cstddef>

#include "zerocell/core/matrix.h"

namespace zerocell {

/// Columns of a panel that the kernels keep in registers.
constexpr size_t kPanelWidth = 8;

/// A dense operand of eight columns: element (j, c) at data[j * stride + c].
struct Panel {
  const double* data = nullptr;
  size_t stride = kPanelWidth;
};

/// out[i * out_stride + c] = sum_j x(i, j) panel(j, c) - shift[c] for rows [first, last); `out` is the place
/// of row 0.
void multiply_rows(const CsrMatrix& x, size_t first, size_t last, const Panel& panel, const double* shift,
                   double* out, size_t out_stride);

/// With t(i) the row that multiply_rows gives: sum(j, c) += x(i, j) t(i)[c] and total[c] += t(i)[c], for rows
/// [first, last). sum is (D, 8).
void multiply_normal(const CsrMatrix& x, size_t first, size_t last, const Panel& panel, const double* shift,
                     double* sum, double* total);

}  // namespace zerocell
