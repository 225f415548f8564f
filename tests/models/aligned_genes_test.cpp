#include "zerocell/models/aligned_genes.h"

#include <gtest/gtest.h>

namespace zerocell {
namespace {

GeneMatch match_of(const std::vector<int32_t>& genes) {
  GeneMatch match;
  match.gene = genes;
  match.n_columns = genes.size();
  return match;
}

constexpr int32_t kNone = GeneMatch::kUnknown;

TEST(AlignedGenes, SumsColumnsOfOneGeneInTheOrderOfTheFirst) {
  const AlignedGenes genes(match_of({7, kNone, 3, 7, 5}));
  EXPECT_EQ(genes.size(), 3u);
  EXPECT_EQ(genes.entries(), (std::vector<uint32_t>{7, 3, 5}));
  EXPECT_EQ(genes.columns(), (std::vector<uint32_t>{0, 2, 4}));
  std::vector<AlignedGenes::Count> out;
  CellCoverage coverage;
  genes({0, std::vector<uint32_t>{1, 2, 3, 4}, std::vector<float>{9, 2, 4, 0}}, out, coverage);
  ASSERT_EQ(out.size(), 2u);
  EXPECT_EQ(out[0].gene, 0u);
  EXPECT_EQ(out[0].count, 4);
  EXPECT_EQ(out[1].gene, 1u);
  EXPECT_EQ(out[1].count, 2);
  EXPECT_EQ(coverage.counts, 15);
  EXPECT_EQ(coverage.counts_seen, 6);
  EXPECT_EQ(coverage.genes, 3u);
  EXPECT_EQ(coverage.genes_seen, 2u);
  out.clear();
  genes({0, std::vector<uint32_t>{0, 3}, std::vector<float>{1, 4}}, out, coverage);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].count, 5);
}

TEST(AlignedGenes, StreamsWhatItSeesInEachCell) {
  RowStream counts{3, 4, [](const std::function<void(const RowBlock&)>& consume) {
                     RowBlock block{0, {}};
                     block.values = {2, 4, {0, 2, 4}, {0, 3, 1, 2}, {1, 2, 5, 6}};
                     consume(block);
                     block.first_row = 2;
                     block.values = {1, 4, {0, 1}, {1}, {8}};
                     consume(block);
                   }};
  const AlignedGenes genes(match_of({4, kNone, 1, 4}));
  const auto stream = genes.stream(counts);
  EXPECT_EQ(stream.n_rows, 3u);
  EXPECT_EQ(stream.n_cols, 2u);
  std::vector<std::vector<float>> rows;
  stream.for_each_block([&](const RowBlock& block) {
    EXPECT_EQ(block.first_row, rows.size());
    for (size_t i = 0; i < block.values.n_rows; ++i) {
      auto& row = rows.emplace_back(2, 0.0f);
      for (size_t k = 0; k < block.values.row_indices(i).size(); ++k)
        row[block.values.row_indices(i)[k]] = block.values.row_values(i)[k];
    }
  });
  EXPECT_EQ(rows, (std::vector<std::vector<float>>{{3, 0}, {0, 6}, {0, 0}}));
}

}  // namespace
}  // namespace zerocell
