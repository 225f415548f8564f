// Filters, stream adapters and normalisation; reference values by hand.
#include <gtest/gtest.h>

#include <cmath>

#include "preprocess/matrix_stream.h"
#include "zerocell/core/error.h"
#include "zerocell/preprocess/filter.h"
#include "zerocell/preprocess/gene_moments.h"
#include "zerocell/preprocess/normalize.h"
#include "zerocell/preprocess/stream_adapters.h"

namespace zerocell {
namespace {

using Rows = std::vector<std::vector<float>>;

const Rows kCounts{{1, 0, 2, 0}, {0, 0, 0, 5}, {3, 1, 1, 0}, {0, 2, 1, 0}};

TEST(Filter, CellsFirstThenGenesOverTheKeptCells) {
  NoProgress progress;
  const auto result = filter_cells_and_genes(stream_of(kCounts, 3), {2, 2}, progress);
  EXPECT_EQ(result.n_genes, (std::vector<uint32_t>{2, 1, 3, 2}));
  EXPECT_EQ(result.cells, (std::vector<uint32_t>{0, 2, 3}));
  EXPECT_EQ(result.n_cells, (std::vector<uint32_t>{2, 2, 3, 0}));  // gene 3 is only in the dropped cell
  EXPECT_EQ(result.genes, (std::vector<uint32_t>{0, 1, 2}));
  EXPECT_EQ(result.total_counts, (std::vector<double>{3, 5, 5, 3}));
  EXPECT_EQ(result.gene_counts, (std::vector<double>{4, 3, 4, 0}));
}

TEST(Filter, NothingKeptIsAnAnswer) {
  NoProgress progress;
  const auto result = filter_cells_and_genes(stream_of(kCounts, 3), {10, 10}, progress);
  EXPECT_TRUE(result.cells.empty());
  EXPECT_TRUE(result.genes.empty());
  EXPECT_EQ(result.n_genes.size(), 4u);
}

TEST(Filter, StoredZerosAndNegativesDoNotCountAsExpressed) {
  NoProgress progress;
  RowStream stream{1, 3, [](const std::function<void(const RowBlock&)>& consume) {
                     consume({0, CsrMatrix{1, 3, {0, 3}, {0, 1, 2}, {0.0f, -1.0f, 2.0f}}});
                   }};
  EXPECT_EQ(filter_cells_and_genes(stream, {1, 1}, progress).n_genes[0], 1u);
}

TEST(Subset, RowsAndColumnsAreRenumbered) {
  for (const size_t rows_per_block : {1, 2, 3, 9}) {
    const CsrMatrix out = collect(subset(stream_of(kCounts, rows_per_block), {0, 2, 3}, {0, 2}));
    EXPECT_EQ(out.n_rows, 3u);
    EXPECT_EQ(out.n_cols, 2u);
    EXPECT_EQ(out.indptr, (std::vector<uint64_t>{0, 2, 4, 5}));
    EXPECT_EQ(out.indices, (std::vector<uint32_t>{0, 1, 0, 1, 1}));
    EXPECT_EQ(out.values, (std::vector<float>{1, 2, 3, 1, 1}));
  }
}

TEST(Subset, ListsThatDoNotFitAreRefused) {
  EXPECT_THROW(subset(stream_of(kCounts, 2), {2, 1}, {0}), Error);
  EXPECT_THROW(subset(stream_of(kCounts, 2), {0}, {0, 0}), Error);
  EXPECT_THROW(subset(stream_of(kCounts, 2), {4}, {0}), Error);
}

RowStream counting(RowStream source, int& passes) {
  RowStream out{source.n_rows, source.n_cols, {}};
  out.for_each_block = [source, &passes](const std::function<void(const RowBlock&)>& consume) {
    ++passes;
    source.for_each_block(consume);
  };
  return out;
}

TEST(Cached, DecodesOnceWhereItFits) {
  int passes = 0;
  const RowStream stream = cached(counting(stream_of(kCounts, 2), passes), 1 << 20);
  const CsrMatrix first = collect(stream), second = collect(stream);
  EXPECT_EQ(passes, 1);
  EXPECT_EQ(first.values, second.values);
  EXPECT_EQ(second.n_rows, 4u);
}

TEST(Cached, TooLargeIsReadAgain) {
  int passes = 0;
  const RowStream stream = cached(counting(stream_of(kCounts, 2), passes), 100);
  const CsrMatrix first = collect(stream), second = collect(stream);
  EXPECT_EQ(passes, 2);
  EXPECT_EQ(first.values, second.values);
}

TEST(Cached, APassCutShortIsNotKept) {
  int passes = 0;
  const RowStream stream = cached(counting(stream_of(kCounts, 2), passes), 1 << 20);
  EXPECT_THROW(stream.for_each_block([](const RowBlock&) { throw Error::internal("stop"); }), Error);
  EXPECT_EQ(collect(stream).indptr.size(), 5u);
  EXPECT_EQ(collect(stream).indptr.size(), 5u);
  EXPECT_EQ(passes, 2);
}

TEST(Collect, StoredZerosAreDropped) {
  RowStream stream{1, 3, [](const std::function<void(const RowBlock&)>& consume) {
                     consume({0, CsrMatrix{1, 3, {0, 3}, {0, 1, 2}, {0.0f, 1.0f, 2.0f}}});
                   }};
  EXPECT_EQ(collect(stream).indices, (std::vector<uint32_t>{1, 2}));
}

TEST(Normalize, EachCellToTheTargetThenLog) {
  ThreadPool pool(2);
  const CsrMatrix plain = collect(normalized(stream_of(kCounts, 2), {30.0, false}, pool));
  EXPECT_EQ(plain.values, (std::vector<float>{10, 20, 30, 18, 6, 6, 20, 10}));
  const CsrMatrix logged = collect(normalized(stream_of(kCounts, 2), {30.0, true}, pool));
  for (size_t k = 0; k < logged.nnz(); ++k)
    EXPECT_EQ(logged.values[k], static_cast<float>(std::log1p(static_cast<double>(plain.values[k]))));
}

TEST(Normalize, MedianTargetIsTheMiddleOfAllTotals) {
  ThreadPool pool(1);
  // totals 3, 5, 5, 3: median 4
  const CsrMatrix out = collect(normalized(stream_of(kCounts, 2), {std::nullopt, false}, pool));
  EXPECT_FLOAT_EQ(out.values[0], 4.0f / 3);
  EXPECT_FLOAT_EQ(out.values[2], 4.0f);
}

TEST(Normalize, EmptyCellStaysEmpty) {
  ThreadPool pool(1);
  const CsrMatrix out = collect(normalized(stream_of({{0, 0}, {1, 1}}, 2), {}, pool));
  EXPECT_EQ(out.indptr, (std::vector<uint64_t>{0, 0, 2}));
  EXPECT_FLOAT_EQ(out.values[0], std::log1p(5000.0f));
}

TEST(GeneMoments, GroupsAndCellsWithoutGroup) {
  ThreadPool pool(2);
  NoProgress progress;
  const std::vector<int32_t> groups{0, 1, 0, -1};
  const auto moments = gene_moments(stream_of(kCounts, 3), groups, {false, 2}, pool, progress);
  EXPECT_EQ(moments[0].n_cells, 2u);
  EXPECT_EQ(moments[0].sum, (std::vector<double>{4, 1, 3, 0}));
  EXPECT_EQ(moments[0].sum_of_squares, (std::vector<double>{10, 1, 5, 0}));
  EXPECT_EQ(moments[1].n_expressed, (std::vector<uint32_t>{0, 0, 0, 1}));
}

}  // namespace
}  // namespace zerocell
