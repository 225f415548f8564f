#include "zerocell/models/scgpt/tokenize.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

/// A vocabulary, columns of a data set named by it, and a tokeniser.
struct Fixture {
  explicit Fixture(std::vector<std::string> columns, ScgptTokenizerOptions options = {},
                   ScgptGeneChoice choice = {})
      : vocabulary(scgpt_vocabulary_of(names())),
        match(match_genes(columns, SymbolDictionary{"scGPT", vocabulary.by_symbol})),
        genes(match),
        tokenizer(vocabulary, genes, choice, options),
        scratch(tokenizer) {}

  /// G0 .. G99, with ids 0 .. 99.
  static std::vector<std::string> names() {
    std::vector<std::string> out;
    for (int i = 0; i < 100; ++i) out.push_back("G" + std::to_string(i));
    return out;
  }

  CellTokens operator()(const std::vector<float>& counts, std::span<const double> draws = {}) {
    std::vector<uint32_t> columns;
    std::vector<float> values;
    for (uint32_t i = 0; i < counts.size(); ++i)
      if (counts[i] != 0) {
        columns.push_back(i);
        values.push_back(counts[i]);
      }
    CellTokens cell;
    coverage = tokenizer({0, columns, values}, draws, cell, scratch);
    return cell;
  }

  /// Bin by gene name.
  std::map<std::string, int> bins(const std::vector<float>& counts) {
    const auto cell = (*this)(counts);
    std::map<std::string, int> out;
    for (size_t i = 1; i < cell.tokens.size(); ++i)
      out[vocabulary.names[tokenizer.vocabulary_ids()[cell.tokens[i]]]] = cell.values[i];
    return out;
  }

  ScgptVocabulary vocabulary;
  GeneMatch match;
  AlignedGenes genes;
  ScgptTokenizer tokenizer;
  ScgptTokenizer::Scratch scratch;
  CellCoverage coverage;
};

ScgptTokenizerOptions with_ties(BinTies ties) {
  ScgptTokenizerOptions options;
  options.bin_ties = ties;
  return options;
}

std::vector<std::string> some_columns(size_t n) {
  auto names = Fixture::names();
  names.resize(n);
  return names;
}

TEST(ScgptTokenizer, ByHand) {
  Fixture fixture({"G7", "other", "G3", "G5"}, with_ties(BinTies::upper));
  const auto cell = fixture({4, 100, 1, 1});
  // <cls>, then G3, G5, G7 in the order of the vocabulary: tokens 1, 2, 3.
  EXPECT_EQ(cell.tokens, (std::vector<uint32_t>{0, 1, 2, 3}));
  const auto& ids = fixture.tokenizer.vocabulary_ids();
  EXPECT_EQ(ids, (std::vector<uint32_t>{fixture.vocabulary.cls, 3, 5, 7}));
  EXPECT_EQ(fixture.tokenizer.columns()[3], 0u);
  EXPECT_EQ(fixture.tokenizer.columns()[1], 2u);
  // Half of the 50 edges are 1; only the last is 4.
  EXPECT_EQ(cell.values, (std::vector<uint16_t>{51, 25, 25, 50}));
  EXPECT_EQ(fixture.coverage.genes, 4u);
  EXPECT_EQ(fixture.coverage.genes_seen, 3u);
  EXPECT_EQ(fixture.coverage.counts, 106);
  EXPECT_EQ(fixture.coverage.counts_seen, 6);
  EXPECT_EQ(fixture.coverage.genes_cut, 0u);
}

TEST(ScgptTokenizer, TiesAndTheValueOfClsAreOptions) {
  ScgptTokenizerOptions options = with_ties(BinTies::lower);
  options.cls_value_is_zero = true;
  EXPECT_EQ(Fixture(some_columns(3), options)({1, 1, 4}).values, (std::vector<uint16_t>{0, 1, 1, 50}));
  EXPECT_EQ(Fixture(some_columns(3), with_ties(BinTies::mid))({1, 1, 4}).values,
            (std::vector<uint16_t>{51, 13, 13, 50}));
}

TEST(ScgptTokenizer, CellsWithoutAGeneHaveNoToken) {
  Fixture fixture({"G1", "x", "G2"});
  EXPECT_TRUE(fixture({0, 5, 0}).tokens.empty());
  EXPECT_EQ(fixture.coverage.genes_seen, 0u);
  EXPECT_EQ(fixture.coverage.counts, 5);
  EXPECT_TRUE(fixture({0, 0, 0}).tokens.empty());
  EXPECT_EQ(fixture({2, 0, 0}).tokens.size(), 2u);
}

TEST(ScgptTokenizer, ColumnsOfOneGeneAreSummed) {
  Fixture repeated({"G5", "G1", "G5", "G9"}), summed({"G1", "G5", "G9"});
  EXPECT_EQ(repeated.bins({2, 1, 3, 7}), summed.bins({1, 5, 7}));
  EXPECT_EQ(repeated.bins({0, 1, 5, 7}), summed.bins({1, 5, 7}));
}

TEST(ScgptTokenizer, KeyedDrawsBelongToTheCellsOwnCounts) {
  const std::vector<float> counts(40, 1);
  Fixture fixture(some_columns(40));
  const auto bins = fixture.bins(counts);
  std::set<int> distinct;
  for (const auto& [gene, bin] : bins) distinct.insert(bin);
  EXPECT_GT(distinct.size(), 15u) << "equal counts are spread over the bins";

  // Other columns, another order, genes that nobody knows: the same bins.
  std::vector<std::string> columns{"a", "b"};
  auto names = some_columns(60);
  std::ranges::reverse(names);
  columns.insert(columns.end(), names.begin(), names.end());
  std::vector<float> other(columns.size(), 0);
  for (size_t i = 0; i < columns.size(); ++i) other[i] = bins.contains(columns[i]) ? 1 : 0;
  other[0] = 12;
  Fixture reordered(columns);
  EXPECT_EQ(reordered.bins(other), bins);
  const auto a = fixture(counts), b = reordered(other);
  EXPECT_EQ(a.values, b.values) << "and in the same order";

  // Another count or seed: other draws.
  auto changed = counts;
  changed[3] = 2;
  EXPECT_NE(fixture.bins(changed), bins);
  ScgptTokenizerOptions options;
  options.seed = 1;
  EXPECT_NE(Fixture(some_columns(40), options).bins(counts), bins);
}

TEST(ScgptTokenizer, KeyedDrawsAreUniform) {
  // Many cells of equal counts but for one gene that makes each another cell.
  Fixture fixture(some_columns(51));
  std::vector<int> seen(51, 0);
  for (int cell = 0; cell < 400; ++cell) {
    std::vector<float> counts(51, 1);
    counts[50] = static_cast<float>(cell + 2);
    for (const auto& [gene, bin] : fixture.bins(counts))
      if (gene != "G50") ++seen[static_cast<size_t>(bin)];
  }
  // 20,000 draws over 49 bins: 408 each, standard deviation 20.
  for (size_t bin = 1; bin < 50; ++bin) EXPECT_NEAR(seen[bin], 408, 100) << bin;
}

TEST(ScgptTokenizer, LongCellsAreSampledByTheirOwnCounts) {
  ScgptTokenizerOptions options = with_ties(BinTies::upper);
  options.max_tokens = 11;
  std::vector<float> counts(100);
  std::iota(counts.begin(), counts.end(), 1.0f);
  Fixture fixture(some_columns(100), options);
  const auto bins = fixture.bins(counts);
  EXPECT_EQ(bins.size(), 10u);
  EXPECT_EQ(fixture.coverage.genes_cut, 90u);
  EXPECT_EQ(fixture.coverage.genes_seen, 100u);
  auto names = some_columns(100);
  std::ranges::reverse(names);
  auto reversed = counts;
  std::ranges::reverse(reversed);
  EXPECT_EQ(Fixture(names, options).bins(reversed), bins) << "whatever the order of the columns";

  // Bins are those of all genes: the sample is taken afterwards.
  const auto all = Fixture(some_columns(100), with_ties(BinTies::upper)).bins(counts);
  for (const auto& [gene, bin] : bins) EXPECT_EQ(all.at(gene), bin);

  // Every gene has the same chance: 4,000 draws of 100 genes, 40 each, standard deviation 6.
  std::vector<int> seen(100, 0);
  for (int cell = 0; cell < 400; ++cell) {
    counts[0] = static_cast<float>(1000 + cell);
    for (const auto& [gene, bin] : fixture.bins(counts)) ++seen[std::stoul(gene.substr(1))];
  }
  for (size_t g = 1; g < 100; ++g) EXPECT_NEAR(seen[g], 40, 30) << g;

  options.long_cells = LongCells::first;
  const auto first = Fixture(some_columns(100), options).bins(counts);
  EXPECT_EQ(first.size(), 10u);
  for (int g = 0; g < 10; ++g) EXPECT_TRUE(first.contains("G" + std::to_string(g)));
}

TEST(ScgptTokenizer, ChosenGenesAloneAreBinnedAndSeen) {
  ScgptGeneChoice choice;
  choice.chosen = {1, 0, 1, 1};
  choice.counted = {1, 1, 1, 1};
  Fixture fixture(some_columns(4), with_ties(BinTies::upper), choice);
  const auto bins = fixture.bins({1, 50, 2, 3});
  EXPECT_EQ(bins, Fixture({"G0", "G2", "G3"}, with_ties(BinTies::upper)).bins({1, 2, 3}));
  EXPECT_EQ(fixture.coverage.genes_seen, 3u);
  EXPECT_EQ(fixture.coverage.counts_seen, 6);
  EXPECT_TRUE(fixture({0, 9, 0, 0}).tokens.empty());
}

TEST(ScgptTokenizer, NormalisationLeavesTheBinsOfCounts) {
  ScgptTokenizerOptions options;
  const std::vector<float> counts{1, 1, 2, 3, 3, 9, 1, 1, 4, 2};
  const auto plain = Fixture(some_columns(10), options).bins(counts);
  options.normalize_total = 1e4;
  options.log1p = true;
  EXPECT_EQ(Fixture(some_columns(10), options).bins(counts), plain);
}

TEST(ScgptTokenizer, NumpyDrawsAreConsumedInTheOrderOfTheColumns) {
  // One edge value, two genes: draws decide. Columns in reverse order of the vocabulary.
  Fixture fixture({"G2", "G1"}, with_ties(BinTies::numpy_mt19937));
  const std::vector<double> draws{0.0, 0.99};
  const auto cell = fixture({1, 1}, draws);
  EXPECT_EQ(cell.values, (std::vector<uint16_t>{51, 1, 50})) << "G1 has the second draw, G2 the first";

  RowBlock block{5, {}};
  block.values.n_rows = 3;
  block.values.n_cols = 2;
  block.values.indptr = {0, 2, 2, 3};
  block.values.indices = {0, 1, 1};
  block.values.values = {1, 1, 4};
  ScgptNumpyDraws numpy(7);
  numpy.begin(block, fixture.tokenizer);
  NumpyMt19937 expected(7);
  EXPECT_EQ(numpy.of(5).size(), 2u);
  EXPECT_EQ(numpy.of(6).size(), 0u);
  EXPECT_EQ(numpy.of(5)[0], expected.uniform());
  EXPECT_EQ(numpy.of(5)[1], expected.uniform());
  EXPECT_EQ(numpy.of(7)[0], expected.uniform());
  EXPECT_THROW(fixture({1, 1}), Error) << "draws that are not there";
}

TEST(ScgptTokenizer, NeedsRoomForAGene) {
  ScgptTokenizerOptions options;
  options.max_tokens = 1;
  EXPECT_THROW(Fixture(some_columns(3), options), Error);
}

}  // namespace
}  // namespace zerocell
