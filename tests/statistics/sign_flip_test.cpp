#include "zerocell/statistics/sign_flip.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

using Values = std::vector<double>;
using Ps = std::vector<std::optional<double>>;

TEST(SignFlip, AllOfOneSignIsTheRarestOutcome) {
  // Of 2^6 sign vectors, all plus and all minus reach |sum|: 2 / 64.
  EXPECT_DOUBLE_EQ(*sign_flip_p(Values{1, 2, 3, 4, 5, 6}), 2.0 / 64);
  EXPECT_DOUBLE_EQ(*sign_flip_p(Values{-1, -2, -3, -4, -5, -6}), 2.0 / 64);
  EXPECT_DOUBLE_EQ(*sign_flip_p(Values{0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1}), 2.0 / 128);
}

TEST(SignFlip, CountsByHand) {
  // Sum of 1..6 with the 1 negative: 19. |sum| >= 19 needs the negative ones to add up to at most 1: {} or
  // {1}; with the opposite vectors 4 of 64.
  EXPECT_DOUBLE_EQ(*sign_flip_p(Values{-1, 2, 3, 4, 5, 6}), 4.0 / 64);
  // Three against three: the sum is 0, every vector reaches it.
  EXPECT_DOUBLE_EQ(*sign_flip_p(Values{1, 1, 1, -1, -1, -1}), 1.0);
  // Five against one of equal size: negatives at most 1: 1 + 6 vectors, twice.
  EXPECT_DOUBLE_EQ(*sign_flip_p(Values{0.3, 0.3, 0.3, 0.3, 0.3, -0.3}), 14.0 / 64);
}

TEST(SignFlip, ZerosAndOrderChangeNothingButTheirPlace) {
  // A zero doubles vectors and hits alike.
  EXPECT_DOUBLE_EQ(*sign_flip_p(Values{0, 1, 2, 3, 4, 5, 6}), 2.0 / 64);
  EXPECT_DOUBLE_EQ(*sign_flip_p(Values{6, 3, 5, 1, 2, 4}), 2.0 / 64);
  EXPECT_DOUBLE_EQ(*sign_flip_p(Values(6, 0.0)), 1.0);
}

TEST(SignFlip, FewDifferencesHaveNoValue) {
  EXPECT_FALSE(sign_flip_p(Values{}));
  EXPECT_FALSE(sign_flip_p(Values{1, 1, 1, 1, 1}));  // could be 2 / 32 = 0.0625 at best
  EXPECT_FALSE(sign_flip_p(Values{1, 2, 3, 4, 5, std::numeric_limits<double>::quiet_NaN()}));
}

TEST(SignFlip, ManyDifferencesAreDrawn) {
  Values one_sided(20, 1.0);
  EXPECT_LT(*sign_flip_p(one_sided), 1e-3);  // 2 / 2^20 is too rare to be drawn: 1 / 65,537
  EXPECT_EQ(*sign_flip_p(one_sided, 3), *sign_flip_p(one_sided, 3));
  // 17 equal ones with 12 plus: P(|sum| >= 7) = 2 P(Bin(17, 1/2) >= 12) = 2 * 9402 / 131072 = 0.14346.
  Values mixed(17, 1.0);
  for (size_t i = 0; i < 5; ++i) mixed[i] = -1;
  EXPECT_NEAR(*sign_flip_p(mixed), 0.14346, 0.006);  // four standard errors
}

TEST(Holm, ByHand) {
  // 0.01 * 3; 0.02 * 2 = 0.04; 0.04 * 1 = 0.04, not below the one before it.
  const Ps adjusted = holm_adjusted(Ps{0.04, 0.01, std::nullopt, 0.02});
  EXPECT_DOUBLE_EQ(*adjusted[1], 0.03);
  EXPECT_DOUBLE_EQ(*adjusted[3], 0.04);
  EXPECT_DOUBLE_EQ(*adjusted[0], 0.04);
  EXPECT_FALSE(adjusted[2]);
  // Steps may not fall: 0.03 * 2 = 0.06, then 0.031.
  const Ps steps = holm_adjusted(Ps{0.03, 0.031});
  EXPECT_DOUBLE_EQ(*steps[0], 0.06);
  EXPECT_DOUBLE_EQ(*steps[1], 0.06);
  EXPECT_DOUBLE_EQ(*holm_adjusted(Ps{0.7, 0.8})[0], 1.0);
  EXPECT_TRUE(holm_adjusted(Ps{}).empty());
}

TEST(TQuantile, AsTables) {
  EXPECT_THROW(t_quantile_of_mean(1), Error);
  EXPECT_NEAR(t_quantile_of_mean(2), 12.706, 1e-3);
  EXPECT_NEAR(t_quantile_of_mean(3), 4.303, 1e-3);
  EXPECT_NEAR(t_quantile_of_mean(31), 2.042, 1e-3);
  EXPECT_NEAR(t_quantile_of_mean(61), 2.000, 2e-3);
  EXPECT_NEAR(t_quantile_of_mean(100'001), 1.960, 1e-3);
}

}  // namespace
}  // namespace zerocell
