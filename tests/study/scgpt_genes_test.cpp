#include "zerocell/study/scgpt_genes.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "support/scgpt_reference.h"
#include "zerocell/core/error.h"

namespace zerocell {
namespace {

const std::string kVocab = ZEROCELL_SHARED_DIR "/data/vocab/";

/// The package's Preprocessor on whole sets (tests/reference/scgpt_bins.py): route B.
class ScgptRouteB : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kVocab + "scgpt_human_vocab.json"))
      GTEST_SKIP() << "no published vocabulary";
  }
};

TEST_P(ScgptRouteB, GenesAndBinsAreThoseOfThePackage) {
  const auto golden =
      nlohmann::json::parse(std::ifstream(ZEROCELL_SOURCE_DIR "/tests/golden/scgpt_bins.json"));
  const auto& set = golden["sets"][GetParam()];
  const auto& expected = set["route_b"];
  ThreadPool pool(2);
  NoProgress progress;
  DataSource data(ZEROCELL_SHARED_DIR "/data/sets/" + GetParam() + ".h5ad", {}, pool);
  data.counts();
  const auto vocabulary = read_scgpt_vocabulary(kVocab + "scgpt_human_vocab.json");
  const auto names = reference_symbols(data.genes(), kVocab + "hgnc_compact.tsv.gz");
  const AlignedGenes genes(match_genes(names, SymbolDictionary{"scGPT", vocabulary.by_symbol}));
  for (const char* ties : {"upper", "lower", "mid", "numpy-mt19937"}) {
    const auto spec = parse_embedding_spec(fmt::format("scgpt=x:route=B,bin_ties={}", ties));
    const EmbeddingJob job{spec, data, pool, progress, 7, 1 << 30, "cpu", "", ""};
    const auto settings = parse_scgpt_settings(spec, 7);
    const auto chosen = choose_scgpt_genes(job, settings, genes);
    EXPECT_EQ(chosen.n_chosen, expected["n_genes"]);
    const ScgptTokenizer tokenizer(vocabulary, genes, chosen.choice, settings.tokens);
    std::set<std::string> symbols;
    for (const uint32_t id : tokenizer.vocabulary_ids())
      if (id != vocabulary.cls) symbols.insert(vocabulary.names[id]);
    EXPECT_EQ(hash_of_genes(symbols), expected["genes"]);

    ScgptTokenizer::Scratch scratch(tokenizer);
    ScgptNumpyDraws draws(golden["seed"]);
    CellTokens cell;
    const size_t n = expected["lengths"].size();
    data.counts().for_each_block([&](const RowBlock& rows) {
      if (rows.first_row >= n) return;
      draws.begin(rows, tokenizer);
      for (size_t i = 0; i < rows.values.n_rows && rows.first_row + i < n; ++i) {
        const size_t row = rows.first_row + i;
        const bool from_numpy = settings.tokens.bin_ties == BinTies::numpy_mt19937;
        tokenizer({row, rows.values.row_indices(i), rows.values.row_values(i)},
                  from_numpy ? draws.of(row) : std::span<const double>(), cell, scratch);
        ASSERT_EQ(cell.tokens.empty() ? 0 : cell.tokens.size() - 1, expected["lengths"][row]);
        ASSERT_EQ(hash_of_cell(cell, tokenizer, vocabulary), expected["hashes"][ties][row])
            << ties << ", cell " << row;
      }
    });
  }
}

INSTANTIATE_TEST_SUITE_P(Sets, ScgptRouteB,
                         testing::Values("kang_8684x2511", "pbmc_multistudy_merged", "sc_mixology_merged",
                                         "symphony_pbmc_1200x1767"),
                         [](const auto& test) { return test.param; });

TEST(ScgptSettings, RoutesDecideWhatIsNotGiven) {
  const auto a = parse_scgpt_settings(parse_embedding_spec("scgpt=x"), 3);
  EXPECT_EQ(a.n_top_genes, 0u);
  EXPECT_EQ(a.filter_gene_by_counts, 0u);
  EXPECT_FALSE(a.tokens.normalize_total);
  EXPECT_FALSE(a.tokens.log1p);
  EXPECT_FALSE(a.tokens.cls_value_is_zero);
  EXPECT_EQ(a.tokens.seed, 3u);
  const auto b = parse_scgpt_settings(parse_embedding_spec("scgpt=x:route=B"), 3);
  EXPECT_EQ(b.n_top_genes, 1200u);
  EXPECT_EQ(b.filter_gene_by_counts, 3u);
  EXPECT_EQ(b.tokens.normalize_total, 1e4);
  EXPECT_TRUE(b.tokens.log1p);
  EXPECT_TRUE(b.tokens.cls_value_is_zero);
  const auto mixed = parse_scgpt_settings(
      parse_embedding_spec("scgpt=x:route=B,n_top_genes=0,filter_gene_by_counts=0,normalize_total=0,"
                           "log1p=false,cls_value=pad_value,bin_ties=mid,long_cells=first"),
      0);
  EXPECT_EQ(mixed.n_top_genes, 0u);
  EXPECT_EQ(mixed.filter_gene_by_counts, 0u);
  EXPECT_FALSE(mixed.tokens.normalize_total);
  EXPECT_FALSE(mixed.tokens.log1p);
  EXPECT_FALSE(mixed.tokens.cls_value_is_zero);
  EXPECT_EQ(mixed.tokens.bin_ties, BinTies::mid);
  EXPECT_EQ(mixed.tokens.long_cells, LongCells::first);
  EXPECT_NE(a.tokens_text(), b.tokens_text());
}

TEST(ScgptSettings, WrongValuesAreNamedWithThoseThatExist) {
  const auto message = [](const std::string& spec) {
    try {
      parse_scgpt_settings(parse_embedding_spec(spec), 0);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::usage);
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  EXPECT_NE(message("scgpt=x:route=C").find("A or B"), std::string::npos);
  EXPECT_NE(message("scgpt=x:bin_ties=low").find("keyed, upper, lower, mid or numpy-mt19937"),
            std::string::npos);
  EXPECT_NE(message("scgpt=x:mask=1.5").find("from 0 to 1"), std::string::npos);
  EXPECT_NE(message("scgpt=x:mask=abc").find("mask"), std::string::npos);
  EXPECT_NE(message("scgpt=x:normalize_total=-1").find("normalize_total"), std::string::npos);
  EXPECT_NE(message("scgpt=x:cls_value=1").find("0 or pad_value"), std::string::npos);
  EXPECT_NE(message("scgpt=x:flavor=v3").find("seurat_v3"), std::string::npos);
  EXPECT_NE(message("scgpt=x:init=package").find("weights=random"), std::string::npos);
  EXPECT_EQ(message("scgpt=x:weights=random,init=package"), "accepted");
  EXPECT_NE(message("scgpt=x:log1p=yes").find("true or false"), std::string::npos);
}

}  // namespace
}  // namespace zerocell
