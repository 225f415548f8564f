#include "zerocell/reconstruct/rank_scores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

ReconstructionResult result_of(const std::vector<RankCorrelation>& cells) {
  RankReconstruction ranks;
  ranks.cells = cells;
  ReconstructionResult result;
  result.tag = "gf";
  set_ranks(result, ranks);
  return result;
}

std::vector<Score> scores_of(const ReconstructionResult& result, const ReconstructionScoreOptions& options) {
  ThreadPool pool(2);
  return rank_scores(result, "set", options, pool);
}

std::vector<Score> scores_of(const ReconstructionResult& result) {
  // A named default: GCC 12 takes the members of a temporary for uninitialised.
  const ReconstructionScoreOptions options;
  return scores_of(result, options);
}

TEST(RankScores, MeansOverTheCellsThatHaveAValue) {
  const auto result = result_of({{0.5, 0.25, 0.125}, {kNan, 0.5, 0.25}, {1, 0.75, kNan}, {0.25, kNan, 0.5}});
  EXPECT_THAT(result.warnings, testing::ElementsAre(HasSubstr("1 of 4 cells")));
  const auto scores = scores_of(result);
  ASSERT_THAT(scores, SizeIs(rank_metric_table().size()));
  const double expected[] = {1.75 / 3, 0.5, 0.875 / 3, (0.375 - 0.25) / 2};
  const size_t n_cells[] = {3, 3, 3, 2};
  for (size_t i = 0; i < scores.size(); ++i) {
    EXPECT_EQ(scores[i].metric, rank_metric_table()[i].name);
    EXPECT_EQ(scores[i].embedding, "gf");
    EXPECT_EQ(scores[i].dataset, "set");
    EXPECT_EQ(scores[i].status, ScoreStatus::ok);
    EXPECT_NEAR(scores[i].value.value(), expected[i], 1e-15);  // sums of a few halves and quarters
    EXPECT_EQ(scores[i].n_cells, n_cells[i]);
    EXPECT_LE(scores[i].low.value(), *scores[i].value);
    EXPECT_GE(scores[i].high.value(), *scores[i].value);
    EXPECT_THAT(scores[i].reason, HasSubstr("bootstrap over " + std::to_string(n_cells[i]) + " cells"));
    EXPECT_THAT(scores[i].reason, HasSubstr(std::to_string(4 - n_cells[i]) + " of 4 cells have no value"));
  }
}

TEST(RankScores, GainIsPaired) {
  // The gain is the same in every cell, however much the cells differ: its interval has no width.
  std::vector<RankCorrelation> cells;
  for (int i = 0; i < 50; ++i) cells.push_back({0.01 * i + 0.25, 0, 0.01 * i});
  const auto scores = scores_of(result_of(cells));
  EXPECT_NEAR(scores[3].value.value(), 0.25, 1e-12);
  EXPECT_NEAR(scores[3].high.value() - scores[3].low.value(), 0, 1e-6);  // terms are float
  EXPECT_GT(scores[0].high.value() - scores[0].low.value(), 0.05);
}

TEST(RankScores, GroupsAreResampledWhereThereAreEnough) {
  std::vector<RankCorrelation> cells;
  std::vector<int32_t> donors, batches;
  for (int i = 0; i < 60; ++i) {
    cells.push_back({0.1 * (i % 6), 0.1, 0.1});
    donors.push_back(i % 6);
    batches.push_back(i % 2);
  }
  ReconstructionScoreOptions options;
  options.groups = {donors, "donors"};
  EXPECT_THAT(scores_of(result_of(cells), options)[0].reason, HasSubstr("bootstrap over 6 donors"));
  options.groups = {batches, "batches"};
  const Score score = scores_of(result_of(cells), options)[0];
  EXPECT_THAT(score.reason, HasSubstr("bootstrap over 60 cells; interval needs at least 5 batches"));
  EXPECT_TRUE(score.low);
  options.groups.codes = std::span(batches).first(3);
  EXPECT_THROW(scores_of(result_of(cells), options), Error);
}

TEST(RankScores, OneCellHasAValueAndNoInterval) {
  const auto scores = scores_of(result_of({{0.5, 0.75, kNan}}));
  EXPECT_EQ(scores[0].value, 0.5);
  EXPECT_FALSE(scores[0].low);
  EXPECT_THAT(scores[0].reason, HasSubstr("at least 2 cells"));
  EXPECT_EQ(scores[2].status, ScoreStatus::not_applicable);
  EXPECT_FALSE(scores[2].value);
  EXPECT_THAT(scores[2].reason, HasSubstr("no cell"));
  EXPECT_EQ(scores[3].status, ScoreStatus::not_applicable);
}

TEST(RankScores, NoCellsAndNoColumnsAreStated) {
  for (const Score& score : scores_of(result_of({}))) {
    EXPECT_EQ(score.status, ScoreStatus::not_applicable);
    EXPECT_EQ(score.reason, "no cells");
  }
  EXPECT_THAT(result_of({}).warnings, IsEmpty());
  EXPECT_THAT(result_of({}).densities[0].counts, SizeIs(64 * 64));
  for (const Score& score : scores_of(ReconstructionResult{}))
    EXPECT_EQ(score.reason, "the model predicts no ranks");
}

}  // namespace
}  // namespace zerocell
