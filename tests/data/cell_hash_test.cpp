#include "zerocell/data/cell_hash.h"

#include <gtest/gtest.h>

#include <bit>

#include "zerocell/core/hash.h"
#include "zerocell/core/random.h"

namespace zerocell {
namespace {

/// A stream of the dense rows, in blocks of `block` rows; zeros are stored where `keep_zeros`.
RowStream stream_of(std::vector<std::vector<float>> rows, size_t block, bool keep_zeros) {
  RowStream stream;
  stream.n_rows = rows.size();
  stream.n_cols = rows.front().size();
  stream.for_each_block = [rows, block, keep_zeros](const std::function<void(const RowBlock&)>& consume) {
    for (size_t first = 0; first < rows.size(); first += block) {
      RowBlock out;
      out.first_row = first;
      out.values.n_rows = std::min(block, rows.size() - first);
      out.values.n_cols = rows.front().size();
      out.values.indptr.assign(1, 0);
      for (size_t i = 0; i < out.values.n_rows; ++i) {
        for (uint32_t j = 0; j < rows.front().size(); ++j) {
          const float x = rows[first + i][j];
          if (x == 0 && !keep_zeros) continue;
          out.values.indices.push_back(j);
          out.values.values.push_back(x);
        }
        out.values.indptr.push_back(out.values.indices.size());
      }
      consume(out);
    }
  };
  return stream;
}

const std::vector<std::vector<float>> kRows{{1, 0, 2}, {0, 0, 0}, {2, 0, 1}, {1, 0, 2}};
const std::vector<std::string> kGenes{"CD4", "CD8A", "LYZ"};

TEST(CellHashes, AreTheSumOfTheirCounts) {
  ThreadPool pool(2);
  const auto hashes = cell_hashes(stream_of(kRows, 2, false), kGenes, pool);
  const auto term = [](uint64_t word, const char* gene, float count) {
    return mix64(word, text_key(gene), std::bit_cast<uint32_t>(count));
  };
  ASSERT_EQ(hashes.size(), 4u);
  for (uint64_t word : {0, 1}) EXPECT_EQ(hashes[0][word], term(word, "CD4", 1) + term(word, "LYZ", 2));
  EXPECT_EQ(hashes[1], CellHash{}) << "a cell without counts";
  EXPECT_NE(hashes[2], hashes[0]) << "the same counts of other genes";
  EXPECT_EQ(hashes[3], hashes[0]);
}

TEST(CellHashes, DoNotDependOnBlocksZerosOrTheOrderOfGenes) {
  ThreadPool one(1), two(2);
  const auto hashes = cell_hashes(stream_of(kRows, 2, false), kGenes, one);
  EXPECT_EQ(cell_hashes(stream_of(kRows, 3, true), kGenes, two), hashes);
  auto turned = kRows;
  for (auto& row : turned) std::swap(row[0], row[2]);
  EXPECT_EQ(cell_hashes(stream_of(turned, 4, false), {"LYZ", "CD8A", "CD4"}, two), hashes);
  EXPECT_NE(cell_hashes(stream_of(turned, 4, false), kGenes, two), hashes);
}

TEST(CellHashes, AreReadAsTheyAreWritten) {
  const CellHash hash{0x0123456789abcdef, 7};
  EXPECT_EQ(to_text(hash), "hash:0123456789abcdef0000000000000007");
  EXPECT_EQ(parse_cell_hash(to_text(hash)), hash);
  for (const char* other : {"", "hash:", "hash:0123456789abcdef000000000000000", "AAACCTG-1",
                            "hash:0123456789abcdef000000000000000g", "HASH:0123456789abcdef0000000000000007",
                            "hash:0123456789abcdef00000000000000070"})
    EXPECT_FALSE(parse_cell_hash(other)) << other;
}

}  // namespace
}  // namespace zerocell
