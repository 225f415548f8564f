#include "zerocell/figures/legend.h"

#include <gtest/gtest.h>

namespace zerocell {
namespace {

Categorical groups_of(size_t n_groups, size_t n_cells) {
  Categorical groups;
  for (size_t i = 0; i < n_groups; ++i) groups.categories.push_back("group " + std::to_string(i));
  for (size_t i = 0; i < n_cells; ++i) groups.codes.push_back(static_cast<int32_t>(i % n_groups));
  return groups;
}

TEST(Legend, EntriesWithCountsAndMissing) {
  Categorical groups = groups_of(2, 5);
  groups.codes.push_back(-1);
  const Legend legend = group_legend("type", groups);
  ASSERT_EQ(legend.entries.size(), 3u);
  EXPECT_EQ(legend.entries[0].name, "group 0");
  EXPECT_EQ(legend.entries[0].count, 3u);
  EXPECT_EQ(legend.entries[1].colour, group_colour(1));
  EXPECT_EQ(legend.entries[2].name, "missing");
  EXPECT_EQ(legend.entries[2].count, 1u);
}

TEST(Legend, TooManyGroupsAreCountedTogether) {
  const Legend legend = group_legend("type", groups_of(10000, 10007), 96);
  ASSERT_EQ(legend.entries.size(), 97u);
  EXPECT_EQ(legend.entries[6].count, 2u);
  EXPECT_EQ(legend.entries.back().name, "… and 9,904 smaller ones");
  size_t total = 0;
  for (const LegendEntry& entry : legend.entries) total += entry.count.value_or(0);
  EXPECT_EQ(total, 10007u);
}

TEST(Legend, FoldsIntoTheRoomGiven) {
  const Legend legend = group_legend("type", groups_of(45, 90));
  const LegendLayout tall = fold_by_height(legend, 400);
  EXPECT_LE(tall.height, 400);
  EXPECT_EQ(tall.columns, 2u);
  EXPECT_GE(tall.rows * tall.columns, 45u);
  const LegendLayout wide = fold_by_width(legend, 700);
  EXPECT_LE(wide.width, 700);
  EXPECT_GE(wide.rows * wide.columns, 45u);
}

TEST(Legend, EmptyLegendIsHarmless) {
  const Legend legend{"type", {}};
  EXPECT_EQ(fold_by_height(legend, 100).rows, 0u);
  Drawing drawing;
  draw_legend(drawing, legend, fold_by_width(legend, 100), 0, 0);
  EXPECT_EQ(drawing.shapes.size(), 1u);  // the title
}

}  // namespace
}  // namespace zerocell
