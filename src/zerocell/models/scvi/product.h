#pragma once
#include <cstddef>

namespace zerocell::scvi {

/// Rows and columns that a product's width must be a multiple of: whole vectors on every processor.
inline constexpr size_t kWidthStep = 16;

/// c = [c +] a b: c (m, n), a (m, k) with any strides, b (k, n), n a multiple of kWidthStep. Unlike a
/// library's product nothing is packed, for both operands of scVI's output layer already lie as they are
/// read. One order of sums for each element, whatever the numbers of rows and columns.
struct Product {
  size_t m = 0, n = 0, k = 0;
  const float* a = nullptr;
  size_t a_row = 0, a_column = 0;  ///< floats between rows, and between columns, of a
  const float* b = nullptr;
  size_t b_row = 0;
  float* c = nullptr;
  size_t c_row = 0;
  bool add = false;
};
void multiply(const Product& product);

}  // namespace zerocell::scvi
