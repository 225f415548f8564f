// Bins of real cells against the package's own (tests/reference/scgpt_bins.py): route A.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "models/real_cells.h"
#include "support/scgpt_reference.h"

namespace zerocell {
namespace {

const std::string kVocab = ZEROCELL_SHARED_DIR "/data/vocab/";

class ScgptBinsReference : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kVocab + "scgpt_human_vocab.json"))
      GTEST_SKIP() << "no published vocabulary";
  }
};

TEST_P(ScgptBinsReference, AreIdentical) {
  const auto golden =
      nlohmann::json::parse(std::ifstream(ZEROCELL_SOURCE_DIR "/tests/golden/scgpt_bins.json"));
  const auto& set = golden["sets"][GetParam()];
  const auto& expected = set["route_a"];
  const auto cells = read_cells(GetParam(), set["cells"]);
  const auto vocabulary = read_scgpt_vocabulary(kVocab + "scgpt_human_vocab.json");
  const auto names = reference_symbols(cells.genes, kVocab + "hgnc_compact.tsv.gz");
  const auto match = match_genes(names, SymbolDictionary{"scGPT", vocabulary.by_symbol});
  EXPECT_EQ(match.n_matched, expected["n_genes"]);
  const AlignedGenes genes(match);
  const std::map<std::string, BinTies> ties{{"upper", BinTies::upper},
                                            {"lower", BinTies::lower},
                                            {"mid", BinTies::mid},
                                            {"numpy-mt19937", BinTies::numpy_mt19937}};
  for (const auto& [rule, bin_ties] : ties)
    for (const char* kind : {"hashes", "first_1199"}) {
      if (!expected.contains(kind)) continue;
      ScgptTokenizerOptions options;
      options.bin_ties = bin_ties;
      options.long_cells = LongCells::first;
      options.max_tokens = std::string(kind) == "hashes" ? 100000 : 1200;
      const ScgptTokenizer tokenizer(vocabulary, genes, {}, options);
      ScgptTokenizer::Scratch scratch(tokenizer);
      ScgptNumpyDraws draws(golden["seed"]);
      draws.begin({0, cells.counts}, tokenizer);
      CellTokens cell;
      for (size_t i = 0; i < cells.counts.n_rows; ++i) {
        const bool from_numpy = bin_ties == BinTies::numpy_mt19937;
        tokenizer({i, cells.counts.row_indices(i), cells.counts.row_values(i)},
                  from_numpy ? draws.of(i) : std::span<const double>(), cell, scratch);
        if (options.max_tokens > 1200) {
          EXPECT_EQ(cell.tokens.size() - 1, expected["lengths"][i]);
        }
        EXPECT_EQ(hash_of_cell(cell, tokenizer, vocabulary), expected[kind][rule][i])
            << rule << ", " << kind << ", cell " << i;
      }
    }
}

INSTANTIATE_TEST_SUITE_P(Sets, ScgptBinsReference,
                         testing::Values("kang_8684x2511", "pbmc_multistudy_merged", "sc_mixology_merged",
                                         "symphony_pbmc_1200x1767"),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace zerocell
