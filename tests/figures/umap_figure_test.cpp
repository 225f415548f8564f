#include "zerocell/figures/umap_figure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "figures/example_evaluation.h"
#include "zerocell/core/error.h"

namespace zerocell {
namespace {

UmapFigure figure_of(const Evaluation& e) {
  UmapFigure figure;
  figure.title = "title";
  figure.caption = "caption";
  figure.legend = group_legend(e.label_name, e.labels);
  for (const EmbeddingResult& embedding : e.embeddings)
    figure.panels.push_back(
        {embedding.tag, "", &embedding.umap, e.labels.codes, group_colours(e.labels.n_categories()), false});
  return figure;
}

std::vector<PointCloud> clouds(const Drawing& drawing) {
  std::vector<PointCloud> out;
  for (const Shape& shape : drawing.shapes)
    if (const auto* cloud = std::get_if<PointCloud>(&shape)) out.push_back(*cloud);
  return out;
}

TEST(UmapFigure, EveryCellIsInsideItsPanelMissingOnesBelow) {
  const Evaluation e = testing::example_evaluation();
  const auto found = clouds(umap_drawing(figure_of(e)));
  ASSERT_EQ(found.size(), 3u);
  for (const PointCloud& cloud : found) {
    EXPECT_EQ(cloud.x.size(), e.n_cells);
    EXPECT_FALSE(cloud.rasterise);
    for (size_t i = 0; i < cloud.x.size(); ++i) {
      EXPECT_TRUE(cloud.x[i] >= cloud.box.x && cloud.x[i] <= cloud.box.right());
      EXPECT_TRUE(cloud.y[i] >= cloud.box.y && cloud.y[i] <= cloud.box.bottom());
    }
    const size_t n_missing = e.labels.n_missing();
    for (size_t i = 0; i < cloud.x.size(); ++i) EXPECT_EQ(cloud.group[i] == 5, i < n_missing) << i;
  }
}

TEST(UmapFigure, BothAxesHaveTheSameScaleAndYPointsUp) {
  DenseMatrix<float> positions(3, 2);
  positions(1, 0) = 10;
  positions(2, 1) = 5;
  const std::vector<int32_t> groups = {0, 1, 2};
  UmapFigure figure;
  figure.panels = {{"t", "", &positions, groups, group_colours(3), false}};
  const PointCloud cloud = clouds(umap_drawing(figure)).at(0);
  std::array<float, 3> x{}, y{};
  for (size_t i = 0; i < 3; ++i) x[cloud.group[i]] = cloud.x[i], y[cloud.group[i]] = cloud.y[i];
  EXPECT_NEAR(x[1] - x[0], 2 * (y[0] - y[2]), 1e-3);  // float coordinates of some hundred units
  EXPECT_GT(x[1], x[0]);
}

TEST(UmapFigure, DegenerateLayouts) {
  DenseMatrix<float> same(3, 2, 4.0f), none(3, 2, NAN), empty(0, 2);
  const std::vector<int32_t> groups = {-1, -1, -1};
  UmapFigure figure;
  figure.panels = {{"same", "", &same, groups, {}, true},
                   {"none", "", &none, groups, {}, true},
                   {"empty", "", &empty, {}, {}, true}};
  const auto found = clouds(umap_drawing(figure));
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].x.size(), 3u);
  EXPECT_TRUE(std::isfinite(found[0].x[0]));
  EXPECT_EQ(found[1].x.size(), 0u);
  EXPECT_EQ(found[2].x.size(), 0u);
}

TEST(UmapFigure, LargeCloudsAreRasterised) {
  const Evaluation e = testing::example_evaluation({.n_cells = 20001, .n_methods = 1, .reduced = false});
  EXPECT_TRUE(clouds(umap_drawing(figure_of(e))).at(0).rasterise);
}

TEST(UmapFigure, ShapesThatDisagreeAreAnError) {
  DenseMatrix<float> positions(3, 2);
  const std::vector<int32_t> two = {0, 0}, bad = {0, 0, 7};
  UmapFigure figure;
  figure.panels = {{"t", "", &positions, two, group_colours(1), false}};
  EXPECT_THROW(umap_drawing(figure), Error);
  figure.panels = {{"t", "", &positions, bad, group_colours(1), false}};
  EXPECT_THROW(umap_drawing(figure), Error);
}

TEST(UmapFigure, LongNamesAndManyGroupsStayOnThePaper) {
  const Evaluation e =
      testing::example_evaluation({.n_cells = 500, .n_methods = 3, .n_labels = 45, .long_names = true});
  const Drawing drawing = umap_drawing(figure_of(e));
  for (const Shape& shape : drawing.shapes)
    if (const auto* text = std::get_if<TextShape>(&shape)) {
      EXPECT_LE(text->x, drawing.width);
      EXPECT_LE(text->y, drawing.height);
    }
  EXPECT_LT(drawing.width, 1300);
}

TEST(ClusterColours, ClustersTakeTheColourOfTheirLargestLabelOnce) {
  Categorical labels;
  labels.categories = {"a", "b"};
  labels.codes = {0, 0, 0, 0, 0, 1, 1, -1};
  // Cluster 0 holds 2 of a, cluster 1 holds 3 of a and 1 of b, cluster 2 holds 1 of b.
  const std::vector<int32_t> cluster = {0, 0, 1, 1, 1, 1, 2, -1};
  const auto colours = cluster_colours(cluster, labels);
  ASSERT_EQ(colours.size(), 3u);
  EXPECT_EQ(colours[1], group_colour(0));
  EXPECT_EQ(colours[2], group_colour(1));
  EXPECT_EQ(colours[0], group_colour(2));
  EXPECT_EQ(cluster_colours(cluster, {})[1], group_colour(1));
  EXPECT_TRUE(cluster_colours({}, labels).empty());
}

}  // namespace
}  // namespace zerocell
