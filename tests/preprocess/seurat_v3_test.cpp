// Reference: scanpy 1.11.5 through tests/reference/seurat_v3.py -> tests/golden/seurat_v3.json.
#include "zerocell/preprocess/seurat_v3.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "preprocess/gene_mask.h"
#include "preprocess/matrix_stream.h"
#include "zerocell/core/error.h"
#include "zerocell/data/dataset_file.h"
#include "zerocell/preprocess/gene_moments.h"
#include "zerocell/preprocess/stream_adapters.h"

namespace zerocell {
namespace {

using nlohmann::json;
using Rows = std::vector<std::vector<float>>;

json golden() {
  std::ifstream in(ZEROCELL_SOURCE_DIR "/tests/golden/seurat_v3.json");
  return json::parse(in);
}

SeuratV3Results run_on(const Rows& rows, size_t n_top, const std::vector<int32_t>& batches = {}) {
  ThreadPool pool(2);
  NoProgress progress;
  return seurat_v3_genes(stream_of(rows, 7), {n_top, false, 0.3}, {batches, {}}, pool, progress);
}

/// Genes that at least min_counts counts are of.
std::vector<uint32_t> genes_with(const RowStream& counts, double min_counts, ThreadPool& pool) {
  NoProgress progress;
  const auto moments = gene_moments(counts, {}, {}, pool, progress)[0];
  std::vector<uint32_t> genes;
  for (size_t g = 0; g < moments.sum.size(); ++g)
    if (moments.sum[g] >= min_counts) genes.push_back(static_cast<uint32_t>(g));
  return genes;
}

void expect_reference(const RowStream& counts, const std::vector<int32_t>& batches, const json& reference) {
  ThreadPool pool(2);
  NoProgress progress;
  SCOPED_TRACE(reference["flavor"].dump() + " min_counts " + reference["min_counts"].dump() + " batch " +
               reference["batch"].dump() + " n " + reference["n_top_genes"].dump());
  std::vector<uint32_t> cells(counts.n_rows);
  std::iota(cells.begin(), cells.end(), 0u);
  const RowStream kept = subset(counts, cells, genes_with(counts, reference["min_counts"], pool));
  const size_t n_genes = kept.n_cols;
  ASSERT_EQ(n_genes, reference["kept_genes"].get<size_t>());
  const SeuratV3Options options{reference["n_top_genes"], reference["flavor"] == "seurat_v3_paper", 0.3};
  const BatchGroups groups = reference["batch"] ? BatchGroups{batches, {}} : BatchGroups{};
  if (reference.contains("error")) {
    EXPECT_THROW(seurat_v3_genes(kept, options, groups, pool, progress), Error);
    return;
  }
  const SeuratV3Results result = seurat_v3_genes(kept, options, groups, pool, progress);
  EXPECT_EQ(result.indices().size(), reference["chosen"].get<size_t>());
  EXPECT_EQ(n_different(result.highly_variable, unpack_mask(reference["mask"], n_genes)), 0u);
  // Where the order of equal genes changes scanpy's list, the result names such genes.
  if (reference["unchanged"].get<size_t>() > 0) {
    EXPECT_FALSE(result.tied_at_cut.empty());
  }
  for (size_t i = 0; i < reference["at"].size(); ++i) {
    const size_t g = reference["at"][i];
    const double z = reference["variances_norm"][i];
    // The curves agree to 4e-13 in log10; 1e-10 leaves room for a processor's logarithms and powers.
    EXPECT_NEAR(result.variances_norm[g], z, 1e-10 * std::max(1.0, std::abs(z)));
    if (reference["rank"][i].is_null())
      EXPECT_TRUE(std::isnan(result.highly_variable_rank[g]));
    else
      EXPECT_EQ(result.highly_variable_rank[g], reference["rank"][i].get<double>());
  }
}

TEST(SeuratV3, ByHandWithAClippedValue) {
  // n = 10 cells, two genes of every mean a = 1 ... 20. Even genes: 0 or 2a, biased variance a^2. Odd genes:
  // 10 a in one cell, 9 a^2. The curve runs halfway between in logarithms: s^2 = 3 a^2 (10 / 9) = a^2 / 0.3.
  // 10 a is clipped to c = a + s sqrt(10). Even: (10 / 9) / s^2 = 1/3. Odd: (10 + c^2 - 2 c) / (9 s^2) with a
  // = 1, that is 1 / s^2 + 10 / 9.
  Rows rows(10, std::vector<float>(40));
  for (size_t g = 0; g < 40; ++g) {
    const float a = static_cast<float>(1 + g / 2);
    for (size_t i = 0; i < 10; ++i) rows[i][g] = g % 2 == 0 ? 2 * a * (i % 2) : i == g % 7 ? 10 * a : 0;
  }
  const auto result = run_on(rows, 20);
  for (size_t g = 0; g < 40; ++g) {
    EXPECT_NEAR(result.variances_norm[g], g % 2 ? 0.3 + 10.0 / 9 : 1.0 / 3,
                1e-10);  // of the curve's logarithms
    EXPECT_EQ(result.highly_variable[g], g % 2);
    EXPECT_DOUBLE_EQ(result.means[g], 1.0 + static_cast<double>(g / 2));
    EXPECT_EQ(result.highly_variable_nbatches[g], g % 2);
    EXPECT_EQ(std::isnan(result.highly_variable_rank[g]), g % 2 == 0);
  }
  EXPECT_DOUBLE_EQ(result.variances[0], 10.0 / 9);
  EXPECT_TRUE(result.tied_at_cut.empty());
}

/// The integer counts of seurat_v3.py: repeated, silent and constant genes, genes that one batch lacks.
Rows synthetic(std::vector<int32_t>& batches) {
  Rows counts(120, std::vector<float>(340));
  for (int64_t i = 0; i < 120; ++i) {
    const int64_t batch = (i * i + i / 7) % 3;
    batches.push_back(static_cast<int32_t>(batch));
    for (int64_t g = 0; g < 340; ++g) {
      const int64_t k = g % 160;
      const int64_t h = (i * 7919 + k * 104729 + i * k * 31 + i * i * (k + 3)) % 1009;
      int64_t x = h < 60 + 5 * k ? 1 + h % (1 + k % 7) : 0;
      if (g >= 320 && g < 324) x = 0;
      if (g == 324) x = 400 + h % 50;
      if (g == 325) x = 3000 + h % 900;
      if (g >= 20 && g < 30 && batch == 1) x = 0;
      if (g == 326) x = 7;
      counts[i][g] = static_cast<float>(x);
    }
  }
  return counts;
}

TEST(SeuratV3, TiedSilentAndConstantGenesAsScanpyWithAStableSort) {
  std::vector<int32_t> batches;
  const Rows counts = synthetic(batches);
  const json file = golden();
  for (const json& reference : file["synthetic"]) expect_reference(stream_of(counts, 17), batches, reference);
}

TEST(SeuratV3, GenesTiedAtTheCutAreNamed) {
  std::vector<int32_t> batches;
  const Rows counts = synthetic(batches);
  const auto odd = run_on(counts, 11);
  ASSERT_EQ(odd.tied_at_cut.size(), 2u);  // a gene and its copy
  const uint32_t gene = odd.tied_at_cut[0], copy = odd.tied_at_cut[1];
  EXPECT_EQ(copy, gene + 160);
  EXPECT_EQ(odd.variances_norm[gene], odd.variances_norm[copy]);
  EXPECT_TRUE(odd.highly_variable[gene]);  // the first column of the two
  EXPECT_FALSE(odd.highly_variable[copy]);
  EXPECT_TRUE(run_on(counts, 12).tied_at_cut.empty());
  EXPECT_TRUE(run_on(counts, 340).tied_at_cut.empty());  // no cut
}

TEST(SeuratV3, SameBitsForAnyBlocksThreadsAndOrderOfCells) {
  std::vector<int32_t> batches;
  Rows counts = synthetic(batches);
  NoProgress progress;
  ThreadPool one(1), four(4);
  const auto a = seurat_v3_genes(stream_of(counts, 120), {}, {batches, {}}, one, progress);
  std::ranges::reverse(counts);
  std::ranges::reverse(batches);
  const auto b = seurat_v3_genes(stream_of(counts, 7), {}, {batches, {}}, four, progress);
  EXPECT_EQ(a.variances_norm, b.variances_norm);
  EXPECT_EQ(a.means, b.means);
  EXPECT_EQ(a.variances, b.variances);
  EXPECT_EQ(a.highly_variable, b.highly_variable);
}

class SeuratV3OnSets : public testing::TestWithParam<size_t> {};

TEST_P(SeuratV3OnSets, SameGenesAsScanpy) {
  const json reference = golden()["sets"][GetParam()];
  const std::string path = ZEROCELL_SHARED_DIR "/data/sets/" + reference["name"].get<std::string>() + ".h5ad";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "test data not found: " << path;
  ThreadPool pool(2);
  const auto file = DatasetFile::open(path);
  const RowStream counts = cached(file->stream("X", pool), size_t{1} << 30);
  const Categorical batch = file->obs_column("batch").as_categorical();
  for (const json& run : reference["runs"]) expect_reference(counts, batch.codes, run);
}

INSTANTIATE_TEST_SUITE_P(Sets, SeuratV3OnSets, testing::Range(size_t{0}, size_t{4}));

TEST(SeuratV3, CellsWithoutBatchAndBatchesWithoutCellsAreLeftOut) {
  std::vector<int32_t> batches;
  const Rows counts = synthetic(batches);
  Rows kept;
  std::vector<int32_t> kept_batches;
  std::vector<int32_t> marked = batches;
  for (size_t i = 0; i < counts.size(); ++i) {
    if (batches[i] == 1) {
      marked[i] = -1;
    } else {
      kept.push_back(counts[i]);
      kept_batches.push_back(batches[i]);
    }
  }
  const auto a = run_on(counts, 50, marked), b = run_on(kept, 50, kept_batches);
  EXPECT_EQ(a.variances_norm, b.variances_norm);
  EXPECT_EQ(a.means, b.means);
  EXPECT_EQ(a.highly_variable, b.highly_variable);
  // One batch is the same as none.
  EXPECT_EQ(run_on(kept, 50).variances_norm,
            run_on(kept, 50, std::vector<int32_t>(kept.size(), 0)).variances_norm);
}

std::string message_of(const Rows& rows, const std::vector<int32_t>& batches = {}) {
  try {
    run_on(rows, 5, batches);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data);
    return error.what();
  }
  return "";
}

TEST(SeuratV3, WhatDeterminesNoCurveIsAnError) {
  EXPECT_NE(message_of({}).find("0 cells"), std::string::npos);
  EXPECT_NE(message_of({{1, 2, 3}}).find("one cell"), std::string::npos);
  EXPECT_NE(message_of({{0, 0}, {0, 0}}).find("0 genes that vary"), std::string::npos);
  EXPECT_NE(message_of(Rows(5, std::vector<float>(30, 3))).find("0 genes that vary"), std::string::npos);
  // A batch of one cell among others has no vote (batch_without_variance_test.cpp); alone it is an error.
  EXPECT_NE(message_of({{1, 2, 3}}, {0}).find("a batch in which genes vary"), std::string::npos);
  // Every gene in one cell each: one mean, one variance.
  Rows diagonal(30, std::vector<float>(30));
  for (size_t i = 0; i < 30; ++i) diagonal[i][i] = 1;
  EXPECT_NE(message_of(diagonal).find("too few distinct positions"), std::string::npos);
}

TEST(SeuratV3, OneGeneOrThirteenAreTooFewAndFourteenAreEnough) {
  std::vector<int32_t> batches;
  const Rows counts = synthetic(batches);
  const auto first_genes = [&](size_t n) {
    Rows rows;
    for (const auto& row : counts) rows.emplace_back(row.begin() + 100, row.begin() + 100 + n);
    return rows;
  };
  EXPECT_NE(message_of(first_genes(1)).find("1 points"), std::string::npos);
  EXPECT_NE(message_of(first_genes(13)).find("13 points"), std::string::npos);
  EXPECT_EQ(run_on(first_genes(14), 5).indices().size(), 5u);
}

TEST(SeuratV3, ValuesThatAreNoCountsAreErrorsOrWarnings) {
  std::vector<int32_t> batches;
  Rows counts = synthetic(batches);
  for (const float value : {NAN, INFINITY, -1.0f}) {
    Rows bad = counts;
    bad[33][4] = value;
    EXPECT_NE(message_of(bad).find("row 33, column 4"), std::string::npos);
  }
  Rows huge = counts;
  huge[1][2] = 1e30f;
  EXPECT_NE(message_of(huge).find("huge values in column 2"), std::string::npos);

  struct Warnings final : Progress {
    int n = 0;
    void stage(std::string_view, uint64_t) override {}
    void advance(uint64_t) override {}
    void warn(std::string_view) override { ++n; }
  } progress;
  ThreadPool pool(1);
  seurat_v3_genes(stream_of(counts, 10), {}, {}, pool, progress);
  EXPECT_EQ(progress.n, 0);
  counts[5][200] += 0.5f;
  seurat_v3_genes(stream_of(counts, 10), {}, {}, pool, progress);
  EXPECT_EQ(progress.n, 1);
}

TEST(SeuratV3, BatchesHaveTheirNameInErrors) {
  std::vector<int32_t> batches(120, 0);
  batches[3] = batches[4] = 1;
  std::vector<int32_t> ignored;
  Rows counts = synthetic(ignored);
  counts[4] = counts[3];  // one gene varies in the second batch, which makes no curve
  counts[4][0] += 5;
  const std::vector<std::string> names{"plate", "lone"};
  ThreadPool pool(1);
  NoProgress progress;
  try {
    seurat_v3_genes(stream_of(counts, 10), {}, {batches, {}, names}, pool, progress);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("batch 'lone'"), std::string::npos);
  }
}

}  // namespace
}  // namespace zerocell
