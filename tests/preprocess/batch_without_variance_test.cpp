// Reference: scanpy 1.11.5 through tests/reference/batch_without_variance.py
// -> tests/golden/batch_without_variance.json.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "preprocess/gene_mask.h"
#include "preprocess/matrix_stream.h"
#include "zerocell/core/error.h"
#include "zerocell/preprocess/gene_moments.h"
#include "zerocell/preprocess/highly_variable.h"
#include "zerocell/preprocess/normalize.h"
#include "zerocell/preprocess/seurat_v3.h"

namespace zerocell {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using Rows = std::vector<std::vector<float>>;

/// The counts of the script, and its batches: three large ones, one of cell 17, one of cells 30 and 31.
struct Cells {
  Rows counts;
  std::vector<int32_t> batches;
  std::vector<std::string> gene_names, batch_names = {"b0", "b1", "b2", "lone", "twins"};

  BatchGroups groups() const { return {batches, gene_names, batch_names}; }
};

Cells synthetic(float twin_factor) {
  const int64_t n_cells = 120, n_genes = 340;
  Cells out;
  out.counts.assign(n_cells, std::vector<float>(n_genes));
  for (int64_t i = 0; i < n_cells; ++i) {
    const int64_t batch = (i * i + i / 7) % 3;
    out.batches.push_back(static_cast<int32_t>(batch));
    for (int64_t g = 0; g < n_genes; ++g) {
      const int64_t k = g % 160;
      const int64_t h = (i * 7919 + k * 104729 + i * k * 31 + i * i * (k + 3)) % 1009;
      int64_t x = h < 60 + 5 * k ? 1 + h % (1 + k % 7) : 0;
      if (g >= 320 && g < 324) x = 0;
      if (g == 324) x = 400 + h % 50;
      if (g == 325) x = 3000 + h % 900;
      if (g >= 20 && g < 30 && batch == 1) x = 0;
      out.counts[i][g] = static_cast<float>(x);
    }
  }
  for (int64_t g = 0; g < n_genes; ++g) {
    const int64_t id = g * 37 % n_genes;
    out.gene_names.push_back((id < 10 ? "g00" : id < 100 ? "g0" : "g") + std::to_string(id));
    out.counts[31][g] = twin_factor * out.counts[30][g];
  }
  out.batches[17] = 3;
  out.batches[30] = out.batches[31] = 4;
  return out;
}

const auto kBothWarnings =
    ElementsAre(HasSubstr("no gene varies in batch 'lone' (1 cell): it has no vote"),
                HasSubstr("no gene varies in batch 'twins' (2 cells): it has no vote"));

TEST(BatchWithoutVariance, HasNoVoteInAnyFlavor) {
  ThreadPool pool(2);
  NoProgress progress;
  std::ifstream in(ZEROCELL_SOURCE_DIR "/tests/golden/batch_without_variance.json");
  const json reference = json::parse(in);
  const Cells twice = synthetic(2), equal = synthetic(1);
  size_t n_moved = 0;
  for (const json& run : reference["runs"]) {
    SCOPED_TRACE(run["flavor"].dump() + " n " + run["n_top_genes"].dump());
    const std::string flavor = run["flavor"];
    const size_t n_top = run["n_top_genes"];
    const auto expected = unpack_mask(run["mask"], 340);
    if (flavor.starts_with("seurat_v3")) {
      const SeuratV3Options options{n_top, flavor == "seurat_v3_paper", 0.3};
      const auto result =
          seurat_v3_genes(stream_of(equal.counts, 7), options, equal.groups(), pool, progress);
      EXPECT_EQ(n_different(result.highly_variable, expected), 0u);
      EXPECT_THAT(result.warnings, kBothWarnings);
      continue;
    }
    // Twice the counts are the same shares but for the last bit of float32, which must not count.
    HighlyVariableOptions options;
    options.flavor = flavor == "seurat" ? HvgFlavor::seurat : HvgFlavor::cell_ranger;
    options.n_top_genes = n_top;
    const auto logged = normalized(stream_of(twice.counts, 17), {}, pool);
    const auto result = highly_variable_genes(logged, options, twice.groups(), pool, progress);
    EXPECT_EQ(n_different(result.highly_variable, expected), 0u);
    EXPECT_THAT(result.warnings, kBothWarnings);
    n_moved += run.value("n_moved", size_t{0});
  }
  EXPECT_GT(n_moved, 0u) << "the case is one in which such votes would change the choice";
}

TEST(BatchWithoutVariance, NothingElseIsAnError) {
  ThreadPool pool(1);
  NoProgress progress;
  const std::vector<int32_t> batches = {0, 1};
  const BatchGroups groups{batches, {}};
  const auto rows = stream_of({{1, 2, 0}, {3, 1, 1}}, 1);
  EXPECT_THROW(highly_variable_genes(rows, {}, groups, pool, progress), Error);
  EXPECT_THROW(seurat_v3_genes(rows, {2, false, 0.3}, groups, pool, progress), Error);
}

// Two genes have the same values in another order of cells, so that their sums differ in the last digits:
// they tie, and both are chosen though one is asked for. Gene 2 shares their bin of means, so that it has a
// spread.
TEST(HighlyVariable, TheOrderOfCellsDoesNotDecideBetweenGenes) {
  ThreadPool pool(1);
  NoProgress progress;
  Rows rows(60, std::vector<float>(3 + 20, 0));
  const float values[] = {0.1f, 1.7f, 3.3f, 0.9f, 2.3f, 4.1f, 0.3f};
  for (size_t i = 0; i < 60; ++i) {
    rows[i][0] = values[i % 7];
    rows[59 - i][1] = values[i % 7];
    rows[i][2] = 2.735f + 0.01f * static_cast<float>(i % 2);
    for (size_t g = 0; g < 20; ++g) rows[i][3 + g] = (i + g) % 3 == 0 ? 1.0f : 0.0f;
  }
  HighlyVariableOptions options;
  options.n_top_genes = 1;
  const auto result = highly_variable_genes(stream_of(rows, 7), options, {}, pool, progress);
  EXPECT_EQ(result.indices(), (std::vector<uint32_t>{0, 1}));
}

TEST(GeneVariance, RoundingIsNoVariance) {
  GeneMoments moments;
  moments.n_cells = 2;
  // By hand: 1 and 3 have variance 2; two values of 7.1f have none, whatever their sums round to.
  const double x = 7.1f, next = 7.1000004f;
  moments.sum = {4, 2 * x, x + next};
  moments.sum_of_squares = {10, 2 * x * x, x * x + next * next};
  EXPECT_EQ(gene_variance(moments, 0), 2);
  EXPECT_EQ(gene_variance(moments, 1), 0);
  EXPECT_EQ(gene_variance(moments, 2), 0) << "neighbours in float32";
  moments.n_cells = 1;
  EXPECT_EQ(gene_variance(moments, 0), 0) << "one cell has no variance";
}

}  // namespace
}  // namespace zerocell
