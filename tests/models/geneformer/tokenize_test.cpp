// Sequences worked out by hand; those of the published dictionaries are in tokenize_reference_test.cpp.
#include "zerocell/models/geneformer/tokenize.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <set>

#include "models/vocabularies.h"
#include "zerocell/core/error.h"
#include "zerocell/core/random.h"

namespace zerocell {
namespace {

using test::dictionaries;
using test::gene_id;
using testing::ElementsAre;
using testing::IsEmpty;
using Tokens = std::vector<uint32_t>;

/// Tokens of a cell given as a dense row.
Tokens tokens_of(const GeneformerTokenizer& tokenizer, const std::vector<float>& row,
                 CellCoverage* coverage = nullptr) {
  std::vector<uint32_t> columns;
  std::vector<float> values;
  for (uint32_t g = 0; g < row.size(); ++g) {
    if (row[g] == 0) continue;
    columns.push_back(g);
    values.push_back(row[g]);
  }
  Tokens tokens;
  const CellCoverage seen = tokenizer(columns, values, tokens);
  if (coverage != nullptr) *coverage = seen;
  return tokens;
}

GeneformerTokenizer make(const GeneformerVocabulary& vocabulary, const std::vector<std::string>& genes,
                         const GeneformerTokenizerOptions& options = {}) {
  return GeneformerTokenizer(vocabulary, genes, options);
}

TEST(GeneformerTokenizer, OrdersByCountOverMedian) {
  const auto vocabulary = dictionaries({1, 2, 10}).vocabulary();  // tokens 2, 3, 4
  const auto tokenizer = make(vocabulary, {gene_id(0), "UNKNOWN", gene_id(1), gene_id(2)});
  CellCoverage coverage;
  // 3 / 1, 8 / 2, 20 / 10; the unknown gene counts in the total alone.
  EXPECT_THAT(tokens_of(tokenizer, {3, 100, 8, 20}, &coverage), ElementsAre(3, 2, 4));
  EXPECT_EQ(coverage.counts, 131);
  EXPECT_EQ(coverage.counts_seen, 31);
  EXPECT_EQ(coverage.genes, 4u);
  EXPECT_EQ(coverage.genes_seen, 3u);
  EXPECT_EQ(coverage.genes_cut, 0u);
  EXPECT_THAT(tokens_of(tokenizer, {0, 0, 0, 1}), ElementsAre(4));
}

TEST(GeneformerTokenizer, TiesStandInTheOrderOfTheColumns) {
  const auto vocabulary = dictionaries({1, 1, 2, 1}).vocabulary();
  EXPECT_THAT(tokens_of(make(vocabulary, {"G3", "G2", "G1", "G0"}), {1, 2, 1, 1}), ElementsAre(5, 4, 3, 2));
  EXPECT_THAT(tokens_of(make(vocabulary, {"G0", "G1", "G2", "G3"}), {1, 1, 2, 1}), ElementsAre(2, 3, 4, 5));
}

TEST(GeneformerTokenizer, CutsAtTheLongestSequence) {
  const std::vector<std::string> genes{"G0", "G1", "G2", "G3", "G4"};
  GeneformerTokenizerOptions options;
  options.n_positions = 3;
  const std::vector<double> medians(5, 1.0);
  CellCoverage coverage;
  const auto v1 = dictionaries(medians).vocabulary();
  EXPECT_THAT(tokens_of(make(v1, genes, options), {1, 5, 2, 4, 3}, &coverage), ElementsAre(3, 5, 6));
  EXPECT_EQ(coverage.genes_cut, 2u);
  const auto v2 = dictionaries(medians, true).vocabulary();
  EXPECT_THAT(tokens_of(make(v2, genes, options), {1, 5, 2, 4, 3}, &coverage), ElementsAre(2, 5, 3));
  EXPECT_EQ(coverage.genes_cut, 4u);
  options.n_positions = 7;
  EXPECT_THAT(tokens_of(make(v2, genes, options), {1, 5, 2, 4, 3}), ElementsAre(2, 5, 7, 8, 6, 4, 3));
  options.n_positions = 2;
  EXPECT_THROW(make(v2, genes, options), Error);
  options.n_positions = 0;
  EXPECT_THROW(make(v1, genes, options), Error);
}

TEST(GeneformerTokenizer, CellWithoutKnownGeneHasNoTokenAtAll) {
  const auto vocabulary = dictionaries({1}, true).vocabulary();
  const auto tokenizer = make(vocabulary, {"G0", "UNKNOWN"});
  CellCoverage coverage;
  EXPECT_THAT(tokens_of(tokenizer, {0, 7}, &coverage), IsEmpty());
  EXPECT_EQ(coverage.counts, 7);
  EXPECT_EQ(coverage.genes_seen, 0u);
  EXPECT_THAT(tokens_of(tokenizer, {0, 0}), IsEmpty());
  Tokens tokens;
  tokenizer(std::vector<uint32_t>{0}, std::vector<float>{0.0f}, tokens);  // a stored zero is no count
  EXPECT_THAT(tokens, IsEmpty());
}

TEST(GeneformerTokenizer, ColumnsOfOneGeneAreSummedWhereTheFirstStands) {
  const auto vocabulary = dictionaries({1, 1, 1}).vocabulary();  // tokens 2, 3, 4
  const std::vector<std::string> genes{"G0", gene_id(1), "G2", gene_id(0) + ".3", "G1"};
  const auto tokenizer = make(vocabulary, genes);
  CellCoverage coverage;
  EXPECT_THAT(tokens_of(tokenizer, {2, 1, 4, 3, 0}, &coverage), ElementsAre(2, 4, 3));  // 5, 4, 1
  EXPECT_EQ(coverage.genes_seen, 4u);
  EXPECT_THAT(tokens_of(tokenizer, {0, 0, 2, 2, 2}),
              ElementsAre(2, 3, 4));  // all equal: first columns 0, 1, 2
  EXPECT_EQ(tokenizer.match().n_duplicates, 2u);
  EXPECT_THAT(tokenizer.match().duplicate_examples, ElementsAre(gene_id(0) + ".3", "G1"));
  EXPECT_THAT(tokenizer.warnings(), ElementsAre(testing::HasSubstr("2 columns are of a gene")));
  GeneformerTokenizerOptions options;
  options.duplicates = Duplicates::refuse;
  EXPECT_THROW(make(vocabulary, genes, options), Error);
  EXPECT_NO_THROW(make(vocabulary, {"G0", "G1"}, options));
}

/// A wide cell with ties, extreme values and several columns of a gene, against the definition.
TEST(GeneformerTokenizer, EqualsStableSortingOnRandomCells) {
  Random random(5);
  std::vector<double> medians;
  std::vector<std::string> genes;
  for (size_t g = 0; g < 700; ++g) {
    medians.push_back(random.below(3) == 0 ? 1.0 : 0.1 + 600 * random.uniform());
    genes.push_back("G" + std::to_string(g));
  }
  const auto vocabulary = dictionaries(medians).vocabulary();
  const auto tokenizer = make(vocabulary, genes);
  GeneformerTokenizer::Scratch scratch;
  for (size_t cell = 0; cell < 200; ++cell) {
    std::vector<uint32_t> columns;
    std::vector<float> values;
    float total = 0;
    for (uint32_t g = 0; g < 700; ++g) {
      if (random.below(2) == 0) continue;
      columns.push_back(g);
      values.push_back(static_cast<float>(1 + random.below(cell % 2 ? 3 : 5000)));
      if (cell % 7 == 3 && random.below(50) == 0) values.back() = 0x1p-40f;
      total += values.back();
    }
    if (cell % 7 == 3) continue;  // the plain float32 sum above is exact for whole counts only
    std::vector<std::pair<double, uint32_t>> expected;
    for (size_t i = 0; i < columns.size(); ++i)
      expected.emplace_back(static_cast<double>(values[i] / total * 10000.0f) / medians[columns[i]],
                            columns[i] + 2);
    std::stable_sort(expected.begin(), expected.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    Tokens tokens, wanted;
    tokenizer(columns, values, tokens, scratch);
    for (const auto& [v, token] : expected) wanted.push_back(token);
    ASSERT_EQ(tokens, wanted) << "cell " << cell;
  }
}

TEST(GeneformerTokenizer, ExtremeValuesKeepTheirOrder) {
  const auto vocabulary = dictionaries({1e-300, 1, 1e300, 1}).vocabulary();
  const auto tokenizer = make(vocabulary, {"G0", "G1", "G2", "G3"});
  EXPECT_THAT(tokens_of(tokenizer, {1, 1, 1, 2}), ElementsAre(2, 5, 3, 4));
  const float tiny = std::numeric_limits<float>::denorm_min();
  EXPECT_EQ(tokens_of(tokenizer, {tiny, tiny, tiny, tiny}).size(), 4u);
}

TEST(GeneformerTokenizer, ShufflingGenesKeepsTheRankingAndIsSeeded) {
  std::vector<std::string> genes;
  for (size_t g = 0; g < 40; ++g) genes.push_back("G" + std::to_string(g));
  const auto vocabulary = dictionaries(std::vector<double>(40, 1.0), true).vocabulary();
  std::vector<float> row;
  for (size_t g = 0; g < 40; ++g) row.push_back(static_cast<float>(100 - g));
  const Tokens plain = tokens_of(make(vocabulary, genes), row);
  GeneformerTokenizerOptions options;
  options.shuffle_genes = true;
  options.seed = 1;
  const Tokens shuffled = tokens_of(make(vocabulary, genes, options), row);
  EXPECT_NE(shuffled, plain);
  EXPECT_EQ(shuffled.front(), 2u);
  EXPECT_EQ(shuffled.back(), 3u);
  EXPECT_EQ(std::set<uint32_t>(shuffled.begin(), shuffled.end()),
            std::set<uint32_t>(plain.begin(), plain.end()));
  EXPECT_EQ(tokens_of(make(vocabulary, genes, options), row), shuffled);

  // A data set with other columns: every gene is given the same token.
  std::vector<std::string> fewer(genes.begin() + 10, genes.end());
  const Tokens part = tokens_of(make(vocabulary, fewer, options), {row.begin() + 10, row.end()});
  EXPECT_TRUE(std::equal(part.begin() + 1, part.end(), shuffled.begin() + 11, shuffled.end()));
  options.seed = 2;
  EXPECT_NE(tokens_of(make(vocabulary, genes, options), row), shuffled);
}

}  // namespace
}  // namespace zerocell
