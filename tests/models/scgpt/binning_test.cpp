#include "zerocell/models/scgpt/binning.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "zerocell/core/error.h"
#include "zerocell/core/random.h"

namespace zerocell {
namespace {

std::vector<BinRange> ranges_of(size_t n_bins, const std::vector<float>& values) {
  CellBinning binning(n_bins);
  std::vector<BinRange> ranges;
  binning(values, ranges);
  return ranges;
}

TEST(CellBinning, ByHand) {
  // Five bins: edges at quantiles 0, 1/3, 2/3, 1 of 1, 2, 3, 4: 1, 2, 3, 4 but for the rounding of 1/3.
  CellBinning binning(5);
  std::vector<double> edges;
  binning.edges(std::vector<float>{0, 10, 20, 30}, edges);
  ASSERT_EQ(edges.size(), 4u);
  EXPECT_EQ(edges[0], 0);
  EXPECT_NEAR(edges[1], 10, 1e-14);
  EXPECT_NEAR(edges[2], 20, 1e-14);
  EXPECT_EQ(edges[3], 30);
  // 1, 1, 1, 5: edges 1, 1, 1, 5: the ones take bins 1 to 3, the five bin 4.
  const auto ranges = ranges_of(5, {1, 5, 1, 1});
  EXPECT_EQ(ranges[0].lower, 1);
  EXPECT_EQ(ranges[0].upper, 3);
  EXPECT_EQ(ranges[1].lower, 4);
  EXPECT_EQ(ranges[1].upper, 4);
  EXPECT_EQ(ranges[3].lower, 1);
}

TEST(CellBinning, OneValueOrEqualOnesTakeAnyBin) {
  for (const std::vector<float>& values : {std::vector<float>{3}, std::vector<float>(7, 2.5f)})
    for (const auto range : ranges_of(51, values)) {
      EXPECT_EQ(range.lower, 1);
      EXPECT_EQ(range.upper, 50);
    }
  EXPECT_TRUE(ranges_of(51, {}).empty());
}

TEST(CellBinning, NeedsEdges) {
  EXPECT_THROW(CellBinning(2), Error);
  EXPECT_NO_THROW(CellBinning(3));
}

TEST(CellBinning, IncreasingChangesOfTheValuesChangeNothing) {
  Random random(4);
  std::vector<float> counts, logged;
  for (int i = 0; i < 700; ++i) {
    counts.push_back(1 + static_cast<float>(random.poisson(1.5)));
    logged.push_back(std::log1p(counts.back() / 2.37f));
  }
  const auto a = ranges_of(51, counts), b = ranges_of(51, logged);
  for (size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(a[i].lower, b[i].lower);
    ASSERT_EQ(a[i].upper, b[i].upper);
  }
}

TEST(DrawBin, CoversItsRangeAndNothingElse) {
  EXPECT_EQ(draw_bin({3, 6}, 0.0), 6);
  EXPECT_EQ(draw_bin({3, 6}, 0.2499), 6);
  EXPECT_EQ(draw_bin({3, 6}, 0.25), 5);
  EXPECT_EQ(draw_bin({3, 6}, 1 - 0x1p-53), 3);
  for (const double r : {0.0, 0.5, 1 - 0x1p-53}) EXPECT_EQ(draw_bin({4, 4}, r), 4);
  std::set<int> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(draw_bin({1, 50}, i / 1000.0));
  EXPECT_EQ(seen.size(), 50u);
}

/// The package's own numbers: tests/reference/scgpt_bins.py.
class CellBinningReference : public testing::Test {
 protected:
  const nlohmann::json golden_ =
      nlohmann::json::parse(std::ifstream(ZEROCELL_SOURCE_DIR "/tests/golden/scgpt_bins.json"));
};

TEST_F(CellBinningReference, EdgesAreTheSameBits) {
  CellBinning binning(51);
  for (const auto& vector : golden_["vectors"]) {
    auto values = vector["values"].get<std::vector<float>>();
    std::ranges::sort(values);
    std::vector<double> edges;
    binning.edges(values, edges);
    EXPECT_EQ(edges, vector["edges"].get<std::vector<double>>()) << vector["name"];
  }
}

TEST_F(CellBinningReference, BinsAreTheSame) {
  for (const auto& vector : golden_["vectors"]) {
    const auto ranges = ranges_of(51, vector["values"].get<std::vector<float>>());
    NumpyMt19937 generator(golden_["seed"].get<uint32_t>());
    for (size_t i = 0; i < ranges.size(); ++i) {
      const auto [lower, upper] = ranges[i];
      ASSERT_EQ(upper, vector["upper"][i]) << vector["name"] << " " << i;
      ASSERT_EQ(lower, vector["lower"][i]) << vector["name"] << " " << i;
      ASSERT_EQ((lower + upper) / 2, vector["mid"][i]) << vector["name"] << " " << i;
      ASSERT_EQ(draw_bin(ranges[i], generator.uniform()), vector["numpy-mt19937"][i])
          << vector["name"] << " " << i;
    }
  }
}

}  // namespace
}  // namespace zerocell
