#include "zerocell/figures/avg_bio_chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "figures/example_evaluation.h"
#include "zerocell/figures/evaluation_figures.h"
#include "zerocell/figures/render.h"

namespace zerocell {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// Text shapes with exactly this text.
std::vector<TextShape> texts(const Drawing& drawing, const std::string& words) {
  std::vector<TextShape> out;
  for (const Shape& shape : drawing.shapes)
    if (const auto* text = std::get_if<TextShape>(&shape); text && text->text == words) out.push_back(*text);
  return out;
}

/// Large dots of this colour.
std::vector<DiscShape> dots(const Drawing& drawing, Colour colour) {
  std::vector<DiscShape> out;
  for (const Shape& shape : drawing.shapes)
    if (const auto* disc = std::get_if<DiscShape>(&shape); disc && disc->fill == colour && disc->radius > 5)
      out.push_back(*disc);
  return out;
}

Score& score_of(Evaluation& e, const std::string& embedding, const std::string& metric) {
  for (Score& score : e.scores)
    if (score.embedding == embedding && score.metric == metric) return score;
  throw std::logic_error(metric);
}

TEST(AvgBioChart, ADotForEveryEmbeddingInItsColourWithItsValue) {
  Evaluation e = testing::example_evaluation({.n_methods = 4});
  score_of(e, "hvg", "avg_bio").value = 0.5;
  score_of(e, "pca", "avg_bio").value = 0.625;
  score_of(e, "method2", "avg_bio").value = 0.75;
  const Drawing drawing = avg_bio_drawing(e);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(dots(drawing, method_colour(i)).size(), 1u) << i;
    EXPECT_EQ(texts(drawing, e.embeddings[i].tag).size(), 1u);
  }
  // Positions are linear in the value: 0.5, 0.625, 0.75 are equally far apart.
  const double hvg = dots(drawing, method_colour(0))[0].x, pca = dots(drawing, method_colour(1))[0].x;
  EXPECT_NEAR(dots(drawing, method_colour(2))[0].x - pca, pca - hvg, 1e-9);
  ASSERT_EQ(texts(drawing, "0.625").size(), 1u);
  EXPECT_EQ(texts(drawing, "0.625")[0].y, texts(drawing, "pca")[0].y);
}

TEST(AvgBioChart, BaselinesStandAboveTheOthersWithoutChangingColours) {
  Evaluation e = testing::example_evaluation({.n_methods = 3});
  e.embeddings[2].method = "pca";
  const Drawing drawing = avg_bio_drawing(e);
  const double last = dots(drawing, method_colour(2))[0].y, first = dots(drawing, method_colour(0))[0].y;
  EXPECT_LT(last, first);
  const double x = dots(drawing, method_colour(2))[0].x;
  const auto runs_down = [&](const Shape& shape) {
    const auto* line = std::get_if<LineShape>(&shape);
    return line && line->x1 == x && line->x2 == x && line->y1 == last && line->y2 > first;
  };
  EXPECT_EQ(std::count_if(drawing.shapes.begin(), drawing.shapes.end(), runs_down), 1);
  EXPECT_THAT(avg_bio_caption(e), HasSubstr("baselines"));
  e.embeddings[2].method = "file";
  EXPECT_THAT(avg_bio_caption(e), Not(HasSubstr("baselines")));
}

TEST(AvgBioChart, BestValueIsBoldAndMissingOnesAreNamed) {
  Evaluation e = testing::example_evaluation({.n_methods = 3});
  score_of(e, "hvg", "avg_bio").value = 0.9994;
  score_of(e, "pca", "avg_bio").status = ScoreStatus::failed;
  score_of(e, "pca", "avg_bio").value.reset();
  score_of(e, "method2", "nmi").value.reset();
  const Drawing drawing = avg_bio_drawing(e);
  ASSERT_EQ(texts(drawing, "0.999").size(), 1u);
  EXPECT_TRUE(texts(drawing, "0.999")[0].style.bold);
  EXPECT_EQ(texts(drawing, "failed").size(), 1u);
  EXPECT_TRUE(dots(drawing, method_colour(1)).empty());
  EXPECT_EQ(dots(drawing, method_colour(2)).size(), 1u);
}

TEST(AvgBioChart, NothingIsDrawnWithoutTheScore) {
  Evaluation e = testing::example_evaluation();
  EXPECT_TRUE(has_avg_bio(e));
  for (Score& score : e.scores)
    if (score.metric == "avg_bio") score.value.reset();
  EXPECT_FALSE(has_avg_bio(e));
  for (const Figure& figure : evaluation_figures(e)) EXPECT_NE(figure.name, "avg_bio");
  std::erase_if(e.scores, [](const Score& score) { return score.metric == "avg_bio"; });
  EXPECT_FALSE(has_avg_bio(e));
  EXPECT_FALSE(has_avg_bio(Evaluation{}));
}

TEST(AvgBioChart, ReducedDimensionsAreLeftOut) {
  const Evaluation with = testing::example_evaluation({.reduced = true});
  Evaluation without = with;
  std::erase_if(without.scores,
                [](const Score& score) { return score.embedding.find('/') != std::string::npos; });
  EXPECT_EQ(to_svg(avg_bio_drawing(with)), to_svg(avg_bio_drawing(without)));
}

TEST(AvgBioChart, OneEmbeddingEqualValuesLongAndHostileNames) {
  Evaluation one = testing::example_evaluation({.n_methods = 1, .reduced = false});
  EXPECT_EQ(dots(avg_bio_drawing(one), method_colour(0)).size(), 1u);
  EXPECT_THAT(avg_bio_caption(one), Not(HasSubstr("best")));
  Evaluation many = testing::example_evaluation({.n_methods = 40, .long_names = true});
  for (Score& score : many.scores) score.value = 0.5;
  many.embeddings[0].tag = "<b>";
  for (Score& score : many.scores)
    if (score.embedding == "hvg") score.embedding = "<b>";
  const std::string svg = to_svg(avg_bio_drawing(many));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_THAT(svg, Not(HasSubstr("<b>")));
}

}  // namespace
}  // namespace zerocell
