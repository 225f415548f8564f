#include "zerocell/core/study_results.h"

#include <gtest/gtest.h>

#include <cmath>

namespace zerocell {
namespace {

EmbeddingResult embedding(const std::string& tag, const std::string& group, double seconds = 0) {
  EmbeddingResult result;
  result.tag = tag;
  result.group = group;
  if (seconds > 0) result.stages = {{"embedding", seconds, 1000, 0}, {"Louvain", 50, 9000, 0}};
  return result;
}

Score score(const std::string& embedding, const std::string& metric, std::optional<double> value,
            size_t n_cells = 100) {
  Score score;
  score.embedding = embedding;
  score.metric = metric;
  score.value = value;
  score.n_cells = n_cells;
  if (!value) score.status = ScoreStatus::failed;
  return score;
}

/// Three seeds of scvi with asw_label 0.4, 0.5, 0.9, and methods whose tags begin alike.
Evaluation three_seeds() {
  Evaluation evaluation;
  evaluation.n_cells = 100;
  evaluation.embeddings = {embedding("hvg", "hvg", 2), embedding("scvi-s0", "scvi", 10),
                           embedding("scvi-s1", "scvi", 20), embedding("scvi-s2", "scvi", 60),
                           embedding("scvi-s", "scvi-s", 5)};
  evaluation.scores = {score("hvg", "asw_label", 0.6),
                       score("scvi-s0", "asw_label", 0.4, 90),
                       score("scvi-s1", "asw_label", 0.5),
                       score("scvi-s2", "asw_label", 0.9),
                       score("scvi-s0/pc30", "asw_label", 0.2),
                       score("scvi-s1/pc30", "asw_label", 0.4),
                       score("scvi-s2/pc30", "asw_label", {}),
                       score("scvi-s", "asw_label", 0.1),
                       score("scvi-s0", "nmi", {}),
                       score("scvi-s1", "nmi", {}),
                       score("scvi-s2", "nmi", {})};
  evaluation.scores[0].low = 0.55;
  evaluation.scores[0].high = 0.65;
  return evaluation;
}

TEST(MethodValue, OverSeeds) {
  const auto value = method_value(three_seeds(), "scvi", "asw_label");
  ASSERT_TRUE(value);
  EXPECT_DOUBLE_EQ(value->mean, 0.6);
  EXPECT_DOUBLE_EQ(value->lowest, 0.4);
  EXPECT_DOUBLE_EQ(value->highest, 0.9);
  EXPECT_NEAR(*value->sd, std::sqrt((0.04 + 0.01 + 0.09) / 2), 1e-12);
  EXPECT_EQ(value->n_seeds, 3u);
  EXPECT_EQ(value->n_cells, 90u);
  EXPECT_FALSE(value->low);
}

TEST(MethodValue, OneSeedKeepsItsInterval) {
  const auto value = method_value(three_seeds(), "hvg", "asw_label");
  ASSERT_TRUE(value);
  EXPECT_DOUBLE_EQ(value->mean, 0.6);
  EXPECT_FALSE(value->sd);
  EXPECT_DOUBLE_EQ(*value->low, 0.55);
  EXPECT_DOUBLE_EQ(*value->high, 0.65);
}

TEST(MethodValue, ReducedDimensionsAndTagsThatBeginAlike) {
  const auto evaluation = three_seeds();
  const auto reduced = method_value(evaluation, "scvi", "asw_label", "/pc30");
  ASSERT_TRUE(reduced);
  EXPECT_EQ(reduced->n_seeds, 2u);  // the third has no value
  EXPECT_NEAR(reduced->mean, 0.3, 1e-12);
  EXPECT_DOUBLE_EQ(method_value(evaluation, "scvi-s", "asw_label")->mean, 0.1);
  EXPECT_FALSE(method_value(evaluation, "scvi", "nmi"));
  EXPECT_FALSE(method_value(evaluation, "scv", "asw_label"));
  EXPECT_FALSE(method_value({}, "scvi", "asw_label"));
}

TEST(SeedSpreads, GroupsWithSeveralSeedsAlone) {
  const auto spreads = seed_spreads(three_seeds());
  ASSERT_EQ(spreads.size(), 2u);
  EXPECT_EQ(spreads[0].embedding, "scvi");
  EXPECT_EQ(spreads[0].metric, "asw_label");
  EXPECT_EQ(spreads[1].embedding, "scvi/pc30");
  EXPECT_EQ(spreads[1].value.n_seeds, 2u);
}

TEST(MethodCostOf, MeanOfTheFirstStage) {
  const auto cost = method_cost(three_seeds(), "scvi");
  ASSERT_TRUE(cost);
  EXPECT_DOUBLE_EQ(cost->seconds, 30);
  EXPECT_NEAR(cost->cells_per_second, 100.0 / 30, 1e-12);
  EXPECT_EQ(cost->peak_bytes, 1000u);
  EXPECT_FALSE(method_cost(three_seeds(), "pca"));
}

TEST(Median, OddEvenNone) {
  EXPECT_DOUBLE_EQ(*median({3, 1, 2}), 2);
  EXPECT_DOUBLE_EQ(*median({4, 1, 3, 2}), 2.5);
  EXPECT_FALSE(median({}));
}

}  // namespace
}  // namespace zerocell
