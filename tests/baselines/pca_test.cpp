// Reference: numpy's eigvalsh in float64 through tests/reference/pcr.py -> tests/golden/pcr.json; the rest by
// hand or by definition.
#include "zerocell/baselines/pca.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "zerocell/baselines/covariance.h"
#include "zerocell/baselines/hvg.h"
#include "zerocell/baselines/projection.h"
#include "zerocell/core/error.h"
#include "zerocell/core/random.h"
#include "zerocell/data/dataset_file.h"

namespace zerocell {
namespace {

/// Random sparse cells with a few directions of large variance.
CsrMatrix sparse_cells(size_t n, size_t d, double density) {
  Random random(7);
  CsrMatrix x;
  x.n_rows = n;
  x.n_cols = d;
  for (size_t i = 0; i < n; ++i) {
    const size_t type = i % 5;
    for (size_t j = 0; j < d; ++j) {
      const bool marker = j % 5 == type;
      if (random.uniform() >= density * (marker ? 3 : 0.5)) continue;
      x.indices.push_back(static_cast<uint32_t>(j));
      x.values.push_back(static_cast<float>(1 + random.gamma(2) + (marker ? 1 + 0.1 * double(j % 7) : 0)));
    }
    x.indptr.push_back(x.nnz());
  }
  return x;
}

DenseMatrix<float> dense(const CsrMatrix& x) {
  DenseMatrix<float> out(x.n_rows, x.n_cols);
  for (size_t i = 0; i < x.n_rows; ++i)
    for (size_t k = x.indptr[i]; k < x.indptr[i + 1]; ++k) out(i, x.indices[k]) = x.values[k];
  return out;
}

/// What any result must fulfil: unit orthogonal components, scores = centred cells on them, sample variances
/// of the scores, descending, positive largest entries.
void expect_consistent(const DenseMatrix<float>& x, const PcaResults& result) {
  const size_t n = x.n_rows(), d = x.n_cols(), k = result.variance.size();
  ASSERT_EQ(result.scores.n_cols(), k);
  ASSERT_EQ(result.components.n_rows(), k);
  const double size =
      std::sqrt(result.total_variance) + 1e-9;  // constant data: the rounding of the mean below
  std::vector<double> mean(d, 0.0);
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < d; ++j) mean[j] += x(i, j) / double(n);
  for (size_t a = 0; a < k; ++a) {
    for (size_t b = 0; b <= a; ++b) {
      double product = 0;
      for (size_t j = 0; j < d; ++j) product += double(result.components(a, j)) * result.components(b, j);
      EXPECT_NEAR(product, a == b ? 1 : 0, 1e-5) << a << " " << b;  // float32 components
    }
    double square = 0, largest = 0;
    for (size_t i = 0; i < n; ++i) {
      double score = 0;
      for (size_t j = 0; j < d; ++j) score += (x(i, j) - mean[j]) * result.components(a, j);
      EXPECT_NEAR(result.scores(i, a), score, 1e-5 * size) << i << " " << a;  // float32 components
      square += double(result.scores(i, a)) * result.scores(i, a);
    }
    for (size_t j = 0; j < d; ++j)
      if (std::abs(result.components(a, j)) > std::abs(largest)) largest = result.components(a, j);
    EXPECT_GT(largest, 0);
    EXPECT_NEAR(square / double(std::max<size_t>(n, 2) - 1), result.variance[a], 1e-6 * size * size);
    EXPECT_LE(result.variance[a], result.variance[a > 0 ? a - 1 : 0]);
  }
}

TEST(Pca, ByHandOnALine) {
  // (0,0), (1,2), (2,4), (3,6): all variance along (1,2)/sqrt 5; sample variance 5 * 5/3
  DenseMatrix<float> x(4, 2);
  for (size_t i = 0; i < 4; ++i) {
    x(i, 0) = static_cast<float>(i);
    x(i, 1) = static_cast<float>(2 * i);
  }
  ThreadPool pool(1);
  NoProgress progress;
  const PcaResults result = pca(x, {}, pool, progress);
  ASSERT_EQ(result.variance.size(), 2u);
  EXPECT_NEAR(result.variance[0], 25.0 / 3, 1e-12);
  EXPECT_NEAR(result.variance[1], 0, 1e-12);
  EXPECT_NEAR(result.total_variance, 25.0 / 3, 1e-12);
  EXPECT_NEAR(result.components(0, 1), 2 / std::sqrt(5.0), 1e-7);
  EXPECT_NEAR(result.scores(0, 0), -1.5 * std::sqrt(5.0), 1e-6);
  expect_consistent(x, result);
}

struct Shape {
  size_t n, d;
  double density;
};
class EveryPath : public testing::TestWithParam<Shape> {};

/// Column products with LAPACK and with the Krylov space, row products, sparse and dense.
TEST_P(EveryPath, SparseAndDenseAgreeAndAreConsistent) {
  const auto [n, d, density] = GetParam();
  const CsrMatrix x = sparse_cells(n, d, density);
  ThreadPool pool(3);
  NoProgress progress;
  const PcaResults a = pca(x, {12, 0}, pool, progress), b = pca(dense(x), {12, 0}, pool, progress);
  expect_consistent(dense(x), a);
  for (size_t i = 0; i < a.variance.size(); ++i)  // both are sums in double of the same float32 values
    EXPECT_NEAR(a.variance[i], b.variance[i], 1e-9 * a.variance[0]);
  EXPECT_NEAR(a.total_variance, b.total_variance, 1e-9 * a.total_variance);
  EXPECT_NEAR(std::accumulate(a.variance.begin(), a.variance.end(), 0.0) <= a.total_variance * (1 + 1e-12), 1,
              0);
}

INSTANTIATE_TEST_SUITE_P(Pca, EveryPath,
                         testing::Values(Shape{300, 40, 0.1}, Shape{1500, 1300, 0.03}, Shape{60, 700, 0.05},
                                         Shape{40, 5000, 0.02}, Shape{1200, 5000, 0.01}, Shape{30, 30, 0.3}));

TEST(Pca, ProductWithoutTheMatrixIsTheSame) {
  const CsrMatrix x = sparse_cells(700, 90, 0.1);
  ThreadPool pool(3);
  NoProgress progress;
  const auto columns = column_statistics(x, pool);
  const auto products = centred_column_products(x, columns.mean, pool, progress);
  for (const EmbeddingMatrix& matrix : {EmbeddingMatrix(x), EmbeddingMatrix(dense(x))}) {
    std::vector<double> in(kKrylovBlock * 90), out(in.size());
    Random random(3);
    for (double& value : in) value = random.normal();
    normal_product(matrix, columns.mean, pool)(in.data(), out.data());
    for (size_t c = 0; c < kKrylovBlock; ++c) {
      for (size_t j = 0; j < 90; ++j) {
        double expected = 0;
        for (size_t l = 0; l < 90; ++l) expected += in[c * 90 + l] * products(l, j);
        EXPECT_NEAR(out[c * 90 + j], expected, 1e-9 * products(0, 0));
      }
    }
  }
}

TEST(Pca, KrylovRestartsReachTheSamePairs) {
  // a spectrum with the smallest wanted gap a thousandth of the value, in a basis too small for it
  const size_t n = 1200;
  std::vector<double> spectrum(n);
  for (size_t i = 0; i < n; ++i) spectrum[i] = i < 20 ? 100.0 - double(i) : 50.0 / (1 + 0.05 * double(i));
  const SymmetricProduct product = [&](const double* in, double* out) {
    for (size_t c = 0; c < kKrylovBlock; ++c)
      for (size_t j = 0; j < n; ++j) out[c * n + j] = spectrum[j] * in[c * n + j];
  };
  ThreadPool pool(2);
  NoProgress progress;
  KrylovOptions options;
  options.n_pairs = 30;
  options.max_basis = 170;
  const EigenPairs pairs = largest_eigenpairs(n, product, options, pool, progress);
  std::sort(spectrum.begin(), spectrum.end(), std::greater<>());
  ASSERT_EQ(pairs.values.size(), 30u);
  for (size_t i = 0; i < 30; ++i) EXPECT_NEAR(pairs.values[i], spectrum[i], 1e-9 * spectrum[0]) << i;
}

TEST(Pca, SameBitsForAnyNumberOfThreads) {
  NoProgress progress;
  ThreadPool one(1), five(5);
  for (const EmbeddingMatrix& x : {EmbeddingMatrix(sparse_cells(1500, 1300, 0.03)),
                                   EmbeddingMatrix(dense(sparse_cells(900, 60, 0.3)))}) {
    const PcaResults a = pca(x, {20, 0}, one, progress), b = pca(x, {20, 0}, five, progress);
    EXPECT_EQ(a.variance, b.variance);
    EXPECT_TRUE(std::equal(a.scores.data(), a.scores.data() + a.scores.n_rows() * 20, b.scores.data()));
  }
}

TEST(Pca, FewDistinctCells) {  // rank 2 in a space of 1,300: the Krylov space runs out of directions
  const CsrMatrix source = sparse_cells(3, 1300, 0.1);
  CsrMatrix x;
  x.n_cols = 1300;
  for (size_t i = 0; i < 1400; ++i) {
    const auto indices = source.row_indices(i % 3);
    const auto values = source.row_values(i % 3);
    x.indices.insert(x.indices.end(), indices.begin(), indices.end());
    x.values.insert(x.values.end(), values.begin(), values.end());
    x.indptr.push_back(x.nnz());
    ++x.n_rows;
  }
  ThreadPool pool(2);
  NoProgress progress;
  const PcaResults result = pca(x, {6, 0}, pool, progress);
  EXPECT_NEAR(result.variance[0] + result.variance[1], result.total_variance, 1e-9 * result.total_variance);
  EXPECT_NEAR(result.variance[2], 0, 1e-9 * result.total_variance);
  expect_consistent(dense(x), result);
}

TEST(Pca, ConstantOneCellOneDimension) {
  ThreadPool pool(1);
  NoProgress progress;
  const DenseMatrix<float> constant(23, 5, 0.1f), cell(1, 4, 2.0f);
  DenseMatrix<float> column(3, 1);
  column(2, 0) = 3;
  for (const DenseMatrix<float>& x : {constant, cell}) {
    const PcaResults result = pca(x, {}, pool, progress);
    for (const double variance : result.variance) EXPECT_EQ(variance, 0);
    EXPECT_NEAR(result.scores(0, 0), 0, 1e-12);
    EXPECT_EQ(result.total_variance, 0);
    expect_consistent(x, result);
  }
  const PcaResults line = pca(column, {}, pool, progress);
  EXPECT_NEAR(line.variance[0], 3, 1e-12);
  EXPECT_NEAR(line.scores(2, 0), 2, 1e-6);
  EXPECT_EQ(pca(DenseMatrix<float>(0, 3), {}, pool, progress).variance.size(), 0u);
}

TEST(Pca, OffsetColumnsLoseNoDigits) {
  DenseMatrix<float> x = dense(sparse_cells(400, 30, 0.3)), moved = x;
  for (size_t i = 0; i < 400; ++i)
    for (size_t j = 0; j < 30; ++j) {
      x(i, j) = std::round(x(i, j) * 64) / 64;  // exact in float32 after the offset too
      moved(i, j) = x(i, j) + 4096;
    }
  ThreadPool pool(2);
  NoProgress progress;
  const PcaResults a = pca(x, {5, 0}, pool, progress), b = pca(moved, {5, 0}, pool, progress);
  for (size_t i = 0; i < 5; ++i) EXPECT_NEAR(a.variance[i], b.variance[i], 1e-9 * a.variance[0]);
}

TEST(Pca, NotFiniteIsAnError) {
  ThreadPool pool(1);
  NoProgress progress;
  DenseMatrix<float> x(3, 2, 1.0f);
  x(1, 1) = NAN;
  EXPECT_THROW(pca(x, {}, pool, progress), Error);
}

class PcaOnSets : public testing::TestWithParam<size_t> {};

TEST_P(PcaOnSets, VariancesAsNumpy) {
  std::ifstream in(ZEROCELL_SOURCE_DIR "/tests/golden/pcr.json");
  const auto reference = nlohmann::json::parse(in)["sets"][GetParam()];
  const std::string path = ZEROCELL_SHARED_DIR "/data/sets/" + reference["name"].get<std::string>() + ".h5ad";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "test data not found: " << path;
  ThreadPool pool(2);
  NoProgress progress;
  const HvgResults x = hvg(DatasetFile::open(path)->stream("X", pool), {}, {}, pool, progress);
  const PcaResults result = pca(x.values, {}, pool, progress);
  ASSERT_EQ(result.variance.size(), 50u);
  // float32 logarithms that differ in the last place: 1e-8 of the variance
  EXPECT_NEAR(result.total_variance / reference["total_variance"].get<double>(), 1, 1e-7);
  for (size_t i = 0; i < 50; ++i)
    EXPECT_NEAR(result.variance[i] / reference["variance"][i].get<double>(), 1, 1e-7) << i;
}

INSTANTIATE_TEST_SUITE_P(Pca, PcaOnSets, testing::Range(size_t{0}, size_t{4}));

}  // namespace
}  // namespace zerocell
