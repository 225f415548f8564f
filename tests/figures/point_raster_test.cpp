#include "zerocell/figures/point_raster.h"

#include <gtest/gtest.h>

#include <cmath>

namespace zerocell {
namespace {

constexpr size_t kSide = 20;

PointCloud one_point(float x, float y) {
  PointCloud cloud;
  cloud.box = {0, 0, kSide, kSide};
  cloud.x = {x};
  cloud.y = {y};
  cloud.group = {0};
  cloud.colours = {Colour{255, 0, 0}};
  cloud.radius = 3;
  return cloud;
}

std::vector<uint32_t> painted(const PointCloud& cloud, uint32_t background = 0xFFFFFFFF) {
  std::vector<uint32_t> pixels(kSide * kSide, background);
  paint_points(cloud, 0, 0, 1, {pixels.data(), kSide, kSide, kSide});
  return pixels;
}

TEST(PointRaster, DiscHasItsColourInTheMiddleAndItsArea) {
  const auto pixels = painted(one_point(10, 10), 0);
  EXPECT_EQ(pixels[10 * kSide + 10], 0xFFFF0000u);
  EXPECT_EQ(pixels[0], 0u);
  double area = 0;
  for (uint32_t pixel : pixels) area += (pixel >> 24) / 255.0;
  EXPECT_NEAR(area, 9 * 3.14159, 1.0);  // coverage is linear across the rim and the centre is rounded
}

TEST(PointRaster, OpacityMixesWithWhatIsBelow) {
  PointCloud cloud = one_point(10, 10);
  cloud.opacity = 0.5;
  EXPECT_EQ(painted(cloud)[10 * kSide + 10], 0xFFFF7F7Fu);
}

TEST(PointRaster, LaterPointsLieOnTop) {
  PointCloud cloud = one_point(10, 10);
  cloud.x.push_back(10), cloud.y.push_back(10), cloud.group.push_back(1);
  cloud.colours.push_back({0, 0, 255});
  EXPECT_EQ(painted(cloud)[10 * kSide + 10], 0xFF0000FFu);
}

TEST(PointRaster, ClipsAtTheBoxAndTheImage) {
  PointCloud cloud = one_point(0, 0);
  EXPECT_EQ(painted(cloud)[0], 0xFFFF0000u);
  cloud = one_point(10, 10);
  cloud.box = {0, 0, 10, kSide};
  const auto pixels = painted(cloud);
  EXPECT_EQ(pixels[10 * kSide + 9], 0xFFFF0000u);
  EXPECT_EQ(pixels[10 * kSide + 10], 0xFFFFFFFFu);
}

TEST(PointRaster, LeavesOutPointsWithoutAPosition) {
  const std::vector<uint32_t> white(kSide * kSide, 0xFFFFFFFF);
  EXPECT_EQ(painted(one_point(NAN, 10)), white);
  EXPECT_EQ(painted(one_point(10, INFINITY)), white);
  EXPECT_EQ(painted(one_point(-1e30f, 10)), white);
}

}  // namespace
}  // namespace zerocell
