#include "zerocell/reconstruct/geneformer_ranks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "zerocell/core/error.h"
#include "zerocell/core/random.h"

namespace zerocell {
namespace {

using Sequence = std::vector<uint32_t>;

struct Cells {
  TokenBlock block;
  Sequence predicted;

  void add(const Sequence& tokens, const Sequence& guesses) {
    block.tokens.insert(block.tokens.end(), tokens.begin(), tokens.end());
    block.offsets.push_back(static_cast<uint32_t>(block.tokens.size()));
    predicted.insert(predicted.end(), guesses.begin(), guesses.end());
  }
};

RankReconstruction run(const Cells& cells, int n_threads = 1) {
  ThreadPool pool(n_threads);
  return reconstruct_ranks(cells.block, cells.predicted, pool);
}

uint64_t total(const RankDensity& density) {
  return std::accumulate(density.counts.begin(), density.counts.end(), uint64_t{0});
}

uint64_t count(const RankDensity& density, double true_rank, double predicted_rank) {
  const auto bin = [](double rank) { return std::min<size_t>(static_cast<size_t>(rank * 64), 63); };
  return density.counts[bin(true_rank) * RankDensity::kBins + bin(predicted_rank)];
}

/// Cells of random genes, half of the predictions wrong.
Cells random_cells(size_t n_cells, uint64_t seed) {
  Random random(seed);
  Cells cells;
  for (size_t c = 0; c < n_cells; ++c) {
    Sequence tokens(random.below(40)), guesses;
    for (uint32_t& token : tokens) token = static_cast<uint32_t>(random.below(70));
    for (const uint32_t token : tokens)
      guesses.push_back(random.below(2) == 0 ? token : static_cast<uint32_t>(random.below(80)));
    cells.add(tokens, guesses);
  }
  return cells;
}

/// Three cells; ranks 1, 0.5, 0 by position.
Cells three_cells() {
  Cells cells;
  cells.add({10, 11, 12}, {10, 11, 12});  // right everywhere
  cells.add({11, 10, 13}, {11, 11, 14});  // 11 twice: (1 + 0.5) / 2; 14 is spurious at rank 0
  cells.add({12, 10, 11}, {11, 10, 12});  // turned round
  return cells;
}

TEST(GeneformerRanks, HandComputed) {
  const RankReconstruction found = run(three_cells());
  ASSERT_EQ(found.cells.size(), 3u);
  // Rounding of sums of a few numbers of order one.
  constexpr double kTolerance = 1e-12;
  EXPECT_NEAR(found.cells[0].model, 1, kTolerance);
  // Over 11, 10, 13, 14: true 1, .5, 0, 0; predicted .75, 0, 0, 0.
  EXPECT_NEAR(found.cells[1].model, (0.75 - 4 * 0.375 * 0.1875) / std::sqrt(0.6875 * 0.421875), kTolerance);
  EXPECT_NEAR(found.cells[2].model, -1, kTolerance);
  // Mean ranks above 0: gene 10: (1 + .5 + .5) / 3; 11: (.5 + 1) / 2; 12: 1; 13 and 14: none, 0.
  // Cell 0: true 1, .5, 0 against 2/3, 3/4, 1.
  const double xy = 0.5 * (2.0 / 3) - 0.5 * 1, mean = (2.0 / 3 + 0.75 + 1) / 3;
  const double yy = 4.0 / 9 + 0.5625 + 1 - 3 * mean * mean;
  // Means of ranks are kept in steps of 2^-36.
  EXPECT_NEAR(found.cells[0].mean_rank, xy / std::sqrt(0.5 * yy), 1e-10);
  // Without cell 0: gene 10: (.5 + .5) / 2; 11: 1 / 1; 12, whose rank in cell 0 is 0: 1 / 1.
  const double mean_without = 2.5 / 3, yy_without = 0.25 + 1 + 1 - 3 * mean_without * mean_without;
  EXPECT_NEAR(found.cells[0].mean_rank_without, -0.25 / std::sqrt(0.5 * yy_without), 1e-10);
}

TEST(GeneformerRanks, DensityCountsEveryGeneOfTheUnion) {
  const RankDensity density = run(three_cells()).density;
  EXPECT_EQ(total(density), 3u + 4u + 3u);
  EXPECT_EQ(count(density, 1, 1), 1u);
  EXPECT_EQ(count(density, 0.5, 0.5), 2u);
  EXPECT_EQ(count(density, 1, 0.75), 1u);
  EXPECT_EQ(count(density, 0.5, 0), 1u);
  EXPECT_EQ(count(density, 0, 0), 3u);  // the last gene of cell 0, genes 13 and 14 of cell 1
  EXPECT_EQ(count(density, 0, 1), 1u);
  EXPECT_EQ(count(density, 1, 0), 1u);
}

TEST(GeneformerRanks, AgreesWithThePublishedDefinition) {
  std::ifstream file(ZEROCELL_SOURCE_DIR "/tests/golden/geneformer_ranks.json");
  const auto golden = nlohmann::json::parse(file);
  Cells cells;
  for (size_t c = 0; c < golden["tokens"].size(); ++c)
    cells.add(golden["tokens"][c].get<Sequence>(), golden["predicted"][c].get<Sequence>());
  const RankReconstruction found = run(cells, 2);
  ASSERT_EQ(found.cells.size(), golden["correlations"].size());
  const auto expect_near = [](double value, const nlohmann::json& expected, double tolerance) {
    if (expected.is_null())
      EXPECT_TRUE(std::isnan(value)) << value;
    else
      EXPECT_NEAR(value, expected.get<double>(), tolerance);
  };
  for (size_t c = 0; c < found.cells.size(); ++c) {
    SCOPED_TRACE(c);
    const auto& expected = golden["correlations"][c];
    expect_near(found.cells[c].model, expected[0], 1e-12);  // the same sums in another order
    // Mean ranks are off by up to 2^-37, which a correlation of few genes passes on a few times over.
    expect_near(found.cells[c].mean_rank, expected[1], 1e-10);
    expect_near(found.cells[c].mean_rank_without, expected[2], 1e-10);
  }
  EXPECT_EQ(total(found.density), golden["n_pairs"].get<uint64_t>());
}

TEST(GeneformerRanks, CellsWithoutRanksAreUndefined) {
  Cells cells = three_cells();
  cells.add({}, {});
  cells.add({10}, {10});
  const RankReconstruction found = run(cells), without = run(three_cells());
  for (const size_t c : {size_t{3}, size_t{4}}) {
    EXPECT_TRUE(std::isnan(found.cells[c].model));
    EXPECT_TRUE(std::isnan(found.cells[c].mean_rank));
    EXPECT_TRUE(std::isnan(found.cells[c].mean_rank_without));
  }
  EXPECT_EQ(found.density.counts, without.density.counts);
  for (size_t c = 0; c < 3; ++c) EXPECT_EQ(found.cells[c].mean_rank, without.cells[c].mean_rank);
}

TEST(GeneformerRanks, NoSpreadIsUndefinedNotRounding) {
  Cells cells;
  cells.add({5, 6, 7}, {5, 5, 5});  // 5: (1 + .5 + 0) / 3 against 0, 0: spread
  cells.add({5, 5, 5}, {5, 5, 5});  // one gene
  cells.add({8, 9}, {9, 8});
  const RankReconstruction found = run(cells);
  EXPECT_NEAR(found.cells[0].model, 0.25 / std::sqrt(0.5 * (0.25 - 0.25 / 3)), 1e-12);
  EXPECT_TRUE(std::isnan(found.cells[1].model));
  EXPECT_EQ(found.cells[2].model, -1);
}

TEST(GeneformerRanks, OneCellHasNoOthersToBeComparedWith) {
  Cells cells;
  cells.add({3, 1, 2}, {3, 1, 2});
  const RankReconstruction found = run(cells);
  EXPECT_NEAR(found.cells[0].model, 1, 1e-12);
  EXPECT_NEAR(found.cells[0].mean_rank, 1, 1e-10);  // the circularity of the published baseline
  EXPECT_TRUE(std::isnan(found.cells[0].mean_rank_without));
}

TEST(GeneformerRanks, NoCells) {
  const RankReconstruction found = run(Cells{});
  EXPECT_TRUE(found.cells.empty());
  EXPECT_EQ(total(found.density), 0u);
}

bool same_bits(const RankReconstruction& a, const RankReconstruction& b) {
  return a.cells.size() == b.cells.size() &&
         std::memcmp(a.cells.data(), b.cells.data(), a.cells.size() * sizeof(RankCorrelation)) == 0 &&
         a.density.counts == b.density.counts;
}

TEST(GeneformerRanks, ThreadsAndBlocksDoNotChangeABit) {
  const Cells cells = random_cells(500, 1);
  const RankReconstruction whole = run(cells, 1);
  EXPECT_TRUE(same_bits(whole, run(cells, 4)));
  ThreadPool pool(3);
  for (const size_t block_size : {size_t{1}, size_t{7}, size_t{100}}) {
    std::vector<Cells> blocks;
    for (size_t begin = 0; begin < 500; begin += block_size) {
      Cells& block = blocks.emplace_back();
      for (size_t c = begin; c < std::min<size_t>(500, begin + block_size); ++c) {
        const auto from = cells.block.offsets[c], to = cells.block.offsets[c + 1];
        block.add(Sequence(cells.block.tokens.begin() + from, cells.block.tokens.begin() + to),
                  Sequence(cells.predicted.begin() + from, cells.predicted.begin() + to));
      }
    }
    MeanRanks means(100);
    for (size_t b = blocks.size(); b-- > 0;) means.add(blocks[b].block, pool);
    RankReconstruction joined;
    for (const Cells& block : blocks) joined.append(score_ranks(block.block, block.predicted, means, pool));
    EXPECT_TRUE(same_bits(whole, joined)) << block_size;
  }
}

TEST(GeneformerRanks, RefusesWhatDoesNotFitTogether) {
  ThreadPool pool(1);
  Cells cells = three_cells();
  MeanRanks small(13);
  EXPECT_THROW(small.add(cells.block, pool), Error);
  cells.predicted.pop_back();
  EXPECT_THROW(reconstruct_ranks(cells.block, cells.predicted, pool), Error);
}

TEST(MeanRanks, LeavingACellOutIsExact) {
  ThreadPool pool(1);
  Cells one, both;
  one.add({1, 2, 3, 4}, {});
  both.add({1, 2, 3, 4}, {});
  both.add({2, 3, 1}, {});
  MeanRanks without(5), with(5);
  without.add(one.block, pool);
  with.add(both.block, pool);
  EXPECT_EQ(with.mean_without(1, 0), without.mean(1));  // last in the second cell: never counted
  EXPECT_EQ(with.mean_without(2, 1), without.mean(2));
  EXPECT_EQ(with.mean_without(3, 0.5), without.mean(3));
  EXPECT_EQ(with.mean_without(1, 1), 0);  // no other cell has it above 0
  EXPECT_EQ(with.mean(4), 0);
}

}  // namespace
}  // namespace zerocell
