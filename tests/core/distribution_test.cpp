#include "zerocell/core/distribution.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

using ::testing::ElementsAre;

TEST(Distribution, HandComputed) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> values = {0.5, nan, -3, 1, 0.25, 0, std::numeric_limits<double>::infinity()};
  const Distribution found = distribution_of(values, -1, 1, 4);
  EXPECT_EQ(found.n, 5u);
  EXPECT_EQ(found.n_missing, 2u);
  EXPECT_DOUBLE_EQ(found.mean, -1.25 / 5);
  EXPECT_THAT(found.counts, ElementsAre(1, 0, 2, 2));
  ASSERT_TRUE(found.quartiles);
  EXPECT_EQ(found.quartiles->lowest, -3);
  EXPECT_EQ(found.quartiles->q1, 0);
  EXPECT_EQ(found.quartiles->median, 0.25);
  EXPECT_EQ(found.quartiles->q3, 0.5);
  EXPECT_EQ(found.quartiles->highest, 1);
}

TEST(Distribution, QuartilesAreInterpolated) {
  const std::vector<double> values = {4, 1, 2, 3};  // numpy.quantile([1, 2, 3, 4], .25) is 1.75
  const Distribution found = distribution_of(values, 0, 5, 1);
  EXPECT_DOUBLE_EQ(found.quartiles->q1, 1.75);
  EXPECT_DOUBLE_EQ(found.quartiles->median, 2.5);
}

TEST(Distribution, OfNothingAndOfOne) {
  const Distribution none = distribution_of({}, 0, 1, 3);
  EXPECT_FALSE(none.quartiles);
  EXPECT_THAT(none.counts, ElementsAre(0, 0, 0));
  const std::vector<double> one = {0.5};
  EXPECT_EQ(distribution_of(one, 0, 1, 3).quartiles->q3, 0.5);
  EXPECT_THROW(distribution_of(one, 1, 1, 3), Error);
  EXPECT_THROW(distribution_of(one, 0, 1, 0), Error);
}

}  // namespace
}  // namespace zerocell
