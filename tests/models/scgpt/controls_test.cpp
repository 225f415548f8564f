#include "zerocell/models/scgpt/controls.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace zerocell {
namespace {

ScgptVocabulary some_vocabulary(size_t n) {
  std::vector<std::string> names;
  for (size_t i = 0; i < n; ++i) names.push_back("G" + std::to_string(i));
  return scgpt_vocabulary_of(names);
}

/// Two cells of `n` genes each with bins 1 .. n.
TokenBlock two_cells(uint32_t n) {
  TokenBlock block;
  for (int c = 0; c < 2; ++c) {
    CellTokens cell;
    cell.tokens.push_back(0);
    cell.values.push_back(51);
    for (uint32_t i = 1; i <= n; ++i) {
      cell.tokens.push_back(i);
      cell.values.push_back(static_cast<uint16_t>(c == 0 ? i : n + 1 - i));
    }
    block.add(cell);
  }
  return block;
}

std::vector<uint64_t> some_keys(size_t n) {
  std::vector<uint64_t> keys;
  for (size_t i = 0; i <= n; ++i) keys.push_back(mix64(i));
  return keys;
}

TokenBlock cell_of(const TokenBlock& block, size_t c) {
  CellTokens cell;
  cell.tokens.assign(block.tokens.begin() + block.offsets[c], block.tokens.begin() + block.offsets[c + 1]);
  cell.values.assign(block.values.begin() + block.offsets[c], block.values.begin() + block.offsets[c + 1]);
  TokenBlock alone;
  alone.add(cell);
  return alone;
}

TEST(ShuffledGenes, IsAPermutationOfGenesAlone) {
  const auto vocabulary = some_vocabulary(200);
  std::vector<uint32_t> all(vocabulary.n_tokens());
  std::iota(all.begin(), all.end(), 0u);
  const auto other = shuffled_genes(all, vocabulary, 3);
  EXPECT_EQ(other[vocabulary.cls], vocabulary.cls);
  EXPECT_EQ(other[vocabulary.pad], vocabulary.pad);
  EXPECT_EQ(other[*vocabulary.eoc], *vocabulary.eoc);
  auto sorted = other;
  std::ranges::sort(sorted);
  EXPECT_EQ(sorted, all);
  size_t n_kept = 0;
  for (uint32_t id = 0; id < 200; ++id) n_kept += other[id] == id;
  EXPECT_LT(n_kept, 10u);
  EXPECT_EQ(shuffled_genes(all, vocabulary, 3), other);
  EXPECT_NE(shuffled_genes(all, vocabulary, 4), other);
  // A gene's new name depends on no other gene of the data set.
  EXPECT_EQ(shuffled_genes(std::vector<uint32_t>{17}, vocabulary, 3).front(), other[17]);
}

TEST(ShuffleValues, DealsOutACellsOwnBins) {
  auto block = two_cells(60);
  const auto before = block;
  const auto keys = some_keys(60);
  shuffle_values(block, keys, 5);
  EXPECT_EQ(block.tokens, before.tokens);
  for (size_t c = 0; c < 2; ++c) {
    EXPECT_EQ(block.values[block.offsets[c]], 51) << "<cls> keeps its value";
    std::vector<uint16_t> a(block.values.begin() + block.offsets[c] + 1,
                            block.values.begin() + block.offsets[c + 1]);
    const std::vector<uint16_t> b(before.values.begin() + block.offsets[c] + 1,
                                  before.values.begin() + block.offsets[c + 1]);
    EXPECT_NE(a, b);
    std::ranges::sort(a);
    for (uint16_t i = 0; i < 60; ++i) EXPECT_EQ(a[i], i + 1);
    auto alone = cell_of(before, c);
    shuffle_values(alone, keys, 5);
    EXPECT_TRUE(std::equal(alone.values.begin(), alone.values.end(), block.values.begin() + block.offsets[c]))
        << "a cell's shuffle is its own";
  }
}

TEST(MaskValues, MasksAShareOfEachCellByItsOwnCounts) {
  const ScgptValues values;
  const auto keys = some_keys(2000);
  auto block = two_cells(2000);
  for (auto& value : block.values)
    if (value != 51) value = static_cast<uint16_t>(1 + value % 50);
  const auto before = block;
  const auto masked = mask_values(block, keys, values, 0.15, 9);
  size_t n = 0;
  for (size_t i = 0; i < block.n_tokens(); ++i) {
    n += masked[i];
    EXPECT_EQ(block.values[i], masked[i] ? values.mask() : before.values[i]);
  }
  EXPECT_NEAR(static_cast<double>(n), 600, 5 * 22.6);  // standard deviation sqrt(4000 0.15 0.85)
  EXPECT_EQ(masked[block.offsets[0]] + masked[block.offsets[1]], 0);
  for (size_t c = 0; c < 2; ++c) {
    auto alone = cell_of(before, c);
    const auto again = mask_values(alone, keys, values, 0.15, 9);
    EXPECT_TRUE(std::equal(again.begin(), again.end(), masked.begin() + block.offsets[c]));
  }
  auto none = before;
  const auto nothing = mask_values(none, keys, values, 0, 9);
  EXPECT_EQ(std::accumulate(nothing.begin(), nothing.end(), 0), 0);
  auto all = before;
  const auto everything = mask_values(all, keys, values, 1, 9);
  EXPECT_EQ(std::accumulate(everything.begin(), everything.end(), 0), 4000);
}

}  // namespace
}  // namespace zerocell
