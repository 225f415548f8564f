// Tokens of real cells against the reference (tests/reference/geneformer_tokens.py).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "models/real_cells.h"
#include "zerocell/core/random.h"
#include "zerocell/models/geneformer/tokenize.h"

namespace zerocell {
namespace {

const std::string kVocab = ZEROCELL_SHARED_DIR "/data/vocab/geneformer_";

/// FNV-1a, 64 bits, over the tokens as little-endian bytes.
std::string fnv1a(std::span<const uint32_t> tokens) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const uint32_t token : tokens)
    for (int shift = 0; shift < 32; shift += 8) hash = (hash ^ ((token >> shift) & 0xff)) * 0x100000001b3;
  return fmt::format("{:016x}", hash);
}

GeneformerVocabulary published_vocabulary() {
  const Dictionary names = read_dictionary(kVocab + "gene_name_id_dict.pkl");
  return make_geneformer_vocabulary(read_dictionary(kVocab + "token_dictionary.pkl"),
                                    read_dictionary(kVocab + "gene_median_dictionary.pkl"), &names, nullptr,
                                    25426);
}

/// In V2's layout, as make_checkpoint.py of the reference writes it: the first 20,271 genes by id.
GeneformerVocabulary v2_vocabulary() {
  const Dictionary names = read_dictionary(kVocab + "gene_name_id_dict.pkl");
  Dictionary medians = read_dictionary(kVocab + "gene_median_dictionary.pkl");
  std::sort(medians.entries.begin(), medians.entries.end());
  medians.entries.resize(20271);
  Dictionary tokens{"V2", {}}, mapping{"V2", {}};
  for (const char* special : {"<pad>", "<mask>", "<cls>", "<eos>"})
    tokens.entries.emplace_back(special, static_cast<int64_t>(tokens.entries.size()));
  for (const auto& [gene, median] : medians.entries) {
    tokens.entries.emplace_back(gene, static_cast<int64_t>(tokens.entries.size()));
    mapping.entries.emplace_back(gene, gene);
  }
  return make_geneformer_vocabulary(tokens, medians, &names, &mapping, 20275);
}

TokenBlock tokenize(const GeneformerTokenizer& tokenizer, const CsrMatrix& counts) {
  TokenBlock block;
  GeneformerTokenizer::Scratch scratch;
  for (size_t i = 0; i < counts.n_rows; ++i) {
    tokenizer(counts.row_indices(i), counts.row_values(i), block.tokens, scratch);
    block.offsets.push_back(static_cast<uint32_t>(block.tokens.size()));
  }
  return block;
}

std::span<const uint32_t> cell(const TokenBlock& block, size_t i) {
  return std::span(block.tokens).subspan(block.offsets[i], block.offsets[i + 1] - block.offsets[i]);
}

class PublishedDictionaries : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kVocab + "token_dictionary.pkl"))
      GTEST_SKIP() << "no published dictionaries";
  }
};

class TokenReference : public PublishedDictionaries, public testing::WithParamInterface<std::string> {};

TEST_P(TokenReference, TokensAreIdentical) {
  std::ifstream file(ZEROCELL_SOURCE_DIR "/tests/golden/geneformer_tokens.json");
  const auto golden = nlohmann::json::parse(file);
  for (const char* series : {"V1", "V2"}) {
    const auto& expected = golden.at(GetParam() + "." + series);
    const size_t n = expected["lengths"].size();
    const RealCells cells = read_cells(GetParam(), n);
    ASSERT_EQ(cells.counts.n_rows, n);
    GeneformerTokenizerOptions options;
    options.n_positions = series[1] == '1' ? 2048 : 4096;
    const GeneformerTokenizer tokenizer(series[1] == '1' ? published_vocabulary() : v2_vocabulary(),
                                        cells.genes, options);
    const TokenBlock block = tokenize(tokenizer, cells.counts);
    for (size_t i = 0; i < n; ++i) {
      const auto tokens = cell(block, i);
      ASSERT_EQ(tokens.size(), expected["lengths"][i].get<size_t>()) << series << ", cell " << i;
      const auto first = tokens.first(std::min<size_t>(10, tokens.size()));
      EXPECT_EQ(std::vector<uint32_t>(first.begin(), first.end()),
                expected["first"][i].get<std::vector<uint32_t>>());
      EXPECT_EQ(fnv1a(tokens), expected["hashes"][i].get<std::string>()) << series << ", cell " << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Sets, TokenReference,
                         testing::Values("kang_8684x2511", "pbmc_multistudy_merged", "sc_mixology_merged",
                                         "symphony_pbmc_1200x1767"),
                         [](const auto& test) { return test.param; });

/// Cells in another order, blocks cut elsewhere, and a silent gene more: no token changes.
TEST_F(PublishedDictionaries, DependOnTheCellAlone) {
  const std::string name = "symphony_pbmc_1200x1767";
  const RealCells cells = read_cells(name, 300);
  const GeneformerVocabulary vocabulary = published_vocabulary();
  const GeneformerTokenizer tokenizer(vocabulary, cells.genes, {});
  const TokenBlock block = tokenize(tokenizer, cells.counts);
  EXPECT_EQ(tokenize(tokenizer, read_cells(name, 300, 4096).counts).tokens, block.tokens);

  Random random(3);
  for (const uint32_t i : permutation(300, random)) {
    std::vector<uint32_t> tokens;
    tokenizer(cells.counts.row_indices(i), cells.counts.row_values(i), tokens);
    EXPECT_TRUE(std::ranges::equal(tokens, cell(block, i))) << i;
  }

  std::vector<std::string> more = cells.genes;
  for (const auto& gene : vocabulary.genes)
    if (more.size() < cells.genes.size() + 3) more.push_back(gene.ensembl);
  EXPECT_EQ(tokenize(GeneformerTokenizer(vocabulary, more, {}), cells.counts).tokens, block.tokens);
}

}  // namespace
}  // namespace zerocell
