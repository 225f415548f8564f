#include "zerocell/reconstruct/bin_scores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "reconstruct/bin_cells.h"
#include "zerocell/core/error.h"
#include "zerocell/reconstruct/reconstruction_scores.h"

namespace zerocell {
namespace {

using testing::BinCells;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::random_bin_cells;

ReconstructionResult result_of(const BinCells& cells, bool with_gepc = true) {
  const MeanBins means = cells.means();
  BinErrors errors(means, cells.n_cells(), with_gepc);
  cells.score(errors, 0, cells.n_cells(), with_gepc);
  ReconstructionResult result;
  result.tag = "scgpt";
  set_bins(result, std::move(errors));
  return result;
}

std::vector<Score> scores_of(const ReconstructionResult& result, const ReconstructionScoreOptions& options) {
  ThreadPool pool(2);
  return bin_scores(result, "set", options, pool);
}

std::vector<Score> scores_of(const ReconstructionResult& result) {
  // A named default: GCC 12 takes the members of a temporary for uninitialised.
  const ReconstructionScoreOptions options;
  return scores_of(result, options);
}

const Score& row(const std::vector<Score>& scores, const std::string& metric) {
  return *std::ranges::find(scores, metric, &Score::metric);
}

TEST(BinMetricTable, NamesDirectionsAndGroups) {
  std::vector<std::string> names, higher;
  for (const MetricInfo& metric : bin_metric_table()) {
    names.push_back(metric.name);
    if (metric.direction == Direction::higher) higher.push_back(metric.name);
    EXPECT_THAT(metric.definition, Not(IsEmpty()));
    EXPECT_THAT(metric.source, Not(IsEmpty()));
    EXPECT_THAT(metric.group, ::testing::StartsWith("bin_"));
  }
  EXPECT_THAT(names,
              ElementsAre("mse_gep", "mse_gepc", "mse_mean", "mse_median", "mse_gene_mean",
                          "mse_gene_mean_loo", "mse_gain_gep_loo", "mse_gain_gepc_loo", "mae_gep", "mae_gepc",
                          "mae_mean", "mae_median", "mae_gene_mean", "mae_gene_mean_loo", "mre_gep",
                          "mre_gepc", "mre_mean", "mre_median", "mre_gene_mean", "mre_gene_mean_loo",
                          "mre_published_gep", "mre_published_gepc", "mre_published_mean",
                          "mre_all_published_gep", "mre_all_published_gepc", "mre_all_published_mean"));
  EXPECT_THAT(higher, ElementsAre("mse_gain_gep_loo", "mse_gain_gepc_loo"));
  const auto all = reconstruction_metric_table();
  EXPECT_EQ(all.size(), 4 + names.size());
  EXPECT_EQ(all[0].name, "rank_correlation");
}

TEST(BinScores, ARowForEveryMetricWithItsInterval) {
  const auto result = result_of(random_bin_cells(80));
  EXPECT_EQ(result.target, "bin");
  EXPECT_THAT(result.warnings, IsEmpty());
  const auto scores = scores_of(result);
  ASSERT_EQ(scores.size(), bin_metric_table().size());
  for (size_t i = 0; i < scores.size(); ++i) {
    EXPECT_EQ(scores[i].metric, bin_metric_table()[i].name);
    EXPECT_EQ(scores[i].metric, result.metrics[i]);
    EXPECT_EQ(scores[i].embedding, "scgpt");
    EXPECT_EQ(scores[i].dataset, "set");
    EXPECT_EQ(scores[i].n_cells, 80u);
    ASSERT_EQ(scores[i].status, ScoreStatus::ok) << scores[i].metric;
    EXPECT_LE(scores[i].low.value(), *scores[i].value);
    EXPECT_GE(scores[i].high.value(), *scores[i].value);
    EXPECT_EQ(scores[i].reason, "bootstrap over 80 cells");
  }
  EXPECT_LT(*row(scores, "mse_gepc").value, *row(scores, "mse_gep").value);
  EXPECT_NEAR(*row(scores, "mse_gain_gep_loo").value,
              *row(scores, "mse_gene_mean_loo").value - *row(scores, "mse_gep").value, 1e-9);
}

TEST(BinScores, GainIsPaired) {
  // Errors differ widely between cells, their difference does not: the model is 1 nearer in the square.
  BinCells cells;
  for (int c = 0; c < 40; ++c) {
    const auto high = static_cast<uint16_t>(2 + c);  // gene 1 tells the cells apart, gene 0 is always 5
    cells.add({{0, 5, 5, 5}, {1, high, 1, 1}});
  }
  ReconstructionResult result = result_of(cells);
  const size_t K = result.sums.names.size();
  const auto at = [&](const char* name) {
    return static_cast<size_t>(std::ranges::find(result.sums.names, name) - result.sums.names.begin());
  };
  for (size_t i = 0; i < 40; ++i) {
    double* sums = result.sums.values.data() + i * K;
    sums[at("mse_gep")] = sums[at("mse_gene_mean_loo")] - 2;
    sums[at("mse_gain_gep_loo")] = sums[at("mse_gene_mean_loo")] - sums[at("mse_gep")];
  }
  const auto scores = scores_of(result);
  const Score& gain = row(scores, "mse_gain_gep_loo");
  EXPECT_DOUBLE_EQ(*gain.value, 1);  // two genes a cell
  EXPECT_NEAR(*gain.high - *gain.low, 0, 1e-9);
  EXPECT_GT(*row(scores, "mse_gep").high - *row(scores, "mse_gep").low, 1);
}

TEST(BinScores, GroupsAreResampledWhereThereAreEnough) {
  const auto result = result_of(random_bin_cells(60));
  std::vector<int32_t> donors, batches;
  for (int i = 0; i < 60; ++i) {
    donors.push_back(i % 6);
    batches.push_back(i % 2);
  }
  ReconstructionScoreOptions options;
  options.groups = {donors, "donors"};
  EXPECT_EQ(scores_of(result, options)[0].reason, "bootstrap over 6 donors");
  options.groups = {batches, "batches"};
  EXPECT_EQ(scores_of(result, options)[0].reason,
            "bootstrap over 60 cells; interval needs at least 5 batches, there are 2");
  options.groups.codes = std::span(batches).first(3);
  EXPECT_THROW(scores_of(result, options), Error);
}

TEST(BinScores, WhatWasLeftOutIsStated) {
  BinCells cells = random_bin_cells(20);
  cells.add({});
  cells.add({{200, 7, 7, 7}});  // a gene of one cell
  cells.n_genes = 201;
  cells.gep[3] = std::numeric_limits<float>::quiet_NaN();
  const auto result = result_of(cells);
  EXPECT_THAT(result.warnings,
              ElementsAre(HasSubstr("1 of 22 cells have no scored gene"), HasSubstr("(GEP 1, GEPC 0)")));
  EXPECT_TRUE(std::isnan(result.column("mse_gep")->at(20)));
  const auto scores = scores_of(result);
  const Score& model = row(scores, "mse_gep");
  EXPECT_EQ(model.n_cells, 21u);
  EXPECT_THAT(model.reason, HasSubstr("not a finite number: 1"));
  EXPECT_THAT(model.reason, HasSubstr("1 of 22 cells have no scored gene"));
  EXPECT_THAT(model.reason, Not(HasSubstr("no other cell")));
  for (const char* name : {"mse_gene_mean_loo", "mae_gene_mean_loo", "mse_gain_gep_loo"})
    EXPECT_THAT(row(scores, name).reason,
                HasSubstr("genes in no other cell, predicted by the mean bin of all other cells: 1"))
        << name;
}

TEST(BinScores, OneCellHasNoIntervalAndNoLeftOutMean) {
  BinCells cells;
  cells.add({{0, 3, 4, 3}, {1, 5, 5, 5}});
  const auto scores = scores_of(result_of(cells));
  const Score &model = row(scores, "mse_gep"), &left_out = row(scores, "mse_gene_mean_loo");
  EXPECT_DOUBLE_EQ(*model.value, 0.5);
  EXPECT_FALSE(model.low);
  EXPECT_THAT(model.reason, HasSubstr("at least 2 cells"));
  EXPECT_EQ(left_out.status, ScoreStatus::not_applicable);
  EXPECT_FALSE(left_out.value);
  EXPECT_EQ(left_out.reason, "there is no other cell to take a mean from");
  EXPECT_EQ(row(scores, "mse_gain_gep_loo").status, ScoreStatus::not_applicable);
}

TEST(BinScores, NoScoredGeneNoCellsNoGepcNoBins) {
  BinCells cells = random_bin_cells(3);
  cells.scored.assign(cells.genes.size(), 0);
  for (const Score& score : scores_of(result_of(cells))) {
    EXPECT_EQ(score.status, ScoreStatus::not_applicable);
    EXPECT_EQ(score.reason, "no cell has a scored gene");
  }
  for (const Score& score : scores_of(result_of({}))) EXPECT_EQ(score.reason, "no cells");
  for (const Score& score : scores_of({})) EXPECT_EQ(score.reason, "the model predicts no bins");
  const auto scores = scores_of(result_of(random_bin_cells(3), false));
  EXPECT_EQ(row(scores, "mse_gep").status, ScoreStatus::ok);
  EXPECT_THAT(row(scores, "mse_gepc").reason, HasSubstr("(GEPC)"));
  EXPECT_EQ(row(scores, "mse_gain_gepc_loo").status, ScoreStatus::not_applicable);
}

TEST(ReconstructionScores, ByTarget) {
  ThreadPool pool(1);
  const ReconstructionScoreOptions options;
  Reconstruction both;
  both.results = {result_of(random_bin_cells(3))};
  EXPECT_EQ(reconstruction_scores(both.results[0], "set", options, pool)[0].metric, "mse_gep");
  EXPECT_EQ(applicable_metrics(both).size(), bin_metric_table().size());
  ReconstructionResult ranks;
  ranks.target = "rank";
  ranks.metrics = {"rank_correlation"};
  EXPECT_EQ(reconstruction_scores(ranks, "set", options, pool)[0].metric, "rank_correlation");
  both.results.push_back(ranks);
  EXPECT_EQ(applicable_metrics(both).size(), bin_metric_table().size() + 1);
  EXPECT_THROW(reconstruction_scores({}, "set", options, pool), Error);
}

}  // namespace
}  // namespace zerocell
