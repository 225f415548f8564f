#include "zerocell/study/remaining_time.h"

#include <gtest/gtest.h>

namespace zerocell {
namespace {

TEST(RemainingTime, FollowsTheEstimateUntilThePaceIsKnown) {
  RemainingTime time({100, 50, 200});
  time.begin(0, 1000);
  EXPECT_DOUBLE_EQ(*time.left(1000), 350);
  EXPECT_DOUBLE_EQ(*time.left(1030), 320);
  // 150 s in place of 100: what follows takes half as long again.
  time.begin(1, 1150);
  EXPECT_DOUBLE_EQ(*time.left(1150), 1.5 * 250);
  // Faster: 25 s in place of 75. 175 s for 150 estimated so far.
  time.begin(2, 1175);
  EXPECT_DOUBLE_EQ(*time.left(1175), 200 * 175.0 / 150);
  EXPECT_DOUBLE_EQ(*time.left(1275), 200 * 175.0 / 150 - 100);
}

TEST(RemainingTime, APartThatTakesLongerTellsOfTheRest) {
  RemainingTime time({100, 50});
  time.begin(0, 0);
  EXPECT_DOUBLE_EQ(*time.left(100), 50);
  EXPECT_DOUBLE_EQ(*time.left(300), 150);
}

TEST(RemainingTime, ShortPartsSayNothingOfLongOnes) {
  RemainingTime time({1, 100});
  time.begin(0, 0);
  time.begin(1, 9);
  EXPECT_DOUBLE_EQ(*time.left(9), 100);
}

TEST(RemainingTime, NothingWhereNothingIsKnownOrLeft) {
  RemainingTime time({0, 0});
  time.begin(0, 0);
  EXPECT_FALSE(time.left(5));
  RemainingTime last({100});
  last.begin(0, 0);
  EXPECT_FALSE(last.left(200));
  EXPECT_FALSE(RemainingTime({}).left(0));
}

}  // namespace
}  // namespace zerocell
