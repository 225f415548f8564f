#include "zerocell/figures/score_table.h"

#include <gtest/gtest.h>

#include <limits>

#include "figures/example_evaluation.h"

namespace zerocell {
namespace {

Score score(std::string embedding, std::string metric, double value, uint64_t seed = 0) {
  Score s;
  s.embedding = std::move(embedding);
  s.metric = std::move(metric);
  s.value = value;
  s.seed = seed;
  return s;
}

TEST(ScoreTable, SplitsReducedNames) {
  using Pair = std::pair<std::string, std::string>;
  EXPECT_EQ(split_reduced("hvg/pc30"), (Pair{"hvg", "pc30"}));
  EXPECT_EQ(split_reduced("hvg"), (Pair{"hvg", ""}));
  EXPECT_EQ(split_reduced("a/pc"), (Pair{"a/pc", ""}));
  EXPECT_EQ(split_reduced("a/pc3x"), (Pair{"a/pc3x", ""}));
  EXPECT_EQ(split_reduced("a/pc1/pc2"), (Pair{"a/pc1", "pc2"}));
  EXPECT_EQ(split_reduced("/pc30"), (Pair{"/pc30", ""}));
}

TEST(ScoreTable, OrderOfRowsAndColumns) {
  Evaluation e;
  e.embeddings.resize(2);
  e.embeddings[0].tag = "b";
  e.embeddings[1].tag = "a";
  e.scores = {score("a", "x", 1), score("b/pc30", "nmi", 1), score("b", "pcr_batch", 1),
              score("b", "nmi", 0.25), score("a/pc30", "nmi", 1)};
  const ScoreTable table(e, testing::example_metrics());
  std::vector<std::string> rows, columns;
  for (const auto& row : table.rows()) rows.push_back(row.name);
  for (const auto& column : table.columns()) columns.push_back(column.metric);
  EXPECT_EQ(rows, (std::vector<std::string>{"b", "a", "b/pc30", "a/pc30"}));
  EXPECT_EQ(columns, (std::vector<std::string>{"nmi", "pcr_batch", "x"}));
  ASSERT_NE(table.at(0, 0), nullptr);
  EXPECT_EQ(table.at(0, 0)->value, 0.25);
  EXPECT_EQ(table.at(1, 0), nullptr);
}

TEST(ScoreTable, BestFollowsDirectionAndDimensions) {
  Evaluation e;
  e.scores = {score("a", "nmi", 0.5),       score("b", "nmi", 0.6),      score("c", "nmi", 0.6),
              score("a/pc30", "nmi", 0.9),  score("b/pc30", "nmi", 0.8), score("a", "pcr_batch", 0.1),
              score("b", "pcr_batch", 0.2), score("a", "ari", 0.3)};
  const ScoreTable table(e, testing::example_metrics());
  const size_t nmi = 0, ari = 1, pcr = 2;
  EXPECT_FALSE(table.is_best(0, nmi));
  EXPECT_TRUE(table.is_best(1, nmi));
  EXPECT_TRUE(table.is_best(2, nmi));
  EXPECT_TRUE(table.is_best(3, nmi));
  EXPECT_TRUE(table.is_best(0, pcr));
  EXPECT_FALSE(table.is_best(1, pcr));
  EXPECT_FALSE(table.is_best(0, ari)) << "nothing to compare with";
  EXPECT_FALSE(table.is_best(1, ari)) << "no score";
}

TEST(ScoreTable, SeveralSeedsGetTheirOwnRows) {
  Evaluation e;
  e.scores = {score("a", "nmi", 0.5, 0), score("a", "nmi", 0.6, 1), score("b", "nmi", 0.6, 1)};
  const ScoreTable table(e, testing::example_metrics());
  ASSERT_EQ(table.rows().size(), 3u);
  EXPECT_EQ(table.rows()[0].name, "a seed 0");
  EXPECT_EQ(table.rows()[1].name, "a seed 1");
  EXPECT_EQ(table.rows()[2].name, "b");
}

TEST(ScoreTable, PresentableNeverShowsNumbersThatAreNone) {
  Score s = score("a", "nmi", std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(presentable(s).status, ScoreStatus::failed);
  EXPECT_FALSE(presentable(s).value);
  EXPECT_FALSE(presentable(s).reason.empty());
  s.value.reset();
  EXPECT_EQ(presentable(s).status, ScoreStatus::failed);
  s.value = 0.5;
  s.low = 0.4;
  s.high = std::numeric_limits<double>::infinity();
  EXPECT_EQ(presentable(s).status, ScoreStatus::ok);
  EXPECT_FALSE(presentable(s).low);
  EXPECT_FALSE(presentable(s).high);
  s.status = ScoreStatus::not_applicable;
  EXPECT_FALSE(presentable(s).value);
}

}  // namespace
}  // namespace zerocell
