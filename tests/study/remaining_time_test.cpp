#include "zerocell/study/remaining_time.h"

#include <gtest/gtest.h>

namespace zerocell {
namespace {

TEST(RemainingTime, FollowsTheEstimateUntilThePaceIsKnown) {
  RemainingTime time({100, 50, 200});
  time.begin(0, 1000);
  EXPECT_DOUBLE_EQ(*time.left(1000), 350);
  EXPECT_DOUBLE_EQ(*time.left(1030), 320);
  // 150 s in place of 100; a minute is taken to last a minute.
  time.begin(1, 1150);
  EXPECT_DOUBLE_EQ(*time.left(1150), 250 * (150.0 + 60) / (100 + 60));
  // Faster: 25 s in place of 50. 175 s for 150 estimated so far.
  time.begin(2, 1175);
  EXPECT_DOUBLE_EQ(*time.left(1175), 200 * (175.0 + 60) / (150 + 60));
  EXPECT_DOUBLE_EQ(*time.left(1275), 200 * (175.0 + 60) / (150 + 60) - 100);
}

TEST(RemainingTime, APartThatTakesLongerTellsOfTheRest) {
  RemainingTime time({100, 50});
  time.begin(0, 0);
  EXPECT_DOUBLE_EQ(*time.left(100), 50);
  EXPECT_DOUBLE_EQ(*time.left(300), 50 * (300.0 + 60) / (100 + 60));
}

TEST(RemainingTime, ShortPartsSayLittleOfLongOnes) {
  RemainingTime time({1, 2000});
  time.begin(0, 0);
  time.begin(1, 9);  // nine times as long as was said
  EXPECT_NEAR(*time.left(9), 2000, 100);
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
