#include "zerocell/core/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace zerocell {
namespace {

// numpy 2.4.6: np.random.seed(0); np.random.rand() -> 0.5488135039273248
TEST(NumpyMt19937, UniformIsNumpys) {
  EXPECT_EQ(NumpyMt19937(0).uniform(), 0.5488135039273248);
}

// numpy: np.random.seed(0); np.random.permutation(16382)[:8], the published code's subsample
TEST(NumpyMt19937, PermutationIsNumpys) {
  const auto order = NumpyMt19937(0).permutation(16382);
  const std::vector<uint32_t> expected{3180, 12289, 7535, 598, 5136, 10760, 3909, 5619};
  EXPECT_EQ(std::vector<uint32_t>(order.begin(), order.begin() + 8), expected);
}

TEST(Random, SameSeedSameDraws) {
  Random a(7, 1), b(7, 1), c(7, 2);
  const uint64_t first = a();
  EXPECT_EQ(first, b());
  EXPECT_NE(first, c());
}

TEST(Random, MomentsOfTheDistributions) {
  Random random(1);
  const int n = 200000;
  auto check = [&](auto draw, double mean, double variance) {
    double sum = 0, squares = 0;
    for (int i = 0; i < n; ++i) {
      const double x = static_cast<double>(draw());
      sum += x;
      squares += x * x;
    }
    const double m = sum / n;
    // Five standard errors of the mean; the variance within 3 %.
    EXPECT_NEAR(m, mean, 5 * std::sqrt(variance / n));
    EXPECT_NEAR(squares / n - m * m, variance, 0.03 * variance);
  };
  check([&] { return random.uniform(); }, 0.5, 1.0 / 12);
  check([&] { return random.normal(); }, 0, 1);
  check([&] { return random.gamma(0.4); }, 0.4, 0.4);
  check([&] { return random.gamma(5); }, 5, 5);
  check([&] { return random.poisson(0.3); }, 0.3, 0.3);
  check([&] { return random.poisson(250); }, 250, 250);
  check([&] { return random.below(10); }, 4.5, 8.25);
}

TEST(Permutation, HoldsEveryNumberOnce) {
  Random random(3);
  auto order = permutation(1000, random);
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
  std::sort(order.begin(), order.end());
  for (uint32_t i = 0; i < 1000; ++i) EXPECT_EQ(order[i], i);
}

}  // namespace
}  // namespace zerocell
