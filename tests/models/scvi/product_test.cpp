#include "zerocell/models/scvi/product.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace zerocell::scvi {
namespace {

// Whole numbers small enough that every sum is exact in float: the product must be equal to the last bit.
std::vector<float> numbers(size_t n, size_t step) {
  std::vector<float> out(n);
  for (size_t i = 0; i < n; ++i) out[i] = static_cast<float>(static_cast<int>(i * step % 11) - 5);
  return out;
}

TEST(ScviProduct, AnyShapeAndStrides) {
  for (const size_t m : {1u, 5u, 6u, 7u, 13u})
    for (const size_t n : {16u, 48u, 80u, 144u})
      for (const size_t k : {1u, 63u, 64u, 65u, 130u})
        for (const bool transposed : {false, true})
          for (const bool add : {false, true}) {
            const size_t a_row = transposed ? 1 : k + 2, a_column = transposed ? m + 3 : 1;
            const auto a = numbers((m + 3) * (k + 2), 7), b = numbers(k * (n + 16), 5);
            auto c = numbers(m * (n + 1), 3);
            auto expected = c;
            for (size_t i = 0; i < m; ++i)
              for (size_t j = 0; j < n; ++j) {
                float sum = add ? c[i * (n + 1) + j] : 0;
                for (size_t l = 0; l < k; ++l) sum += a[i * a_row + l * a_column] * b[l * (n + 16) + j];
                expected[i * (n + 1) + j] = sum;
              }
            multiply({m, n, k, a.data(), a_row, a_column, b.data(), n + 16, c.data(), n + 1, add});
            ASSERT_EQ(c, expected) << m << " " << n << " " << k << " " << transposed << " " << add;
          }
}

}  // namespace
}  // namespace zerocell::scvi
