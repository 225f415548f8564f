// Values by hand; the choice of genes is compared with scanpy in tests/preprocess/highly_variable_test.cpp.
#include "zerocell/baselines/hvg.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "preprocess/matrix_stream.h"
#include "zerocell/core/error.h"
#include "zerocell/preprocess/seurat_v3.h"
#include "zerocell/preprocess/stream_adapters.h"

namespace zerocell {
namespace {

/// 30 cells, 12 genes: gene 0 is silent, gene 1 in two cells only, cell 4 has one gene.
std::vector<std::vector<float>> counts() {
  std::vector<std::vector<float>> x(30, std::vector<float>(12));
  for (size_t i = 0; i < 30; ++i)
    for (size_t g = 2; g < 12; ++g) x[i][g] = static_cast<float>(1 + (i * g + i * i) % (g + 1));
  x[7][1] = x[8][1] = 1;
  for (size_t g = 3; g < 12; ++g) x[4][g] = 0;
  return x;
}

HvgOptions options() {
  HvgOptions out;
  out.n_top_genes = 4;
  out.filter = {3, 3};
  return out;
}

TEST(Hvg, KeepsOriginalNumbersAndCountsLosses) {
  ThreadPool pool(2);
  NoProgress progress;
  const HvgResults result = hvg(stream_of(counts(), 7), options(), {}, pool, progress);
  EXPECT_EQ(result.cells.size(), 29u);
  EXPECT_EQ(result.cells[4], 5u);
  EXPECT_EQ(result.values.n_rows, 29u);
  ASSERT_EQ(result.genes.size(), 4u);
  EXPECT_EQ(result.values.n_cols, 4u);

  double row_sum = 0, umis = 0, seen = 0;
  const auto x = counts();
  for (size_t g = 2; g < 12; ++g) row_sum += x[5][g];
  const auto values = result.values.row_values(4);  // cell 5 of the input
  for (size_t k = 0; k < values.size(); ++k)
    EXPECT_FLOAT_EQ(
        values[k],
        static_cast<float>(std::log1p(x[5][result.genes[result.values.row_indices(4)[k]]] / row_sum * 1e4)));
  for (size_t i = 0; i < 30; ++i)
    for (size_t g = 0; g < 12; ++g) umis += x[i][g];
  for (const uint32_t i : result.cells)
    for (const uint32_t g : result.genes) seen += x[i][g];

  ASSERT_EQ(result.losses.size(), 4u);
  EXPECT_EQ(result.losses[0].what, "cells");
  EXPECT_EQ(result.losses[0].lost, 1);
  EXPECT_EQ(result.losses[1].lost, 2);  // genes in too few cells
  EXPECT_EQ(result.losses[2].lost, 6);  // genes not chosen
  EXPECT_EQ(result.losses[3].what, "UMIs");
  EXPECT_EQ(result.losses[3].total, umis);
  EXPECT_EQ(result.losses[3].lost, umis - seen);
}

TEST(Hvg, AllGenesKeepsWhatTheFiltersKeep) {
  ThreadPool pool(1);
  NoProgress progress;
  const HvgResults result = all_genes(stream_of(counts(), 30), options(), pool, progress);
  EXPECT_EQ(result.genes, (std::vector<uint32_t>{2, 3, 4, 5, 6, 7, 8, 9, 10, 11}));
  EXPECT_EQ(result.values.nnz(), 290u);
}

TEST(Hvg, CacheAndBlocksDoNotChangeTheResult) {
  ThreadPool one(1), three(3);
  NoProgress progress;
  HvgOptions without_cache = options();
  without_cache.cache_bytes = 0;
  std::vector<int32_t> batches;
  for (int i = 0; i < 30; ++i) batches.push_back(i % 2);
  const HvgResults a = hvg(stream_of(counts(), 30), options(), {batches, {}}, one, progress);
  const HvgResults b = hvg(stream_of(counts(), 4), without_cache, {batches, {}}, three, progress);
  EXPECT_EQ(a.genes, b.genes);
  EXPECT_EQ(a.values.values, b.values.values);
  EXPECT_EQ(a.values.indptr, b.values.indptr);
}

TEST(Hvg, SeuratV3ChoosesFromTheFilteredRawCounts) {
  ThreadPool pool(2);
  NoProgress progress;
  // 40 genes, of which the first and the last are silent and the one before is a copy of its neighbour.
  std::vector<std::vector<float>> x(60, std::vector<float>(40));
  for (size_t i = 0; i < 60; ++i)
    for (size_t g = 1; g < 39; ++g) {
      const size_t k = std::min<size_t>(g, 37);
      x[i][g] = static_cast<float>((i * i * 7 + i * k * 31 + k) % 101 % (2 + k));
    }
  std::vector<uint32_t> cells(60), genes(38);
  std::iota(cells.begin(), cells.end(), 0u);
  std::iota(genes.begin(), genes.end(), 1u);
  for (const bool batched : {false, true}) {
    std::vector<int32_t> batches;
    for (int i = 0; batched && i < 60; ++i) batches.push_back(i % 2);
    HvgOptions choice = options();
    choice.n_top_genes = 9;
    choice.flavor = HvgFlavor::seurat_v3;
    const HvgResults result = hvg(stream_of(x, 7), choice, {batches, {}}, pool, progress);
    const auto expected = seurat_v3_genes(subset(stream_of(x, 60), cells, genes), {9, false, 0.3},
                                          {batches, {}}, pool, progress);
    const auto indices = expected.indices();
    ASSERT_EQ(result.genes.size(), 9u);
    for (size_t j = 0; j < 9; ++j) EXPECT_EQ(result.genes[j], indices[j] + 1);
    const HvgResults all = all_genes(stream_of(x, 7), choice, pool, progress);
    EXPECT_EQ(result.values.values, collect(subset(stream_of_matrix(all.values), cells, indices)).values);
  }
  HvgOptions tie = options();
  tie.flavor = HvgFlavor::seurat_v3_paper;
  tie.n_top_genes = 37;  // of 38: down to the last gene but one
  for (; tie.n_top_genes > 0; --tie.n_top_genes) {
    const auto tied = hvg(stream_of(x, 7), tie, {}, pool, progress).tied_genes;
    if (tied.empty()) continue;
    EXPECT_EQ(tied, (std::vector<uint32_t>{37, 38}));  // columns of the input
    return;
  }
  FAIL() << "the copy never tied at the cut";
}

TEST(Hvg, NothingLeftIsAnErrorThatSaysSo) {
  ThreadPool pool(1);
  NoProgress progress;
  HvgOptions strict = options();
  strict.filter.min_genes = 12;
  try {
    hvg(stream_of(counts(), 30), strict, {}, pool, progress);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("at least 12 genes"), std::string::npos) << error.what();
  }
  HvgOptions none = options();
  none.n_top_genes = 0;
  EXPECT_THROW(hvg(stream_of(counts(), 30), none, {}, pool, progress), Error);
}

}  // namespace
}  // namespace zerocell
