#include "zerocell/statistics/bootstrap.h"

#include <gtest/gtest.h>

#include <cmath>

#include "zerocell/core/error.h"
#include "zerocell/core/random.h"

namespace zerocell {
namespace {

CellTerms one_stratum(const std::vector<float>& values) {
  CellTerms terms;
  for (uint32_t i = 0; i < values.size(); ++i) terms.add(values[i], i);
  terms.end_stratum();
  return terms;
}

std::vector<float> normals(size_t n, uint64_t seed, double mean = 0) {
  Random random(seed);
  std::vector<float> values(n);
  for (auto& v : values) v = static_cast<float>(mean + random.normal());
  return values;
}

TEST(CellTerms, MeanOfMeans) {
  CellTerms terms;
  terms.add(1, 0);
  terms.add(2, 1);
  terms.end_stratum();
  terms.end_stratum();  // empty: left out
  terms.add(4.5f, 2);
  terms.end_stratum();
  EXPECT_DOUBLE_EQ(stratified_mean(terms), (1.5 + 4.5) / 2);
  EXPECT_TRUE(std::isnan(stratified_mean({})));
}

TEST(CellTerms, DifferenceKeepsCellsThatBothHave) {
  CellTerms a, b;
  for (uint32_t cell : {0u, 2u, 5u}) a.add(static_cast<float>(cell), cell);
  a.end_stratum();
  for (uint32_t cell : {1u, 2u, 5u, 6u}) b.add(1, cell);
  b.end_stratum();
  const CellTerms d = difference(a, b);
  EXPECT_EQ(d.cells, (std::vector<uint32_t>{2, 5}));
  EXPECT_EQ(d.values, (std::vector<float>{1, 4}));
  b.end_stratum();
  EXPECT_THROW(difference(a, b), Error);
}

TEST(Bootstrap, QuantileIsNumpys) {
  // numpy 2.4.6: numpy.quantile([3, 1, 2, 10], [0, 0.025, 0.5, 0.9, 1]) = [1, 1.075, 2.5, 7.9, 10]
  std::vector<double> values{3, 1, 2, 10};
  EXPECT_DOUBLE_EQ(quantile(values, 0), 1);
  EXPECT_DOUBLE_EQ(quantile(values, 0.025), 1.075);
  EXPECT_DOUBLE_EQ(quantile(values, 0.5), 2.5);
  EXPECT_DOUBLE_EQ(quantile(values, 0.9), 7.9);
  EXPECT_DOUBLE_EQ(quantile(values, 1), 10);
}

TEST(Bootstrap, WidthIsThatOfTheNormalTheory) {
  ThreadPool pool(2);
  const auto values = normals(5000, 1, 0.3);
  double mean = 0, square = 0;
  for (float v : values) mean += v / 5000.0;
  for (float v : values) square += (v - mean) * (v - mean) / 5000.0;
  const double error = std::sqrt(square / 5000);
  const Interval interval = bootstrap_cells(one_stratum(values), {}, pool);
  // An end of the interval is a quantile of 1000 resamples: its own error is 0.085 standard errors; 4 of
  // those.
  EXPECT_NEAR(*interval.low, mean - 1.96 * error, 0.34 * error);
  EXPECT_NEAR(*interval.high, mean + 1.96 * error, 0.34 * error);
  EXPECT_EQ(interval.method, "bootstrap over 5000 cells");
}

TEST(Bootstrap, ManyCellsDrawnBlockByBlockAreDrawnAlike) {
  ThreadPool pool(2);
  // Sorted, so that a block that is drawn too often shows; the last block is not full.
  std::vector<float> values(70001);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i) / 70000;
  const double error = std::sqrt(1.0 / 12 / 70001);
  auto interval = bootstrap_cells(one_stratum(values), {}, pool);
  EXPECT_NEAR(*interval.low, 0.5 - 1.96 * error, 0.34 * error);  // as above
  EXPECT_NEAR(*interval.high, 0.5 + 1.96 * error, 0.34 * error);
  std::fill(values.begin(), values.end(), 1.0f);  // as many draws as there are values
  interval = bootstrap_cells(one_stratum(values), {.n_resamples = 20}, pool);
  EXPECT_DOUBLE_EQ(*interval.low, 1);
  EXPECT_DOUBLE_EQ(*interval.high, 1);
}

TEST(Bootstrap, CoversTheTruthNineteenTimesOfTwenty) {
  ThreadPool pool(2);
  int covered = 0;
  constexpr int kTrials = 400;
  for (int trial = 0; trial < kTrials; ++trial) {
    const Interval i =
        bootstrap_cells(one_stratum(normals(200, 100 + trial, 0.5)), {.n_resamples = 400}, pool);
    covered += *i.low <= 0.5 && 0.5 <= *i.high;
  }
  // Binomial(400, 0.95): mean 380, standard deviation 4.4; four of them.
  EXPECT_NEAR(covered, 380, 18);
}

TEST(Bootstrap, GroupsCoverWhereCellsOfAGroupAreAlike) {
  ThreadPool pool(2);
  int by_group = 0, by_cell = 0;
  constexpr int kTrials = 200, kGroups = 40;
  std::vector<int32_t> codes;
  for (int g = 0; g < kGroups; ++g) codes.insert(codes.end(), 20, g);
  for (int trial = 0; trial < kTrials; ++trial) {
    auto values = normals(codes.size(), 1000 + trial);
    const auto effects = normals(kGroups, 5000 + trial);
    for (size_t i = 0; i < values.size(); ++i) values[i] += 2 * effects[codes[i]];
    const BootstrapOptions options{.n_resamples = 400};
    const Interval g = bootstrap_groups(one_stratum(values), {codes, "donors"}, options, pool);
    const Interval c = bootstrap_cells(one_stratum(values), options, pool);
    by_group += *g.low <= 0 && 0 <= *g.high;
    by_cell += *c.low <= 0 && 0 <= *c.high;
  }
  // 40 groups: the percentile interval is about 1.3 % narrow, so near 0.94 of 200, standard deviation 3.4;
  // four of them.
  EXPECT_NEAR(by_group, 188, 13);
  EXPECT_LT(by_cell, 120);  // cells taken as independent promise far too much
}

TEST(Bootstrap, StrataAreResampledEachOnItsOwn) {
  // Strata of constant values: resampling inside them changes nothing; across them it would.
  CellTerms terms;
  for (uint32_t i = 0; i < 30; ++i) terms.add(1, i);
  terms.end_stratum();
  for (uint32_t i = 30; i < 35; ++i) terms.add(0, i);
  terms.end_stratum();
  ThreadPool pool(1);
  const Interval interval = bootstrap_cells(terms, {}, pool);
  EXPECT_DOUBLE_EQ(*interval.low, 0.5);
  EXPECT_DOUBLE_EQ(*interval.high, 0.5);
}

TEST(Bootstrap, GroupMeansByHand) {
  // Five groups of one cell, values 0..4: resamples of the mean of five draws, as for the cells themselves.
  const std::vector<int32_t> codes{10, 11, 12, 13, 14};
  ThreadPool pool(1);
  const BootstrapOptions options{.n_resamples = 20000};
  const Interval interval = bootstrap_groups(one_stratum({0, 1, 2, 3, 4}), {codes, "donors"}, options, pool);
  // The mean of five draws is a multiple of 0.2 with standard deviation 0.632; exact quantiles 0.8 and 3.2.
  EXPECT_NEAR(*interval.low, 0.8, 1e-9);
  EXPECT_NEAR(*interval.high, 3.2, 1e-9);
  EXPECT_EQ(interval.method, "bootstrap over 5 donors");
}

TEST(Bootstrap, GroupsWeighStrataOnlyWhereTheyHaveCells) {
  // Stratum 0 in all groups, value 1; stratum 1 in group 0 alone, value 3: the mean is 1 or 2.
  CellTerms terms;
  for (uint32_t i = 0; i < 6; ++i) terms.add(1, i);
  terms.end_stratum();
  terms.add(3, 0);
  terms.end_stratum();
  const std::vector<int32_t> codes{0, 1, 2, 3, 4, 5};
  ThreadPool pool(1);
  const Interval interval = bootstrap_groups(terms, {codes, "batches"}, {}, pool);
  EXPECT_DOUBLE_EQ(*interval.low, 1);
  EXPECT_DOUBLE_EQ(*interval.high, 2);
}

TEST(Bootstrap, FewGroupsAndMissingGroupsGiveAReason) {
  ThreadPool pool(1);
  const auto terms = one_stratum({1, 2, 3, 4, 5, 6});
  const std::vector<int32_t> codes{0, 1, 2, 0, -1, -1};
  const Interval interval = bootstrap_groups(terms, {codes, "donors"}, {}, pool);
  EXPECT_FALSE(interval.low || interval.high);
  EXPECT_EQ(interval.reason, "interval needs at least 5 donors, there are 3");
  const std::vector<int32_t> none(6, -1);
  EXPECT_EQ(bootstrap_groups(terms, {none, "donors"}, {}, pool).reason,
            "interval needs at least 5 donors, there are 0");
  EXPECT_THROW(bootstrap_groups(terms, {{}, "donors"}, {}, pool), Error);
}

TEST(Bootstrap, OneCellConstantValuesNoCell) {
  ThreadPool pool(1);
  EXPECT_EQ(bootstrap_cells(one_stratum({1}), {}, pool).reason,
            "interval needs at least 2 cells, there are 1");
  EXPECT_FALSE(bootstrap_cells({}, {}, pool).low.has_value());
  EXPECT_FALSE(bootstrap_cells(one_stratum({1, 2}), {.n_resamples = 0}, pool).low.has_value());
  const Interval constant = bootstrap_cells(one_stratum({0.25f, 0.25f, 0.25f}), {}, pool);
  EXPECT_DOUBLE_EQ(*constant.low, 0.25);
  EXPECT_DOUBLE_EQ(*constant.high, 0.25);
}

TEST(Bootstrap, SameBitsForAnyNumberOfThreadsAndOtherBitsForAnotherSeed) {
  ThreadPool one(1), four(4);
  const auto terms = one_stratum(normals(501, 3));
  const Interval a = bootstrap_cells(terms, {}, one), b = bootstrap_cells(terms, {}, four);
  EXPECT_EQ(a.low, b.low);
  EXPECT_EQ(a.high, b.high);
  EXPECT_NE(bootstrap_cells(terms, {.seed = 1}, one).low, a.low);
}

TEST(PairedBootstrap, SeesADifferenceThatTheNoiseOfTheCellsHides) {
  ThreadPool pool(2);
  const auto noise = normals(300, 11), small = normals(300, 12);
  std::vector<float> a, b;
  for (size_t i = 0; i < noise.size(); ++i) {
    a.push_back(noise[i] + 0.1f + 0.1f * small[i]);
    b.push_back(noise[i]);
  }
  const PairedDifference paired = paired_bootstrap_cells(one_stratum(a), one_stratum(b), {}, pool);
  // float32 terms: differences of values near 1 are rounded to 1e-7.
  EXPECT_NEAR(*paired.difference, stratified_mean(one_stratum(a)) - stratified_mean(one_stratum(b)), 1e-6);
  EXPECT_GT(*paired.interval.low, 0);
  EXPECT_LT(*bootstrap_cells(one_stratum(a), {}, pool).low, *bootstrap_cells(one_stratum(b), {}, pool).high);
}

TEST(PairedBootstrap, OverGroupsAndWithoutCommonCells) {
  ThreadPool pool(1);
  const std::vector<int32_t> codes{0, 1, 2, 3, 4};
  const PairedDifference same = paired_bootstrap_groups(
      one_stratum({1, 2, 3, 4, 5}), one_stratum({0, 1, 2, 3, 4}), {codes, "donors"}, {}, pool);
  EXPECT_DOUBLE_EQ(*same.difference, 1);
  EXPECT_DOUBLE_EQ(*same.interval.low, 1);
  EXPECT_DOUBLE_EQ(*same.interval.high, 1);
  CellTerms other;
  other.add(1, 9);
  other.end_stratum();
  const PairedDifference none = paired_bootstrap_cells(one_stratum({1, 2}), other, {}, pool);
  EXPECT_FALSE(none.difference.has_value());
  EXPECT_FALSE(none.interval.reason.empty());
}

}  // namespace
}  // namespace zerocell
