#include "zerocell/torch/cell_groups.h"

#include <gmock/gmock.h>

namespace zerocell {
namespace {

using testing::ElementsAre;

std::vector<CellGroup> groups(std::vector<uint32_t> offsets, size_t most_places = 1000) {
  return group_cells({offsets}, most_places);
}

TEST(CellGroups, CellsOfSimilarLengthArePaddedToTheLongest) {
  const auto all = groups({0, 9, 11, 21});  // lengths 9, 2, 10
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].length, 10u);
  EXPECT_THAT(all[0].cells, ElementsAre(2, 0));
  EXPECT_THAT(all[0].rows,
              ElementsAre(11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 0, 1, 2, 3, 4, 5, 6, 7, 8, /*padding*/ 0));
  EXPECT_THAT(all[0].tokens, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18));
  EXPECT_TRUE(all[0].padded());
  EXPECT_THAT(all[1].cells, ElementsAre(1));
  EXPECT_THAT(all[1].rows, ElementsAre(9, 10));
  EXPECT_FALSE(all[1].padded());
}

TEST(CellGroups, EqualLengthsNeedNoPadding) {
  const auto all = groups({0, 2, 4, 6});
  ASSERT_EQ(all.size(), 1u);
  EXPECT_THAT(all[0].cells, ElementsAre(0, 1, 2));
  EXPECT_FALSE(all[0].padded());
}

TEST(CellGroups, AGroupEndsAtItsMostPlacesAndALongCellStandsAlone) {
  const auto all = groups({0, 2, 4, 6}, 4);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_THAT(all[0].cells, ElementsAre(0, 1));
  EXPECT_EQ(groups({0, 50, 100}, 10).size(), 2u);
}

TEST(CellGroups, NoCells) {
  EXPECT_TRUE(groups({}).empty());
  EXPECT_TRUE(groups({0}).empty());
}

}  // namespace
}  // namespace zerocell
