#include "zerocell/reconstruct/bin_errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <thread>

#include "reconstruct/bin_cells.h"
#include "zerocell/core/error.h"
#include "zerocell/statistics/ratio_bootstrap.h"

namespace zerocell {
namespace {

using testing::BinCells;
using testing::random_bin_cells;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

double score(const BinErrors& errors, const std::string& name) {
  const CellSums& sums = errors.sums();
  const auto at = std::ranges::find(sums.names, name) - sums.names.begin();
  return ratios({sums.names.size(), sums.values, sums.n_genes}).at(static_cast<size_t>(at));
}

/// Two cells of two genes; gene 2 in the second alone.
BinCells two_cells() {
  BinCells cells;
  cells.n_bins = 11;
  cells.add({{0, 2, 3, 2}, {1, 10, 6, -1}});
  cells.add({{0, 4, 4, 5}, {2, 8, 8, 12.5}});
  return cells;
}

TEST(BinErrors, ByHand) {
  const BinCells cells = two_cells();
  const MeanBins means = cells.means();  // mean 6, median 6; means of genes 3, 10, 8
  BinErrors errors(means, 2, true);
  cells.score(errors, 0, 2);
  EXPECT_EQ(errors.n_scored(), 4u);
  EXPECT_DOUBLE_EQ(score(errors, "mse_gep"), (1 + 16 + 0 + 0) / 4.0);
  EXPECT_DOUBLE_EQ(score(errors, "mse_gepc"), (0 + 121 + 1 + 20.25) / 4.0);
  EXPECT_DOUBLE_EQ(score(errors, "mse_mean"), (16 + 16 + 4 + 4) / 4.0);
  EXPECT_DOUBLE_EQ(score(errors, "mse_gene_mean"), (1 + 0 + 1 + 0) / 4.0);
  // Left out: gene 0 is 4 and 2 in the other cell; genes 1 and 2 are in no other cell: its mean, 6 and 6.
  EXPECT_DOUBLE_EQ(score(errors, "mse_gene_mean_loo"), (4 + 16 + 4 + 4) / 4.0);
  EXPECT_EQ(errors.n_in_no_other_cell(), 2u);
  EXPECT_DOUBLE_EQ(score(errors, "mse_gain_gep_loo"), (28 - 17) / 4.0);
  EXPECT_DOUBLE_EQ(score(errors, "mse_gain_gepc_loo"), (28 - 142.25) / 4.0);
  EXPECT_DOUBLE_EQ(score(errors, "mae_gep"), 5 / 4.0);
  EXPECT_DOUBLE_EQ(score(errors, "mre_gep"), (1 / 2.0 + 4 / 10.0) / 4);
  EXPECT_DOUBLE_EQ(score(errors, "mre_published_gep"), (1 / (3 + 1e-6) + 4 / (6 + 1e-6)) / 4);
  // The prediction -1 of bin 10 lowers the published error and raises the one without sign.
  const double without = 1 / (5 + 1e-6) + 4.5 / (12.5 + 1e-6), negative = 11 / (-1 + 1e-6);
  EXPECT_DOUBLE_EQ(score(errors, "mre_published_gepc"), (without + negative) / 4);
  EXPECT_DOUBLE_EQ(score(errors, "mre_all_published_gepc"), (without - negative) / 4);
  EXPECT_LT(score(errors, "mre_published_gepc"), 0);
}

TEST(BinErrors, DensitiesCountTrueAndPredicted) {
  const BinCells cells = two_cells();
  const MeanBins means = cells.means();
  BinErrors errors(means, 2, true);
  cells.score(errors, 0, 2);
  ASSERT_EQ(errors.densities().size(), 2u);
  const PairDensity &gep = errors.densities()[0], &gepc = errors.densities()[1];
  EXPECT_EQ(gep.name, "GEP");
  EXPECT_EQ(gepc.name, "GEPC");
  EXPECT_EQ(gep.constant, 6.0);
  EXPECT_EQ(gep.truth.n_bins, 10u);
  EXPECT_EQ(gep.truth.low, 0.5);
  EXPECT_EQ(gep.predicted.low, -1);
  EXPECT_EQ(gep.predicted.high, 12);
  EXPECT_EQ(gep.predicted.n_bins, 52u);
  const auto at = [](const PairDensity& density, size_t truth, double predicted) {
    return density.counts[(truth - 1) * 52 + static_cast<size_t>((predicted + 1) * 4)];
  };
  EXPECT_EQ(at(gep, 2, 3), 1u);
  EXPECT_EQ(at(gep, 10, 6), 1u);
  EXPECT_EQ(at(gepc, 10, -1), 1u);    // on the edge, inside
  EXPECT_EQ(at(gepc, 8, 11.75), 1u);  // 12.5 counts in the last field
  EXPECT_EQ(gepc.n_above, 1u);
  EXPECT_EQ(gepc.n_below, 0u);
  EXPECT_EQ(gep.total(), 4u);
  const MeanBins wide(1, 51);
  const PairDensity standard = BinErrors(wide, 0, false).densities().at(0);
  EXPECT_EQ(standard.predicted.low, -5);
  EXPECT_EQ(standard.predicted.high, 60);
  EXPECT_EQ(standard.predicted.n_bins, 260u);
  EXPECT_FALSE(standard.constant);  // nothing was added
}

class Golden : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ifstream file(ZEROCELL_SOURCE_DIR "/tests/golden/scgpt_reconstruction.json");
    golden_ = nlohmann::json::parse(file);
    cells_.n_genes = golden_["n_genes"];
    cells_.n_bins = golden_["n_bins"];
    cells_.offsets = golden_["offsets"].get<std::vector<uint32_t>>();
    cells_.genes = golden_["genes"].get<std::vector<uint32_t>>();
    cells_.bins = golden_["bins"].get<std::vector<uint16_t>>();
    cells_.gep = golden_["gep"].get<std::vector<float>>();
    cells_.gepc = golden_["gepc"].get<std::vector<float>>();
  }
  void expect(const char* which) const {
    const MeanBins means = cells_.means();
    BinErrors errors(means, cells_.n_cells(), true);
    cells_.score(errors, 0, cells_.n_cells());
    EXPECT_EQ(errors.sums().names.size(), golden_[which].size());
    for (const auto& [name, value] : golden_[which].items())
      // Both sides sum about 300 doubles, each in its own order.
      EXPECT_NEAR(score(errors, name), value.get<double>(), 1e-12 * (1 + std::abs(value.get<double>())))
          << name;
  }

  nlohmann::json golden_;
  BinCells cells_;
};

TEST_F(Golden, LossesAsNumpyComputesThem) {
  expect("losses");
  const MeanBins means = cells_.means();
  BinErrors errors(means, cells_.n_cells(), true);
  cells_.score(errors, 0, cells_.n_cells());
  EXPECT_EQ(errors.n_in_no_other_cell(), golden_["n_in_no_other_cell"].get<uint64_t>());
  const CellSums& sums = errors.sums();
  ASSERT_EQ(sums.names[0], "mse_gep");
  for (size_t i = 0; i < cells_.n_cells(); ++i)
    if (const auto& value = golden_["mse_gep_per_cell"][i]; value.is_null())
      EXPECT_EQ(sums.n_genes[i], 0u);
    else
      EXPECT_NEAR(sums.values[i * sums.names.size()] / sums.n_genes[i], value.get<double>(), 1e-10);
}

TEST_F(Golden, MaskedGenesAlone) {
  cells_.scored = golden_["scored"].get<std::vector<uint8_t>>();
  expect("losses_scored");
}

void expect_same_bits(const BinErrors& a, const BinErrors& b) {
  EXPECT_EQ(a.sums().n_genes, b.sums().n_genes);
  EXPECT_EQ(a.sums().values, b.sums().values);
  EXPECT_EQ(a.n_scored(), b.n_scored());
  EXPECT_EQ(a.n_in_no_other_cell(), b.n_in_no_other_cell());
  ASSERT_EQ(a.densities().size(), b.densities().size());
  for (size_t d = 0; d < a.densities().size(); ++d)
    EXPECT_EQ(a.densities()[d].counts, b.densities()[d].counts);
}

TEST(BinErrors, OrderBlocksAndThreadsDoNotMatter) {
  const BinCells cells = random_bin_cells(97);
  const MeanBins means = cells.means();
  BinErrors whole(means, 97, true);
  cells.score(whole, 0, 97);
  for (const size_t block : {1u, 10u, 40u}) {
    BinErrors backwards(means, 97, true);
    for (size_t begin = 97 / block * block;; begin -= block) {
      cells.score(backwards, begin, std::min<size_t>(begin + block, 97));
      if (begin == 0) break;
    }
    expect_same_bits(whole, backwards);
  }
  BinErrors parallel(means, 97, true);
  ThreadPool pool(4);
  pool.parallel_ranges(97, 5, [&](size_t begin, size_t end, int) { cells.score(parallel, begin, end); });
  expect_same_bits(whole, parallel);
}

TEST(BinErrors, PredictionsThatAreNotFiniteAreLeftOutOfEveryScoreAndCounted) {
  BinCells cells = two_cells(), without;
  cells.gep[1] = kNaN;
  cells.gepc[1] = kNaN;
  cells.gepc[2] = std::numeric_limits<float>::infinity();
  const MeanBins means = cells.means();
  BinErrors errors(means, 2, true);
  cells.score(errors, 0, 2);
  EXPECT_EQ(errors.n_scored(), 2u);
  EXPECT_EQ(errors.n_not_finite(), 2u);
  EXPECT_EQ(errors.n_gep_not_finite(), 1u);
  EXPECT_EQ(errors.n_gepc_not_finite(), 2u);
  EXPECT_DOUBLE_EQ(score(errors, "mse_gep"), (1 + 0) / 2.0);
  EXPECT_DOUBLE_EQ(score(errors, "mse_mean"), (16 + 4) / 2.0);
  EXPECT_EQ(errors.densities()[0].total(), 2u);
}

TEST(BinErrors, OneCellHasNoOtherToTakeAMeanFrom) {
  BinCells cells;
  cells.add({{0, 3, 4, 3}, {1, 5, 5, 5}});
  const MeanBins means = cells.means();
  BinErrors errors(means, 1, true);
  cells.score(errors, 0, 1);
  EXPECT_DOUBLE_EQ(score(errors, "mse_gep"), 0.5);
  EXPECT_DOUBLE_EQ(score(errors, "mse_mean"), 1);
  EXPECT_DOUBLE_EQ(score(errors, "mse_gene_mean"), 0);
  EXPECT_TRUE(std::isnan(score(errors, "mse_gene_mean_loo")));
  EXPECT_TRUE(std::isnan(score(errors, "mse_gain_gep_loo")));
}

TEST(BinErrors, OneGeneAllEqualAndNothingScored) {
  BinCells equal;
  for (int c = 0; c < 3; ++c) equal.add({{0, 7, 7, 7}});
  const MeanBins means = equal.means();
  BinErrors errors(means, 3, true);
  equal.score(errors, 0, 3);
  for (const std::string& name : errors.sums().names) EXPECT_EQ(score(errors, name), 0) << name;

  equal.scored.assign(3, 0);
  BinErrors nothing(means, 3, true);
  equal.score(nothing, 0, 3);
  EXPECT_EQ(nothing.n_scored(), 0u);
  EXPECT_TRUE(std::isnan(score(nothing, "mse_gep")));
  EXPECT_EQ(nothing.densities()[0].total(), 0u);
}

TEST(BinErrors, WithoutGepc) {
  const BinCells cells = two_cells();
  const MeanBins means = cells.means();
  BinErrors errors(means, 2, false);
  cells.score(errors, 0, 2, false);
  EXPECT_EQ(errors.densities().size(), 1u);
  for (const std::string& name : errors.sums().names) EXPECT_EQ(name.find("gepc"), std::string::npos);
  EXPECT_DOUBLE_EQ(score(errors, "mse_gep"), 17 / 4.0);
  EXPECT_THROW(cells.score(errors, 0, 2, true), Error);
}

TEST(BinErrors, RefusesBlocksThatDisagree) {
  const BinCells cells = two_cells();
  const MeanBins means = cells.means();
  BinErrors errors(means, 2, true);
  EXPECT_THROW(cells.score(errors, 0, 2, false), Error);  // GEPC was promised
  BinCells short_gep = cells, gene = cells, bin = cells, scored = cells;
  short_gep.gep.pop_back();
  gene.genes[0] = 3;
  bin.bins[0] = 0;
  scored.scored = {1};
  const std::vector<uint32_t> rows{0, 1}, beyond{0, 2}, few{0};
  for (const BinCells& wrong : {short_gep, gene, bin, scored})
    EXPECT_THROW(
        errors.add({wrong.offsets, wrong.genes, wrong.bins, wrong.gep, wrong.gepc, wrong.scored}, rows),
        Error);
  const BinBlock block{cells.offsets, cells.genes, cells.bins, cells.gep, cells.gepc};
  EXPECT_THROW(errors.add(block, beyond), Error);
  EXPECT_THROW(errors.add(block, few), Error);
  EXPECT_EQ(errors.n_scored(), 0u);
}

}  // namespace
}  // namespace zerocell
