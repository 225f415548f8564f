#include "zerocell/layout/components.h"

#include <gmock/gmock.h>

#include "layout/graphs.h"

namespace zerocell {
namespace {

using testing::ElementsAre;

TEST(Components, FoundInOrderOfTheirFirstVertex) {
  const Components c = connected_components(test::graph_of(6, {{0, 4, 1.0f}, {4, 2, 1.0f}, {1, 5, 1.0f}}));
  EXPECT_THAT(c.of_vertex, ElementsAre(0, 1, 0, 2, 0, 1));
  EXPECT_THAT(c.members, ElementsAre(ElementsAre(0, 2, 4), ElementsAre(1, 5), ElementsAre(3)));
}

TEST(Components, EmptyGraphHasNone) {
  EXPECT_TRUE(connected_components(CsrMatrix{}).members.empty());
}

TEST(Components, LongPathNeedsNoDeepStack) {
  std::vector<test::Edge> edges;
  test::add_path(edges, 0, 200'000);
  EXPECT_EQ(connected_components(test::graph_of(200'000, edges)).members.size(), 1u);
}

TEST(Components, SubgraphIsRenumbered) {
  const CsrMatrix graph = test::graph_of(5, {{0, 4, 0.5f}, {4, 2, 0.25f}, {1, 3, 1.0f}});
  std::vector<uint32_t> position(5);
  const CsrMatrix part = subgraph(graph, {0, 2, 4}, position);
  EXPECT_EQ(part.n_rows, 3u);
  EXPECT_THAT(part.indptr, ElementsAre(0, 1, 2, 4));
  EXPECT_THAT(part.indices, ElementsAre(2, 2, 0, 1));
  EXPECT_THAT(part.values, ElementsAre(0.5f, 0.25f, 0.5f, 0.25f));
}

}  // namespace
}  // namespace zerocell
