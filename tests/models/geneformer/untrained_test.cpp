#include "zerocell/models/geneformer/untrained.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "zerocell/core/error.h"
#include "zerocell/models/geneformer/network.h"

namespace zerocell {
namespace {

// Cells (2, 0, 1, 1) and (4, 4, 0, 0) of genes a, b, c and a again.
RowStream two_cells() {
  return {2, 4, [](const auto& consume) {
            RowBlock block{0, {2, 4, {0, 3, 5}, {0, 2, 3, 0, 1}, {2, 1, 1, 4, 4}}};
            consume(block);
          }};
}

const std::vector<std::string> kGenes{"a", "b", "c", "a"};

TEST(UntrainedGeneformer, DictionariesByHand) {
  const auto d = geneformer_dictionaries(kGenes, two_cells(), false);
  ASSERT_EQ(d.tokens.entries.size(), 5u);
  EXPECT_EQ(d.tokens.entries[0].first, "<pad>");
  EXPECT_EQ(d.tokens.entries[2].first, "a");
  EXPECT_EQ(std::get<int64_t>(d.tokens.entries[4].second), 4);
  ASSERT_EQ(d.medians.entries.size(), 3u);
  // a: 2 of 4 and 4 of 8 counts: 5,000 both; b: 4 of 8; c: 1 of 4.
  EXPECT_DOUBLE_EQ(std::get<double>(d.medians.entries[0].second), 5000);
  EXPECT_DOUBLE_EQ(std::get<double>(d.medians.entries[1].second), 5000);
  EXPECT_DOUBLE_EQ(std::get<double>(d.medians.entries[2].second), 2500);
  EXPECT_EQ(geneformer_dictionaries(kGenes, two_cells(), true).tokens.entries.size(), 7u);
}

TEST(UntrainedGeneformer, IsReadBackAsAModel) {
  const auto folder = (std::filesystem::temp_directory_path() / "zerocell_untrained").string();
  GeneformerConfig config;
  config.n_layers = 1;
  config.dim = 32;
  config.n_heads = 2;
  config.ffn_dim = 40;
  config.n_positions = 16;
  config.vocab_size = 5;
  write_untrained_geneformer(folder, config, geneformer_dictionaries(kGenes, two_cells(), false), 7);
  const auto read = read_geneformer_config(folder + "/config.json");
  EXPECT_EQ(read.text(), config.text());
  const auto vocabulary = load_geneformer_vocabulary(folder, read.vocab_size);
  EXPECT_EQ(vocabulary.genes.size(), 3u);
  const auto weights = load_geneformer_weights(Checkpoint::open(folder), read, true);
  const auto drawn = Weights::random(geneformer_tensors(config, true), 7);
  EXPECT_EQ(weights.at("word.weight").values[33], drawn.at("word.weight").values[33]);
  const auto other = Weights::random(geneformer_tensors(config, true), 8);
  EXPECT_NE(weights.at("word.weight").values[33], other.at("word.weight").values[33]);
  EXPECT_EQ(weights.at("embedding_norm.weight").values[0], 1);
  std::filesystem::remove_all(folder);
}

TEST(UntrainedGeneformer, DictionariesMustFit) {
  GeneformerConfig config;
  EXPECT_THROW(
      write_untrained_geneformer("unused", config, geneformer_dictionaries(kGenes, two_cells(), false), 0),
      Error);
}

}  // namespace
}  // namespace zerocell
