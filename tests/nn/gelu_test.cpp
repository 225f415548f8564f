// GELU against x erfc(-x / sqrt 2) / 2 in float64, on every instruction set of the machine.
#include <bit>
#include <cmath>
#include <limits>

#include "nn/nn_test_util.h"
#include "zerocell/nn/cpu_kernels.h"

namespace zerocell {
namespace {

double exact(double x) {
  return 0.5 * x * std::erfc(-x / std::sqrt(2.0));
}

// These have no fused multiply-add.
bool lacks_fma(const std::string& description) {
  return description.find("SSE") != std::string::npos || description.find("SSSE") != std::string::npos ||
         description.find("scalar") != std::string::npos || description.find("SCALAR") != std::string::npos;
}

TEST(Gelu, equals_float64) {
  std::vector<float> x;
  for (int i = -120000; i <= 120000; ++i) x.push_back(static_cast<float>(i) * 1e-4f);
  for (int e = -125; e < 4; ++e) {
    for (const float m : {1.0f, 1.37f, 1.99f}) x.insert(x.end(), {std::ldexp(m, e), std::ldexp(-m, e)});
  }
  for_each_backend([&](const Backend& backend) {
    auto y = x;
    cpu::gelu(y.data(), y.size());
    const bool fused = !lacks_fma(backend.description());
    double most = 0;
    float worst = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      const double expected = exact(x[i]);
      // 10 units of 2^-24: of 2^f 3, of R with its t 5, of the products 2. Without fused multiply-adds a^2
      // and the exponent are rounded too: 1e-7 x^2 more. 2^-126 is the least normal number.
      const double relative = fused ? 6e-7 : 6e-7 + 1e-7 * x[i] * x[i];
      const double share = std::abs(y[i] - expected) / (relative * std::abs(expected) + 0x1p-126);
      if (!(share <= most)) most = share, worst = x[i];
    }
    EXPECT_LE(most, 1) << "at " << worst;
  });
}

TEST(Gelu, special_values) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr float kLargest = std::numeric_limits<float>::max();
  for_each_backend([&](const Backend&) {
    std::vector<float> y = {0.0f,      -0.0f, std::nanf(""), kInfinity, -kInfinity, kLargest,
                            -kLargest, 30.0f, -30.0f,        1000.0f,   1e-45f,     -1e-45f};
    cpu::gelu(y.data(), y.size());
    EXPECT_EQ(std::bit_cast<uint32_t>(y[0]), 0u);
    EXPECT_EQ(std::bit_cast<uint32_t>(y[1]), 0x80000000u);
    EXPECT_TRUE(std::isnan(y[2]));
    EXPECT_EQ(y[3], kInfinity);
    EXPECT_NEAR(y[4], 0, 0x1p-126);  // the limit
    EXPECT_EQ(y[5], kLargest);
    EXPECT_NEAR(y[6], 0, 0x1p-126);
    EXPECT_EQ(y[7], 30.0f);
    EXPECT_NEAR(y[8], 0, 0x1p-126);
    EXPECT_EQ(y[9], 1000.0f);
    EXPECT_NEAR(y[10], 0, 0x1p-126);
    EXPECT_NEAR(y[11], 0, 0x1p-126);
  });
}

TEST(Gelu, a_value_never_depends_on_its_place) {
  const auto x = random_matrix(1, 67, 3, 8.0f);
  for_each_backend([&](const Backend&) {
    std::vector<float> together(values(x).begin(), values(x).end());
    cpu::gelu(together.data(), together.size());
    for (size_t i = 0; i < together.size(); ++i) {
      float alone = x.data()[i];
      cpu::gelu(&alone, 1);
      ASSERT_EQ(alone, together[i]);
    }
  });
}

}  // namespace
}  // namespace zerocell
