#include "zerocell/reconstruct/mean_bins.h"

#include <gtest/gtest.h>

#include <cmath>

#include "zerocell/core/error.h"
#include "zerocell/core/random.h"

namespace zerocell {
namespace {

struct Cells {
  std::vector<uint32_t> offsets{0}, genes;
  std::vector<uint16_t> bins;

  void add(const std::vector<std::pair<uint32_t, uint16_t>>& cell) {
    for (const auto& [gene, bin] : cell) {
      genes.push_back(gene);
      bins.push_back(bin);
    }
    offsets.push_back(static_cast<uint32_t>(genes.size()));
  }
};

MeanBins means_of(const Cells& cells, int n_threads = 1) {
  ThreadPool pool(n_threads);
  MeanBins means(4, 6);
  means.add(cells.offsets, cells.genes, cells.bins, pool);
  return means;
}

TEST(MeanBins, ByHand) {
  Cells cells;
  cells.add({{0, 1}, {1, 5}});
  cells.add({{0, 2}, {2, 5}, {1, 3}});
  cells.add({});
  const MeanBins means = means_of(cells);
  EXPECT_EQ(means.n_values(), 5u);
  EXPECT_DOUBLE_EQ(means.mean(), 16.0 / 5);
  EXPECT_DOUBLE_EQ(means.median(), 3);
  EXPECT_DOUBLE_EQ(means.gene_mean(0), 1.5);
  EXPECT_DOUBLE_EQ(means.gene_mean(2), 5);
  EXPECT_DOUBLE_EQ(means.gene_mean(3), 16.0 / 5);  // in no cell
  EXPECT_DOUBLE_EQ(means.mean_without({6, 2}), 10.0 / 3);
  EXPECT_DOUBLE_EQ(means.gene_mean_without(0, 1).value(), 2);
  EXPECT_FALSE(means.gene_mean_without(2, 5));  // in one cell alone
  EXPECT_FALSE(means.gene_mean_without(3, 1));
}

TEST(MeanBins, MedianOfAnEvenNumberIsBetweenTheTwoInTheMiddle) {
  Cells cells;
  cells.add({{0, 1}, {1, 2}, {2, 5}, {3, 5}});
  EXPECT_DOUBLE_EQ(means_of(cells).median(), 3.5);
  Cells equal;
  equal.add({{0, 4}, {1, 4}});
  EXPECT_DOUBLE_EQ(means_of(equal).median(), 4);
  EXPECT_DOUBLE_EQ(means_of(equal).mean(), 4);
}

TEST(MeanBins, NothingAddedAndTheOnlyCellLeftOut) {
  EXPECT_TRUE(std::isnan(means_of({}).mean()));
  EXPECT_TRUE(std::isnan(means_of({}).median()));
  Cells one;
  one.add({{0, 2}});
  EXPECT_TRUE(std::isnan(means_of(one).mean_without({2, 1})));
  EXPECT_THROW(means_of(one).mean_without({4, 2}), Error);
}

TEST(MeanBins, RefusesWhatIsOutOfRange) {
  EXPECT_THROW(MeanBins(3, 1), Error);
  Cells bin_zero, high_bin, high_gene, offsets;
  bin_zero.add({{0, 0}});
  high_bin.add({{0, 6}});
  high_gene.add({{4, 1}});
  offsets.add({{0, 1}});
  offsets.offsets.back() = 2;
  for (const Cells& wrong : {bin_zero, high_bin, high_gene, offsets}) EXPECT_THROW(means_of(wrong), Error);
}

TEST(MeanBins, BlocksAndThreadsDoNotMatter) {
  constexpr size_t kGenes = 300;
  Random random(1);
  Cells whole;
  ThreadPool pool(3);
  MeanBins parts(kGenes, 51);
  for (int block = 0; block < 4; ++block) {
    Cells own;
    for (int c = 0; c < 150; ++c) {
      std::vector<std::pair<uint32_t, uint16_t>> cell;
      for (uint32_t gene = 0; gene < kGenes; ++gene)
        if (random.uniform() < 0.8) cell.push_back({gene, static_cast<uint16_t>(1 + random.below(50))});
      own.add(cell);
      whole.add(cell);
    }
    parts.add(own.offsets, own.genes, own.bins, pool);
  }
  for (const int n_threads : {1, 4}) {
    ThreadPool threads(n_threads);
    MeanBins means(kGenes, 51);
    means.add(whole.offsets, whole.genes, whole.bins, threads);  // above the size that one thread adds alone
    ASSERT_GT(whole.genes.size(), size_t{1} << 16);
    EXPECT_EQ(means.n_values(), parts.n_values());
    EXPECT_EQ(means.mean(), parts.mean());
    EXPECT_EQ(means.median(), parts.median());
    for (uint32_t gene = 0; gene < kGenes; ++gene) {
      EXPECT_EQ(means.gene_mean(gene), parts.gene_mean(gene));
      EXPECT_EQ(means.gene_mean_without(gene, 3), parts.gene_mean_without(gene, 3));
    }
  }
}

}  // namespace
}  // namespace zerocell
