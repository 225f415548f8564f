#include "zerocell/figures/palette.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace zerocell {
namespace {

TEST(Palette, BeginsWithOkabeAndIto) {
  // Okabe and Ito, Color Universal Design (2008): blue, vermillion, bluish green, reddish purple.
  EXPECT_EQ(to_hex(group_colour(0)), "#0072b2");
  EXPECT_EQ(to_hex(group_colour(1)), "#d55e00");
  EXPECT_EQ(to_hex(group_colour(2)), "#009e73");
  EXPECT_EQ(to_hex(group_colour(3)), "#cc79a7");
}

TEST(Palette, SixtyFourColoursDifferFromEachOtherAndFromGreyAndWhite) {
  std::vector<Colour> colours = group_colours(64);
  colours.push_back(kMissing);
  colours.push_back(kPaper);
  for (size_t i = 0; i < colours.size(); ++i)
    for (size_t j = 0; j < i; ++j) {
      const double distance = std::hypot(colours[i].red - colours[j].red, colours[i].green - colours[j].green,
                                         colours[i].blue - colours[j].blue);
      EXPECT_GT(distance, 24) << i << " " << j;  // of 442: clearly seen side by side
    }
}

TEST(Palette, ThreeRoundsWithoutRepetition) {
  EXPECT_NE(group_colour(0), group_colour(64));
  EXPECT_NE(group_colour(64), group_colour(128));
  EXPECT_EQ(group_colour(0), group_colour(192));
}

TEST(Palette, SequentialEndsAndMissingValues) {
  EXPECT_EQ(to_hex(sequential_colour(0)), "#440154");  // viridis(0) of matplotlib 3
  EXPECT_EQ(to_hex(sequential_colour(1)), "#fde725");  // viridis(1)
  EXPECT_EQ(to_hex(sequential_colour(0.5)), "#21918c");
  EXPECT_EQ(sequential_colour(-3), sequential_colour(0));
  EXPECT_EQ(sequential_colour(7), sequential_colour(1));
  EXPECT_EQ(sequential_colour(std::numeric_limits<double>::quiet_NaN()), kMissing);
}

}  // namespace
}  // namespace zerocell
