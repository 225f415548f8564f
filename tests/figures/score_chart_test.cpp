#include "zerocell/figures/score_chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "figures/example_evaluation.h"
#include "zerocell/figures/render.h"

namespace zerocell {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ScoreChart, ShowsEveryMetricMethodAndValue) {
  const Evaluation e = testing::example_evaluation();
  const std::string svg = to_svg(score_chart(e, testing::example_metrics()));
  for (const MetricInfo& metric : testing::example_metrics())
    EXPECT_THAT(svg, HasSubstr(">" + metric.name + "<"));
  for (const EmbeddingResult& embedding : e.embeddings)
    EXPECT_THAT(svg, HasSubstr(">" + embedding.tag + "<"));
  EXPECT_THAT(svg, HasSubstr(">Cell types<"));
  EXPECT_THAT(svg, HasSubstr(">Batches<"));
  EXPECT_THAT(svg, HasSubstr("← lower is better"));
  EXPECT_THAT(svg, HasSubstr(">n/a<"));
}

TEST(ScoreChart, ValuesThatAreNoneLeaveAnEmptyAxis) {
  Evaluation e = testing::example_evaluation({.n_cells = 10, .n_methods = 1, .reduced = false});
  for (Score& score : e.scores) {
    score.status = ScoreStatus::failed;
    score.value.reset();
  }
  const std::string svg = to_svg(score_chart(e, testing::example_metrics()));
  EXPECT_THAT(svg, HasSubstr(">failed<"));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_THAT(svg, Not(HasSubstr("inf")));
}

TEST(ScoreChart, EqualAndHugeValuesHaveAxes) {
  Evaluation e = testing::example_evaluation({.n_cells = 10, .n_methods = 2, .reduced = false});
  for (Score& score : e.scores) score.value = score.metric == "nmi" ? 1e12 : 0.0;
  const std::string svg = to_svg(score_chart(e, {}));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_LT(svg.size(), 200000u);
}

TEST(ScoreChart, NoScoresGiveAnEmptyChart) {
  const Drawing drawing = score_chart(Evaluation{}, {});
  EXPECT_GT(drawing.width, 0);
  EXPECT_GT(drawing.height, 0);
}

}  // namespace
}  // namespace zerocell
