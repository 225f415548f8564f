#include "zerocell/statistics/ratio_bootstrap.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "zerocell/core/error.h"
#include "zerocell/core/random.h"

namespace zerocell {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Errors of cells whose numbers of genes differ, with larger errors in larger cells; K = 2: the second score
/// is the first plus one for every gene.
struct Cells {
  std::vector<double> sums;
  std::vector<uint32_t> weights;

  explicit Cells(size_t n, uint64_t seed = 1, double shift = 0) {
    Random random(seed);
    for (size_t i = 0; i < n; ++i) {
      const auto weight = static_cast<uint32_t>(1 + random.below(20));
      const double sum = weight * (2 + shift + 0.05 * weight + 0.5 * random.normal());
      weights.push_back(weight);
      sums.push_back(sum);
      sums.push_back(sum + weight);
    }
  }
  RatioTerms terms() const { return {2, sums, weights}; }
};

TEST(Ratios, SumsOverSumsAndNotMeansOfRatios) {
  const std::vector<double> sums{4, 10, kNaN, kNaN, 2, 20};
  const std::vector<uint32_t> weights{1, 0, 3};  // the cell of weight 0 takes no part
  const auto found = ratios({2, sums, weights});
  EXPECT_DOUBLE_EQ(found[0], 6.0 / 4);
  EXPECT_DOUBLE_EQ(found[1], 30.0 / 4);
  const std::vector<uint32_t> none{0, 0, 0};
  EXPECT_TRUE(std::isnan(ratios({2, sums, none})[0]));
  EXPECT_THROW(ratios({3, sums, std::span(weights).first(1)}), Error);
}

TEST(RatioBootstrap, WidthIsThatOfTheDeltaMethod) {
  ThreadPool pool(2);
  const Cells cells(4000);
  const double ratio = ratios(cells.terms())[0];
  double square = 0, weight = 0;
  for (size_t i = 0; i < cells.weights.size(); ++i) {
    const double residual = cells.sums[2 * i] - ratio * cells.weights[i];
    square += residual * residual;
    weight += cells.weights[i];
  }
  const double error = std::sqrt(square) / weight;
  const auto intervals = bootstrap_ratios_cells(cells.terms(), {}, pool);
  // An end of the interval is a quantile of 1000 resamples: its own error is 0.085 standard errors; 4 of
  // those.
  EXPECT_NEAR(*intervals[0].low, ratio - 1.96 * error, 0.34 * error);
  EXPECT_NEAR(*intervals[0].high, ratio + 1.96 * error, 0.34 * error);
  EXPECT_EQ(intervals[0].method, "bootstrap over 4000 cells");
}

TEST(RatioBootstrap, AllScoresSeeTheSameDraws) {
  ThreadPool pool(1);
  const auto intervals = bootstrap_ratios_cells(Cells(50).terms(), {}, pool);
  EXPECT_NEAR(*intervals[1].low, *intervals[0].low + 1, 1e-12);  // sums of a few hundred numbers
  EXPECT_NEAR(*intervals[1].high, *intervals[0].high + 1, 1e-12);
}

TEST(RatioBootstrap, TwoCellsByHand) {
  // Draws of two cells: both the first (1/4), both the second (1/4), one of each: (1 + 9) / (1 + 3).
  ThreadPool pool(1);
  const std::vector<double> sums{1, 9};
  const std::vector<uint32_t> weights{1, 3};
  const auto wide = bootstrap_ratios_cells({1, sums, weights}, {}, pool)[0];
  EXPECT_DOUBLE_EQ(*wide.low, 1);
  EXPECT_DOUBLE_EQ(*wide.high, 3);
  const auto middle = bootstrap_ratios_cells({1, sums, weights}, {.confidence = 0.4}, pool)[0];
  EXPECT_DOUBLE_EQ(*middle.low, 2.5);
  EXPECT_DOUBLE_EQ(*middle.high, 2.5);
}

TEST(RatioBootstrap, CoversTheTruthNineteenTimesOfTwenty) {
  // Weights uniform on 1..20: the ratio is 2 + 0.05 E[w^2] / E[w] = 2 + 0.05 * 143.5 / 10.5.
  ThreadPool pool(2);
  const double truth = 2 + 0.05 * 143.5 / 10.5;
  int covered = 0;
  for (int trial = 0; trial < 400; ++trial) {
    const auto i = bootstrap_ratios_cells(Cells(200, 100 + trial).terms(), {.n_resamples = 400}, pool)[0];
    covered += *i.low <= truth && truth <= *i.high;
  }
  // Binomial(400, 0.95): mean 380, standard deviation 4.4; four of them.
  EXPECT_NEAR(covered, 380, 18);
}

TEST(RatioBootstrap, GroupsAreDrawnAsAWhole) {
  ThreadPool pool(2);
  Cells cells(0);
  std::vector<int32_t> codes;
  for (int32_t donor = 0; donor < 12; ++donor) {
    const Cells own(40, 70 + donor, donor % 2);  // donors differ, cells of a donor are alike
    cells.sums.insert(cells.sums.end(), own.sums.begin(), own.sums.end());
    cells.weights.insert(cells.weights.end(), own.weights.begin(), own.weights.end());
    codes.insert(codes.end(), 40, donor);
  }
  const auto by_group = bootstrap_ratios_groups(cells.terms(), {codes, "donors"}, {}, pool)[0];
  const auto by_cell = bootstrap_ratios_cells(cells.terms(), {}, pool)[0];
  EXPECT_EQ(by_group.method, "bootstrap over 12 donors");
  EXPECT_GT(*by_group.high - *by_group.low, 2 * (*by_cell.high - *by_cell.low));
}

TEST(RatioBootstrap, GroupsOfOneCellAreTheCells) {
  ThreadPool pool(1);
  const Cells cells(30);
  std::vector<int32_t> codes(30);
  for (int32_t i = 0; i < 30; ++i) codes[i] = i;
  const auto groups = bootstrap_ratios_groups(cells.terms(), {codes, "donors"}, {}, pool);
  const auto alone = bootstrap_ratios_cells(cells.terms(), {}, pool);
  EXPECT_EQ(groups[0].low, alone[0].low);
  EXPECT_EQ(groups[1].high, alone[1].high);
}

TEST(RatioBootstrap, FewGroupsFewCellsNoResamplesGiveAReason) {
  ThreadPool pool(1);
  const Cells cells(6);
  const std::vector<int32_t> codes{0, 1, 2, 0, -1, -1};
  const auto few = bootstrap_ratios_groups(cells.terms(), {codes, "donors"}, {}, pool);
  ASSERT_EQ(few.size(), 2u);
  EXPECT_EQ(few[1].reason, "interval needs at least 5 donors, there are 3");
  EXPECT_FALSE(few[0].low);
  EXPECT_EQ(bootstrap_ratios_cells(Cells(1).terms(), {}, pool)[0].reason,
            "interval needs at least 2 cells, there are 1");
  EXPECT_FALSE(bootstrap_ratios_cells(cells.terms(), {.n_resamples = 0}, pool)[0].low);
  EXPECT_THROW(bootstrap_ratios_groups(cells.terms(), {std::span(codes).first(2), "donors"}, {}, pool),
               Error);
}

TEST(RatioBootstrap, ASumThatIsNotFiniteSpoilsItsOwnScoreAlone) {
  ThreadPool pool(1);
  Cells cells(20);
  cells.sums[7] = kNaN;
  const auto intervals = bootstrap_ratios_cells(cells.terms(), {}, pool);
  EXPECT_TRUE(intervals[0].low);
  EXPECT_FALSE(intervals[1].low);
  EXPECT_EQ(intervals[1].reason, "no interval: a sum is not a finite number");
}

TEST(RatioBootstrap, SameBitsForAnyNumberOfThreadsAndOtherBitsForAnotherSeed) {
  ThreadPool one(1), four(4);
  const Cells cells(501);
  const auto a = bootstrap_ratios_cells(cells.terms(), {}, one);
  const auto b = bootstrap_ratios_cells(cells.terms(), {}, four);
  EXPECT_EQ(a[0].low, b[0].low);
  EXPECT_EQ(a[1].high, b[1].high);
  EXPECT_NE(bootstrap_ratios_cells(cells.terms(), {.seed = 1}, one)[0].low, a[0].low);
}

}  // namespace
}  // namespace zerocell
