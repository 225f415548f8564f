#include "zerocell/layout/quality.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "zerocell/core/error.h"
#include "zerocell/core/random.h"

namespace zerocell {
namespace {

DenseMatrix<float> random_points(size_t n, size_t dims, uint64_t seed, double keep = 1) {
  Random random(seed);
  DenseMatrix<float> x(n, dims);
  for (float& v : std::span(x.data(), n * dims))
    v = random.uniform() < keep ? static_cast<float>(random.normal()) : 0.0f;
  return x;
}

/// All other cells from near to far, by the definition.
std::vector<uint32_t> ranked(const DenseMatrix<float>& x, size_t i) {
  std::vector<double> d(x.n_rows());
  for (size_t j = 0; j < x.n_rows(); ++j)
    for (size_t c = 0; c < x.n_cols(); ++c) d[j] += std::pow(double{x(i, c)} - x(j, c), 2);
  std::vector<uint32_t> order(x.n_rows());
  std::iota(order.begin(), order.end(), 0u);
  std::erase(order, static_cast<uint32_t>(i));
  std::stable_sort(order.begin(), order.end(), [&](uint32_t p, uint32_t q) { return d[p] < d[q]; });
  return order;
}

double trustworthiness_by_definition(const DenseMatrix<float>& x, const DenseMatrix<float>& y, int k) {
  double sum = 0;
  for (size_t i = 0; i < x.n_rows(); ++i) {
    const auto high = ranked(x, i), low = ranked(y, i);
    for (int e = 0; e < k; ++e) {
      const auto rank = std::find(high.begin(), high.end(), low[static_cast<size_t>(e)]) - high.begin() + 1;
      sum += std::max<double>(0, static_cast<double>(rank) - k);
    }
  }
  const auto n = static_cast<double>(x.n_rows());
  return 1 - 2 / (n * k * (2 * n - 3 * k - 1)) * sum;
}

// Four points on a line, and the layout with the ends exchanged. k = 1: in the layout 0's nearest is 2
// (rank 2 in x), 3's is 1 (rank 2); 1's and 2's are each other (rank 1). T = 1 - 2 / (4 (8 - 3 - 1)) 2 =
// 0.75.
TEST(LayoutQuality, ByHand) {
  ThreadPool pool(1);
  DenseMatrix<float> x(4, 1), y(4, 2);
  const float at[] = {0.0f, 1.1f, 2.1f, 3.2f}, shown[] = {3.2f, 1.1f, 2.1f, 0.0f};
  for (size_t i = 0; i < 4; ++i) x(i, 0) = at[i], y(i, 0) = shown[i];
  const std::vector<int32_t> labels{0, 0, 1, 0};
  const LayoutQuality q = layout_quality(x, y, {1, labels}, pool);
  EXPECT_DOUBLE_EQ(q.trustworthiness, 0.75);
  EXPECT_DOUBLE_EQ(q.continuity, 0.75);
  EXPECT_DOUBLE_EQ(q.knn_overlap, 0.5);
  EXPECT_DOUBLE_EQ(q.label_accuracy, 0.25);  // 3 sees 1; 0 sees 2, 1 sees 2, 2 sees 1
}

TEST(LayoutQuality, EqualsTheDefinition) {
  ThreadPool pool(3);
  const auto x = random_points(90, 11, 1), y = random_points(90, 2, 2);
  const LayoutQuality q = layout_quality(x, y, {7, {}}, pool);
  EXPECT_NEAR(q.trustworthiness, trustworthiness_by_definition(x, y, 7), 1e-12);
  EXPECT_NEAR(q.continuity, trustworthiness_by_definition(y, x, 7), 1e-12);
  EXPECT_LT(q.trustworthiness, 0.7);  // nothing in common
  EXPECT_EQ(q.label_accuracy, 0);
}

TEST(LayoutQuality, SameSpaceIsPerfectEvenWithDuplicates) {
  ThreadPool pool(2);
  auto x = random_points(60, 2, 3);
  for (size_t i = 1; i < 30; ++i) x(i, 0) = x(0, 0), x(i, 1) = x(0, 1);
  const LayoutQuality q = layout_quality(x, x, {5, {}}, pool);
  EXPECT_EQ(q.trustworthiness, 1);
  EXPECT_EQ(q.continuity, 1);
  EXPECT_EQ(q.knn_overlap, 1);
}

TEST(LayoutQuality, SparseEqualsDense) {
  ThreadPool pool(2);
  const auto x = random_points(80, 30, 4, 0.3), y = random_points(80, 2, 5);
  CsrMatrix sparse;
  sparse.n_rows = 80, sparse.n_cols = 30;
  for (size_t i = 0; i < 80; ++i) {
    for (uint32_t c = 0; c < 30; ++c)
      if (x(i, c) != 0) sparse.indices.push_back(c), sparse.values.push_back(x(i, c));
    sparse.indptr.push_back(sparse.indices.size());
  }
  const LayoutQuality a = layout_quality(x, y, {6, {}}, pool), b = layout_quality(sparse, y, {6, {}}, pool);
  EXPECT_EQ(a.trustworthiness, b.trustworthiness);
  EXPECT_EQ(a.continuity, b.continuity);
}

TEST(LayoutQuality, SampleIsNearTheWhole) {
  ThreadPool pool(2);
  const auto x = random_points(400, 2, 6);
  auto y = x;
  for (size_t i = 0; i < 400; i += 3) y(i, 0) += 1;
  LayoutQualityOptions options;
  const double all = layout_quality(x, y, options, pool).trustworthiness;
  options.max_cells = 200;
  EXPECT_NEAR(layout_quality(x, y, options, pool).trustworthiness, all, 0.02);  // 200 cells of sd 0.1
}

TEST(LayoutQuality, RefusesTooManyNeighbours) {
  ThreadPool pool(1);
  const auto x = random_points(10, 2, 7);
  EXPECT_THROW(layout_quality(x, x, {5, {}}, pool), Error);
  EXPECT_THROW(layout_quality(x, x, {0, {}}, pool), Error);
  EXPECT_THROW(layout_quality(random_points(9, 2, 7), x, {2, {}}, pool), Error);
}

}  // namespace
}  // namespace zerocell
