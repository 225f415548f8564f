#include "zerocell/data/count_check.h"

#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

using testing::HasSubstr;
using Rows = std::vector<std::vector<float>>;

/// Dense rows as a stream of sparse blocks; zeros are not stored.
RowStream stream_of(const Rows& rows, size_t block_rows = 2) {
  const size_t d = rows.empty() ? 3 : rows[0].size();
  return {.n_rows = rows.size(), .n_cols = d, .for_each_block = [=](const auto& consume) {
            for (size_t first = 0; first < rows.size(); first += block_rows) {
              RowBlock block{.first_row = first, .values = {}};
              block.values.n_cols = d;
              for (size_t i = first; i < std::min(rows.size(), first + block_rows); ++i) {
                for (size_t j = 0; j < d; ++j)
                  if (rows[i][j] != 0) {
                    block.values.indices.push_back(static_cast<uint32_t>(j));
                    block.values.values.push_back(rows[i][j]);
                  }
                block.values.indptr.push_back(block.values.indices.size());
                ++block.values.n_rows;
              }
              consume(block);
            }
          }};
}
CountCheck check(const Rows& rows) {
  return check_counts(stream_of(rows));
}

TEST(CountCheck, Counts) {
  const auto c = check({{0, 1, 5}, {2, 0, 0}, {0, 0, 16777216}});
  EXPECT_TRUE(c.is_counts);
  EXPECT_EQ(c.max, 16777216);
  EXPECT_EQ(c.n_values_seen, 4u);
  EXPECT_EQ(c.row_total_min, 2);
  EXPECT_EQ(c.row_total_median, 6);
  EXPECT_EQ(c.verdict,
            "counts: whole numbers from 0 to 16777216, median total per cell 6 (all 3 cells looked at)");
}

TEST(CountCheck, WholeMeansExactly) {
  EXPECT_FALSE(check({{1, 2, 3.0000002f}}).is_counts);
  EXPECT_FALSE(check({{1, 2, 8388607.5f}}).is_counts);  // the largest float with a fraction
  EXPECT_TRUE(check({{1, 2, 8388608.0f}}).is_counts);
  EXPECT_FALSE(check({{1, 2, 1e-30f}}).is_counts);
}

TEST(CountCheck, LogNormalised) {
  Rows rows, log2_rows, few_genes;
  for (int i = 1; i <= 4; ++i) {
    const float x = 10.0f * static_cast<float>(i), y = 100 - x;
    rows.push_back({std::log1p(x), std::log1p(y), 0});
    log2_rows.push_back({std::log2(1 + x), std::log2(1 + y), 0});
    few_genes.push_back({std::log1p(x), 0.5f, 0});
  }
  const auto c = check(rows);
  EXPECT_EQ(c.kind, MatrixKind::log_normalised);
  EXPECT_THAT(c.verdict, HasSubstr("log(1 + x) of values with total 100 in every cell"));
  EXPECT_THAT(check(log2_rows).verdict, HasSubstr("log2(1 + x) of values with total 100"));
  EXPECT_EQ(check(few_genes).kind, MatrixKind::log_normalised);
}

TEST(CountCheck, OtherKinds) {
  EXPECT_EQ(check({{-0.5, 1, 2}, {0.3f, -1, 3}}).kind, MatrixKind::scaled);
  EXPECT_EQ(check({{1, NAN, 2}}).kind, MatrixKind::not_finite);
  EXPECT_EQ(check({{1, -INFINITY, 2}}).kind, MatrixKind::not_finite);
  EXPECT_EQ(check({{0, 0, 0}, {0, 0, 0}}).kind, MatrixKind::empty);
  EXPECT_EQ(check({}).kind, MatrixKind::empty);
  const auto tpm = check({{5e5, 250000.5f, 249999.5f}, {999999.5f, 0.5f, 0}});
  EXPECT_EQ(tpm.kind, MatrixKind::normalised);
  EXPECT_THAT(tpm.verdict, HasSubstr("total 1e+06 (as TPM or CPM)"));
  const auto rsem = check({{5.5f, 100, 3}, {700, 1, 3}});
  EXPECT_EQ(rsem.kind, MatrixKind::fractional);
  EXPECT_EQ(rsem.n_fractional, 1u);
}

TEST(CountCheck, LooksAtTheFirstRowsWhateverTheBlocks) {
  Rows rows(10, {1, 2, 3});
  rows[7][1] = 0.5f;
  for (size_t block_rows : {1, 3, 100}) {
    const auto c = check_counts(stream_of(rows, block_rows), {.max_rows = 7});
    EXPECT_EQ(c.n_rows_seen, 7u);
    EXPECT_TRUE(c.is_counts);
    EXPECT_THAT(c.verdict, HasSubstr("first 7 of 10 cells looked at"));
    EXPECT_EQ(check_counts(stream_of(rows, block_rows), {.max_rows = 100, .max_values = 10}).n_rows_seen, 4u);
    EXPECT_FALSE(check_counts(stream_of(rows, block_rows), {.max_rows = 8}).is_counts);
  }
}

std::string message_of_pass(const Rows& rows, bool accept) {
  try {
    checked_counts(stream_of(rows), "a.h5ad, X", accept).for_each_block([](const RowBlock&) {});
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data);
    return error.what();
  }
  return "no error";
}

TEST(CheckedCounts, NamesCellAndGene) {
  EXPECT_EQ(message_of_pass({{1, 2, 3}, {0, 0, 9}}, false), "no error");
  EXPECT_THAT(message_of_pass({{1, 2, 3}, {0, 0, 0}, {0, 0, 0}, {0, 4.5f, 9}}, false),
              HasSubstr("a.h5ad, X: expected counts, found 4.5 at cell 3, gene 1"));
  EXPECT_EQ(message_of_pass({{1, 2, 3}, {0, 4.5f, 9}}, true), "no error");
  for (const bool accept : {false, true}) {
    EXPECT_THAT(message_of_pass({{1, 2, 3}, {0, -1, 9}}, accept), HasSubstr("found -1 at cell 1, gene 1"));
    EXPECT_THAT(message_of_pass({{1, 2, NAN}}, accept), HasSubstr("nan at cell 0, gene 2"));
    EXPECT_THAT(message_of_pass({{INFINITY, 2, 3}}, accept), HasSubstr("inf at cell 0, gene 0"));
  }
}

TEST(CheckedCounts, PassesBlocksOn) {
  size_t n_rows = 0;
  const auto checked = checked_counts(stream_of(Rows(5, {1, 2, 3})), "x");
  EXPECT_EQ(checked.n_cols, 3u);
  for (int pass = 0; pass < 2; ++pass)
    checked.for_each_block([&](const RowBlock& block) { n_rows += block.values.n_rows; });
  EXPECT_EQ(n_rows, 10u);
}

/// A file of matrices in memory.
class MemoryFile final : public DatasetFile {
 public:
  explicit MemoryFile(std::vector<std::pair<std::string, Rows>> matrices)
      : DatasetFile("a.h5ad"), matrices_(std::move(matrices)) {}
  std::string format() const override { return "h5ad"; }
  size_t n_cells() const override { return 2; }
  size_t n_genes() const override { return 3; }
  std::vector<std::string> obs_column_names() const override { return {}; }
  Column obs_column(const std::string&) const override { return {}; }
  std::vector<std::string> cell_names() const override { return {}; }
  DataFrame obs() const override { return {}; }
  DataFrame var(const std::string&) const override { return {}; }
  std::vector<MatrixInfo> matrices() const override {
    std::vector<MatrixInfo> infos(matrices_.size());
    for (size_t i = 0; i < infos.size(); ++i) infos[i].name = matrices_[i].first;
    return infos;
  }
  std::vector<ObsmInfo> obsm_entries() const override { return {}; }
  EmbeddingTable obsm(const std::string&) const override { return {}; }
  RowStream stream(const std::string& name, ThreadPool&, const StreamOptions&) const override {
    for (const auto& [key, rows] : matrices_)
      if (key == name) return stream_of(rows);
    throw Error::internal("no such matrix");
  }
  std::vector<std::string> notes() const override { return {}; }

 private:
  std::vector<std::pair<std::string, Rows>> matrices_;
};

const Rows kCounts{{1, 0, 2}, {0, 3, 0}}, kScaled{{-1, 0, 2}, {0, 3.5f, 0}},
    kFractions{{1.5f, 0, 200}, {0, 3.5f, 0}};

TEST(ChooseCounts, AutoTakesTheFirstThatHoldsCounts) {
  ThreadPool pool(1);
  const auto chosen = [&](const MemoryFile& file) { return choose_counts(file, "auto", pool).matrix; };
  EXPECT_EQ(chosen(MemoryFile({{"X", kCounts}, {"raw", kCounts}, {"layers/counts", kCounts}})),
            "layers/counts");
  EXPECT_EQ(chosen(MemoryFile({{"X", kCounts}, {"raw", kCounts}, {"layers/counts", kScaled}})), "raw");
  EXPECT_EQ(chosen(MemoryFile({{"X", kCounts}, {"raw", kFractions}, {"layers/other", kCounts}})), "X");
  const auto choice = choose_counts(MemoryFile({{"X", kCounts}, {"raw", kScaled}}), "auto", pool);
  EXPECT_EQ(choice.looked_at.size(), 2u);
  EXPECT_THAT(choice.explanation, HasSubstr("counts are taken from X: counts: whole numbers from 0 to 3"));
}

TEST(ChooseCounts, NamedLayers) {
  ThreadPool pool(1);
  const MemoryFile file({{"X", kScaled}, {"layers/umi", kCounts}, {"layers/tpm", kFractions}});
  EXPECT_EQ(choose_counts(file, "umi", pool).matrix, "layers/umi");
  EXPECT_EQ(choose_counts(file, "layers/umi", pool).matrix, "layers/umi");
  EXPECT_EQ(choose_counts(file, "tpm", pool, true).matrix, "layers/tpm");
  EXPECT_THROW(choose_counts(file, "tpm", pool), Error);
  EXPECT_THROW(choose_counts(file, "X", pool, true), Error);  // negative values are never counts
}

TEST(ChooseCounts, ErrorsSayWhatWasSeen) {
  ThreadPool pool(1);
  const auto message = [&](const MemoryFile& file, const std::string& layer) -> std::string {
    try {
      choose_counts(file, layer, pool);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  const auto none = message(MemoryFile({{"X", kScaled}, {"raw", kFractions}}), "auto");
  EXPECT_THAT(none, HasSubstr("raw: 2 values are not whole"));
  EXPECT_THAT(none, HasSubstr("X: scaled or centred: 1 values are negative"));
  EXPECT_THAT(none, HasSubstr("--layer"));
  EXPECT_THAT(message(MemoryFile({{"layers/a", kCounts}}), "auto"), HasSubstr("none of these matrices"));
  EXPECT_THAT(message(MemoryFile({{"layers/a", kCounts}, {"X", kCounts}}), "b"),
              HasSubstr("expected the matrix 'b', found layers/a, X"));
}

TEST(ChooseCounts, CountsElsewhereAreNamed) {
  ThreadPool pool(1);
  const auto message = [&](const MemoryFile& file, const std::string& layer) -> std::string {
    try {
      choose_counts(file, layer, pool);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  const MemoryFile file(
      {{"X", kScaled}, {"layers/my umi", kCounts}, {"layers/X", kCounts}, {"layers/tpm", kFractions}});
  const auto found = message(file, "auto");
  EXPECT_THAT(found, HasSubstr("choose them with --layer 'my umi'"));
  EXPECT_THAT(found, HasSubstr("choose them with --layer layers/X"));
  EXPECT_THAT(message(file, "tpm"), HasSubstr("--layer 'my umi'"));
  // The advice works.
  EXPECT_EQ(choose_counts(file, "my umi", pool).matrix, "layers/my umi");
  EXPECT_EQ(choose_counts(file, "layers/X", pool).matrix, "layers/X");
  EXPECT_THAT(message(MemoryFile({{"X", kScaled}, {"layers/a", kCounts}}), "X"), HasSubstr("--layer a"));
  EXPECT_THAT(message(MemoryFile({{"X", kCounts}, {"layers/a", kScaled}}), "a"), HasSubstr("--layer X"));
  EXPECT_THAT(message(MemoryFile({{"layers/tpm", kFractions}}), "auto"),
              HasSubstr("Name a matrix with --layer: there are tpm"));
  EXPECT_THAT(message(MemoryFile({}), "auto"), HasSubstr("no expression at all"));
}

std::string message_for_file(const std::string& path) {
  ThreadPool pool(1);
  try {
    choose_counts(*DatasetFile::open(path), "auto", pool);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(ChooseCounts, RealFilesWithoutCounts) {
  const std::string folder = ZEROCELL_SHARED_DIR "/data/not_counts/";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "needs " << folder;
  const auto pbmc = message_for_file(folder + "10x_pbmc68k_reduced_latest.h5ad");
  EXPECT_THAT(pbmc, HasSubstr("raw: fractions up to 6.489 only, as logarithms"));
  EXPECT_THAT(pbmc, HasSubstr("X: scaled or centred"));
  EXPECT_THAT(message_for_file(folder + "xin_wang_lognorm.h5ad"), HasSubstr("X: fractions up to 17.3"));
}

TEST(ChooseCounts, RealFilesOfCounts) {
  const std::string folder = ZEROCELL_SHARED_DIR "/data/sets";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "needs " << folder;
  ThreadPool pool(2);
  size_t n_files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto file = DatasetFile::open(entry.path().string());
    EXPECT_EQ(choose_counts(*file, "auto", pool).matrix, "X") << entry.path();
    size_t n_rows = 0;
    checked_counts(file->stream("X", pool), file->path()).for_each_block([&](const RowBlock& block) {
      n_rows += block.values.n_rows;
    });
    EXPECT_EQ(n_rows, file->n_cells());
    ++n_files;
  }
  EXPECT_EQ(n_files, 4u);
}

}  // namespace
}  // namespace zerocell
