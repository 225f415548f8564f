#include "zerocell/core/reconstruction_summary.h"

#include <gtest/gtest.h>

#include <limits>

namespace zerocell {
namespace {

Reconstruction with_values(std::vector<double> values) {
  Reconstruction r;
  r.n_cells = values.size();
  r.results.emplace_back().cells = {{"a", std::move(values)}, {"b", std::vector<double>(r.n_cells, 0.5)}};
  return r;
}

TEST(ColumnSummaries, OneAxisForAll) {
  const auto inside = column_summaries(with_values({0.25, 1}));
  ASSERT_EQ(inside.size(), 1u);
  ASSERT_EQ(inside[0].size(), 2u);
  EXPECT_EQ(inside[0][0].name, "a");
  EXPECT_EQ(inside[0][0].values.low, 0);
  EXPECT_EQ(inside[0][0].values.high, 1);
  EXPECT_EQ(inside[0][0].values.counts.size(), 50u);
  EXPECT_EQ(inside[0][0].values.counts.back(), 1u);

  const auto wider = column_summaries(with_values({-0.25, 1}));
  EXPECT_DOUBLE_EQ(wider[0][1].values.low, -0.3);
  EXPECT_EQ(wider[0][1].values.counts.size(), 65u);
  EXPECT_EQ(column_summaries(with_values({1000}))[0][0].values.counts.size(), 200u);
}

TEST(ColumnSummaries, BinsHaveAnAxisOfTheirOwn) {
  Reconstruction r = with_values({0.25, 0.75});
  ReconstructionResult& bins = r.results.emplace_back();
  bins.target = "bin";
  bins.cells = {{"mse_gep", {3, 411}}};
  const auto both = column_summaries(r);
  EXPECT_EQ(both[0][0].values.high, 1);
  EXPECT_EQ(both[1][0].values.low, 0);
  EXPECT_DOUBLE_EQ(both[1][0].values.high, 420);
  EXPECT_EQ(both[1][0].values.counts.size(), 60u);
  r.results[1].cells[0].values = {0, 0};  // nothing wrong anywhere
  EXPECT_EQ(column_summaries(r)[1][0].values.high, 1);
  r.results[1].cells[0].values = {0, 20};
  EXPECT_DOUBLE_EQ(column_summaries(r)[1][0].values.high, 20);
}

TEST(PredictedSpreads, QuantilesInsideFields) {
  PairDensity density;
  density.truth = {3, 0.5, 3.5};
  density.predicted = {4, 0, 8};
  density.counts = {0, 4, 0, 0, /**/ 0, 0, 0, 0, /**/ 1, 0, 0, 1};
  const auto spreads = predicted_spreads(density);
  ASSERT_EQ(spreads.size(), 3u);
  EXPECT_EQ(spreads[0].truth, 1);
  EXPECT_EQ(spreads[0].n, 4u);
  EXPECT_DOUBLE_EQ(spreads[0].mean, 3);
  EXPECT_DOUBLE_EQ(spreads[0].q1, 2.5);
  EXPECT_DOUBLE_EQ(spreads[0].median, 3);
  EXPECT_DOUBLE_EQ(spreads[0].p95, 3.9);
  EXPECT_EQ(spreads[1].n, 0u);
  EXPECT_DOUBLE_EQ(spreads[2].mean, 4);
  EXPECT_DOUBLE_EQ(spreads[2].p5, 0.2);
  EXPECT_DOUBLE_EQ(spreads[2].median, 2);
  EXPECT_DOUBLE_EQ(spreads[2].q3, 7);
  EXPECT_TRUE(predicted_spreads({}).empty());
}

TEST(ColumnSummaries, NothingToSee) {
  EXPECT_TRUE(column_summaries(Reconstruction{}).empty());
  const auto missing = column_summaries(with_values({std::numeric_limits<double>::quiet_NaN()}));
  EXPECT_EQ(missing[0][0].values.n, 0u);
  EXPECT_EQ(missing[0][0].values.n_missing, 1u);
  EXPECT_FALSE(missing[0][0].values.quartiles);
}

}  // namespace
}  // namespace zerocell
