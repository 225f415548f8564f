#include "zerocell/models/geneformer/vocabulary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>

#include "models/vocabularies.h"
#include "zerocell/core/error.h"

namespace zerocell {
namespace {

namespace fs = std::filesystem;
using test::dictionaries;
using test::gene_id;
using test::TestDictionaries;
using testing::HasSubstr;

TEST(GeneformerVocabulary, GenesByToken) {
  TestDictionaries d = dictionaries({1.5, 2.5, 3.5}, true);
  std::reverse(d.tokens.entries.begin(), d.tokens.entries.end());
  const GeneformerVocabulary v = d.vocabulary();
  ASSERT_EQ(v.genes.size(), 3u);
  EXPECT_EQ(v.n_tokens, 7u);
  EXPECT_EQ(v.cls, 2u);
  EXPECT_EQ(v.eos, 3u);
  EXPECT_TRUE(v.has_special_tokens());
  EXPECT_EQ(v.genes[1].ensembl, gene_id(1));
  EXPECT_EQ(v.genes[1].token, 5u);
  EXPECT_EQ(v.genes[1].median, 2.5);
  EXPECT_EQ(v.by_ensembl.at(gene_id(2)), 2u);
  EXPECT_EQ(v.name_to_ensembl.at("G0"), gene_id(0));
  EXPECT_FALSE(dictionaries({1}).vocabulary().has_special_tokens());
  EXPECT_TRUE(make_geneformer_vocabulary(d.tokens, d.medians, nullptr, nullptr, 7).name_to_ensembl.empty());
}

TEST(GeneformerVocabulary, RefusesWhatDoesNotFit) {
  const auto message = [](const std::function<void(TestDictionaries&)>& damage) -> std::string {
    TestDictionaries d = dictionaries({1, 2, 3}, true);
    damage(d);
    try {
      d.vocabulary();
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_EQ(message([](auto&) {}), "no error");
  EXPECT_THAT(message([](auto& d) { d.tokens.entries[5].second = int64_t{4}; }),
              HasSubstr("one key a token"));
  EXPECT_THAT(message([](auto& d) { d.tokens.entries[5].second = int64_t{7}; }), HasSubstr("without gaps"));
  EXPECT_THAT(message([](auto& d) { d.tokens.entries[5].second = int64_t{-1}; }), HasSubstr("without gaps"));
  EXPECT_THAT(message([](auto& d) { d.tokens.entries[5].second = 4.5; }), HasSubstr("whole numbers"));
  EXPECT_THAT(message([](auto& d) { std::swap(d.tokens.entries[0].second, d.tokens.entries[1].second); }),
              HasSubstr("<pad> as token 0"));
  EXPECT_THAT(message([](auto& d) { d.tokens.entries[3].first = "<bos>"; }), HasSubstr("<bos>"));
  EXPECT_THAT(message([](auto& d) {
                d.tokens.entries[3].first = gene_id(8);
                d.medians.entries.emplace_back(gene_id(8), 1.0);
              }),
              HasSubstr("<cls> alone"));
  EXPECT_THAT(message([](auto& d) { d.medians.entries.pop_back(); }), HasSubstr("none for " + gene_id(2)));
  EXPECT_THAT(message([](auto& d) { d.medians.entries.emplace_back(gene_id(9), 1.0); }),
              HasSubstr("4 genes"));
  for (const double bad : {0.0, -1.0, std::nan(""), HUGE_VAL})
    EXPECT_THAT(message([&](auto& d) { d.medians.entries[0].second = bad; }), HasSubstr("positive, finite"));
  EXPECT_THAT(message([](auto& d) { d.medians.entries[0].second = std::string("1"); }), HasSubstr("a text"));
  EXPECT_THAT(message([](auto& d) { d.names.entries[0].second = 1.0; }), HasSubstr("Ensembl ids as values"));
  EXPECT_THAT(message([](auto& d) { d.tokens.entries.clear(); }), HasSubstr("0 tokens"));
  const TestDictionaries d = dictionaries({1, 2, 3});
  EXPECT_THROW(make_geneformer_vocabulary(d.tokens, d.medians, nullptr, nullptr, 6), Error);
}

/// Folders with dictionaries as JSON files.
class VocabularyFiles : public testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::path(testing::TempDir()) /
            ("vocabulary_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(root_);
    fs::create_directories(root_ / "model");
  }
  void TearDown() override { fs::remove_all(root_); }

  void write(const std::string& folder, const std::string& ending, size_t n_genes, bool with_medians = true) {
    fs::create_directories(root_ / folder);
    std::ofstream tokens(root_ / folder / ("token_dictionary" + ending + ".json"));
    std::ofstream names(root_ / folder / ("gene_name_id_dict" + ending + ".json"));
    tokens << R"({"<pad>": 0, "<mask>": 1)";
    names << "{";
    for (size_t i = 0; i < n_genes; ++i) {
      tokens << ",\"" << gene_id(i) << "\": " << i + 2;
      names << (i ? "," : "") << "\"G" << i << "\": \"" << gene_id(i) << '"';
    }
    tokens << "}";
    names << "}";
    if (!with_medians) return;
    std::ofstream medians(root_ / folder / ("gene_median_dictionary" + ending + ".json"));
    for (size_t i = 0; i < n_genes; ++i) medians << (i ? "," : "{") << '"' << gene_id(i) << "\": 1.5";
    medians << "}";
  }

  GeneformerVocabulary load(size_t vocab_size) {
    return load_geneformer_vocabulary((root_ / "model").string(), vocab_size);
  }
  std::string message(size_t vocab_size) {
    try {
      load(vocab_size);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }

  fs::path root_;
};

TEST_F(VocabularyFiles, BesideTheWeights) {
  write("model", "", 3);
  const GeneformerVocabulary v = load(5);
  EXPECT_EQ(v.genes.size(), 3u);
  EXPECT_EQ(v.name_to_ensembl.size(), 3u);
  EXPECT_EQ(v.files.size(), 3u);
  fs::remove(root_ / "model" / "gene_name_id_dict.json");
  EXPECT_TRUE(load(5).name_to_ensembl.empty());
}

TEST_F(VocabularyFiles, LayoutOfThePublishedRepository) {
  write("geneformer", "_gc104M", 4);
  write("geneformer/gene_dictionaries_30m", "_gc30M", 3);
  EXPECT_EQ(load(6).genes.size(), 4u);
  EXPECT_EQ(load(5).genes.size(), 3u);
  EXPECT_THAT(message(99),
              testing::AllOf(HasSubstr("_gc104M.json with 6 tokens"), HasSubstr("_gc30M.json with 5")));
  // Where the folder of the model has a dictionary, that one is meant.
  write("model", "", 7);
  EXPECT_THAT(message(6), HasSubstr("with 9 tokens"));
}

TEST_F(VocabularyFiles, SaysWhatIsMissingOrTwofold) {
  EXPECT_THAT(message(5), HasSubstr("token_dictionary"));
  write("model", "_a", 3, false);
  EXPECT_THAT(message(5), HasSubstr("gene_median_dictionary"));
  write("model", "_a", 3);
  write("model", "_b", 3);
  EXPECT_THAT(message(5), HasSubstr("one token dictionary with 5 tokens"));
  EXPECT_THROW(load_geneformer_vocabulary((root_ / "nowhere").string(), 5), Error);
}

}  // namespace
}  // namespace zerocell
