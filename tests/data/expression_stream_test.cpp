#include "zerocell/data/expression_stream.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/h5ad_fixture.h"
#include "data/temporary_folder.h"
#include "zerocell/core/error.h"
#include "zerocell/data/dataset_file.h"

namespace zerocell {
namespace {

class ExpressionStream : public testing::Test {
 protected:
  /// 3 cells x 4 genes: [0 5 0 1], [0 0 0 0], [2 0 3 0] unless parts say otherwise.
  CsrMatrix read(const std::string& format, const SparseParts& parts,
                 const std::vector<int64_t>& shape = {3, 4}, const StreamOptions& options = {}) {
    const std::string path = folder_.file("x.h5ad");
    {
      hdf5::File file = create_h5ad(path, 3, 4);
      write_sparse(file.root(), format, shape, parts);
    }
    return gather_rows(DatasetFile::open(path)->stream("X", pool_, options));
  }

  template <class T>
  CsrMatrix read_dense(const std::vector<T>& values, const hdf5::CreateOptions& options) {
    const std::string path = folder_.file("dense.h5ad");
    {
      hdf5::File file = create_h5ad(path, 3, 4);
      const uint64_t shape[] = {3, 4};
      file.root().write_array<T>("X", std::span<const T>(values), shape, options);
    }
    return gather_rows(DatasetFile::open(path)->stream("X", pool_));
  }

  std::string error_of(const std::string& format, const SparseParts& parts,
                       const std::vector<int64_t>& shape = {3, 4}) {
    try {
      read(format, parts, shape);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::data);
      return error.what();
    }
    return "no error";
  }

  void expect_matrix(const CsrMatrix& x) {
    EXPECT_EQ(x.n_rows, 3u);
    EXPECT_EQ(x.n_cols, 4u);
    EXPECT_EQ(x.indptr, (std::vector<uint64_t>{0, 2, 2, 4}));
    EXPECT_EQ(x.indices, (std::vector<uint32_t>{1, 3, 0, 2}));
    EXPECT_EQ(x.values, (std::vector<float>{5, 1, 2, 3}));
  }

  const SparseParts csr_{{0, 2, 2, 4}, {1, 3, 0, 2}, {5, 1, 2, 3}};
  const SparseParts csc_{{0, 1, 2, 3, 4}, {2, 0, 2, 0}, {2, 5, 3, 1}};
  TemporaryFolder folder_;
  ThreadPool pool_{2};
};

TEST_F(ExpressionStream, ReadsCsrCscAndDense) {
  expect_matrix(read("csr_matrix", csr_));
  expect_matrix(read("csc_matrix", csc_));
  const std::vector<float> dense{0, 5, 0, 1, 0, 0, 0, 0, 2, 0, 3, 0};
  expect_matrix(
      read_dense<float>(dense, {.chunk = {2, 3}, .gzip_level = 4, .shuffle = true, .max_shape = {}}));
  expect_matrix(read_dense<float>(dense, {.chunk = {}, .gzip_level = 0, .shuffle = false, .max_shape = {}}));
}

TEST_F(ExpressionStream, BlocksOfOneRowAndLittleMemoryGiveTheSame) {
  expect_matrix(read("csr_matrix", csr_, {3, 4}, {1, 1}));
  expect_matrix(read("csc_matrix", csc_, {3, 4}, {1, 1}));
}

TEST_F(ExpressionStream, ConvertsEveryNumberType) {
  const hdf5::CreateOptions plain{.chunk = {}, .gzip_level = 0, .shuffle = false, .max_shape = {}};
  const hdf5::CreateOptions packed{.chunk = {2, 4}, .gzip_level = 1, .shuffle = true, .max_shape = {}};
  const auto check = [&]<class T>(T) {
    const std::vector<T> dense{0, 5, 0, 1, 0, 0, 0, 0, 2, 0, 3, 0};
    expect_matrix(read_dense<T>(dense, plain));
    expect_matrix(read_dense<T>(dense, packed));
  };
  check(int8_t{}), check(int16_t{}), check(int32_t{}), check(int64_t{});
  check(uint8_t{}), check(uint16_t{}), check(uint32_t{}), check(uint64_t{});
  check(float{}), check(double{});
}

TEST_F(ExpressionStream, LargeAndSpecialValuesConvertAsACast) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const CsrMatrix x = read_dense<double>({16777217.0, 1e300, -0.0, nan, 0.1, 0, 0, 0, 0, 0, 0, 0},
                                         {.chunk = {}, .gzip_level = 0, .shuffle = false, .max_shape = {}});
  ASSERT_EQ(x.nnz(), 4u);
  EXPECT_EQ(x.values[0], 16777216.0f);
  EXPECT_TRUE(std::isinf(x.values[1]));
  EXPECT_TRUE(std::isnan(x.values[2]));
  EXPECT_EQ(x.values[3], 0.1f);
}

TEST_F(ExpressionStream, UnsortedRowsAreSorted) {
  expect_matrix(read("csr_matrix", {{0, 2, 2, 4}, {3, 1, 2, 0}, {1, 5, 3, 2}}));
  expect_matrix(read("csc_matrix", csc_));
}

// scipy 1.15.3: csr_matrix((data, indices, indptr)).toarray() of the same arrays; anndata 0.12 reads them so.
TEST_F(ExpressionStream, DuplicatesAreAddedUp) {
  for (const StreamOptions& options : {StreamOptions{}, StreamOptions{1, 1}}) {
    const CsrMatrix csr = read("csr_matrix", {{0, 2, 2, 4}, {1, 1, 0, 2}, {5, 1, 2, 3}}, {3, 4}, options);
    EXPECT_EQ(csr.indptr, (std::vector<uint64_t>{0, 1, 1, 3}));
    EXPECT_EQ(csr.indices, (std::vector<uint32_t>{1, 0, 2}));
    EXPECT_EQ(csr.values, (std::vector<float>{6, 2, 3}));
    const CsrMatrix csc = read("csc_matrix", {{0, 2, 2, 3, 4}, {2, 2, 2, 0}, {2, 5, 3, 1}}, {3, 4}, options);
    EXPECT_EQ(csc.indptr, (std::vector<uint64_t>{0, 1, 1, 3}));
    EXPECT_EQ(csc.indices, (std::vector<uint32_t>{3, 0, 2}));
    EXPECT_EQ(csc.values, (std::vector<float>{1, 7, 3}));
  }
}

TEST_F(ExpressionStream, ARowMayHaveMoreEntriesThanColumns) {
  const CsrMatrix x = read("csr_matrix", {{0, 6, 6, 6}, {3, 1, 3, 1, 3, 0}, {1, 2, 4, 8, 16, 32}});
  EXPECT_EQ(x.indices, (std::vector<uint32_t>{0, 1, 3}));
  EXPECT_EQ(x.values, (std::vector<float>{32, 10, 21}));
}

TEST_F(ExpressionStream, DuplicatesAreToldOfOncePerMatrix) {
  const std::string path = folder_.file("x.h5ad");
  {
    hdf5::File file = create_h5ad(path, 3, 4);
    write_sparse(file.root(), "csr_matrix", {3, 4}, {{0, 3, 3, 5}, {1, 1, 1, 2, 2}, {5, 1, 2, 3, 4}});
  }
  const auto file = DatasetFile::open(path);
  EXPECT_TRUE(file->notes().empty()) << "nothing was read yet";
  const RowStream stream = file->stream("X", pool_, {1, 1});
  struct Stop {};
  EXPECT_THROW(stream.for_each_block([](const RowBlock&) { throw Stop(); }), Stop);
  EXPECT_THAT(file->notes(), testing::ElementsAre(testing::HasSubstr("X: at least 2 stored values")));
  for (int pass = 0; pass < 2; ++pass) gather_rows(stream);
  EXPECT_THAT(file->notes(), testing::ElementsAre(testing::HasSubstr("X: 3 stored values")));
}

// scipy drops them without a word (csr_matrix prunes); their cells would lack counts.
TEST_F(ExpressionStream, ValuesBehindTheLastOffsetAreAnError) {
  for (const std::string format : {"csr_matrix", "csc_matrix"}) {
    SparseParts bad = format == "csr_matrix" ? csr_ : csc_;
    bad.indices.insert(bad.indices.end(), {0, 1});
    bad.values.insert(bad.values.end(), {7, 8});
    EXPECT_THAT(error_of(format, bad), testing::AllOf(testing::HasSubstr("X/indptr"),
                                                      testing::HasSubstr("2 stored values lie behind")));
  }
}

TEST_F(ExpressionStream, DamageIsOneErrorThatNamesTheEntry) {
  for (const std::string format : {"csr_matrix", "csc_matrix"}) {
    const bool csr = format == "csr_matrix";
    const SparseParts good = csr ? csr_ : csc_;
    SparseParts bad = good;
    bad.indptr[1] = 3, bad.indptr[2] = 1;
    EXPECT_THAT(error_of(format, bad), testing::HasSubstr("X/indptr")) << "decreasing";
    bad = good;
    bad.indptr.back() = 5;
    EXPECT_THAT(error_of(format, bad), testing::HasSubstr("X/indptr")) << "overrun";
    bad = good;
    bad.indptr.front() = -1;
    EXPECT_THAT(error_of(format, bad), testing::HasSubstr("X/indptr")) << "negative";
    bad = good;
    bad.indptr.pop_back();
    EXPECT_THAT(error_of(format, bad), testing::HasSubstr("X/indptr")) << "short";
    bad = good;
    bad.indices[1] = 4;
    EXPECT_THAT(error_of(format, bad), testing::HasSubstr("X/indices")) << "outside";
    bad = good;
    bad.indices[1] = -1;
    EXPECT_THAT(error_of(format, bad), testing::HasSubstr("X/indices")) << "negative index";
    bad = good;
    bad.values.pop_back();
    EXPECT_THAT(error_of(format, bad), testing::HasSubstr("as many indices as values"));
    EXPECT_THAT(error_of(format, good, {3, 5}), testing::HasSubstr("3 cells x 4 genes")) << "shape";
    EXPECT_THAT(error_of(format, good, {-3, 4}), testing::HasSubstr("a shape of two sizes"));
    EXPECT_THAT(error_of(format, good, {int64_t{1} << 60, 4}), testing::HasSubstr("3 cells x 4 genes"));
  }
}

TEST_F(ExpressionStream, TerabytesAreNotAllocated) {
  const std::string path = folder_.file("huge.h5ad");
  {
    hdf5::File file = create_h5ad(path, 3, 4);
    hdf5::Group root = file.root();
    hdf5::Group obs = root.create_group("obsm");
    const uint64_t shape[] = {3, uint64_t{1} << 45};
    obs.create_dataset<float>("X_huge", shape,
                              {.chunk = {1, 1024}, .gzip_level = 1, .shuffle = false, .max_shape = {}});
  }
  const auto file = DatasetFile::open(path);
  EXPECT_EQ(file->obsm_entries().size(), 1u);
  EXPECT_THROW(file->obsm("X_huge"), Error);
}

TEST_F(ExpressionStream, ChunksNeverWrittenAreZero) {
  const std::string path = folder_.file("unwritten.h5ad");
  {
    hdf5::File file = create_h5ad(path, 3, 4);
    const uint64_t shape[] = {3, 4};
    file.root().create_dataset<double>("X", shape,
                                       {.chunk = {2, 2}, .gzip_level = 1, .shuffle = true, .max_shape = {}});
  }
  const CsrMatrix x = gather_rows(DatasetFile::open(path)->stream("X", pool_));
  EXPECT_EQ(x.n_rows, 3u);
  EXPECT_EQ(x.nnz(), 0u);
}

TEST_F(ExpressionStream, TheStreamKeepsTheFileAndReadsAgain) {
  const std::string path = folder_.file("x.h5ad");
  {
    hdf5::File file = create_h5ad(path, 3, 4);
    write_sparse(file.root(), "csr_matrix", {3, 4}, csr_);
  }
  RowStream stream;
  {
    const auto file = DatasetFile::open(path);
    stream = file->stream("X", pool_);
  }
  expect_matrix(gather_rows(stream));
  expect_matrix(gather_rows(stream));
}

TEST_F(ExpressionStream, NoCellsOrNoGenes) {
  const std::string path = folder_.file("none.h5ad");
  {
    hdf5::File file = create_h5ad(path, 0, 0);
    write_sparse(file.root(), "csr_matrix", {0, 0}, {{0}, {}, {}});
  }
  const auto file = DatasetFile::open(path);
  EXPECT_EQ(file->n_cells(), 0u);
  EXPECT_EQ(gather_rows(file->stream("X", pool_)).n_rows, 0u);
}

}  // namespace
}  // namespace zerocell
