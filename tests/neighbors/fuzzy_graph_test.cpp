#include "zerocell/neighbors/fuzzy_graph.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "support/brute_force.h"
#include "zerocell/core/error.h"
#include "zerocell/core/random.h"

namespace zerocell {
namespace {

KnnGraph neighbours_on_line(const std::vector<float>& x, size_t k) {
  DenseMatrix<float> points(x.size(), 1);
  std::copy(x.begin(), x.end(), points.data());
  return test::brute_force_neighbors(points, k);
}

std::vector<float> random_line(size_t n) {
  Random random(7);
  std::vector<float> x(n);
  for (auto& v : x) v = static_cast<float>(random.normal());
  return x;
}

TEST(FuzzyGraph, MatchesUmapLearn) {
  std::ifstream file(ZEROCELL_SOURCE_DIR "/tests/golden/fuzzy_graph.json");
  const auto cases = nlohmann::json::parse(file);
  ASSERT_EQ(cases.size(), 6u);
  ThreadPool pool(2);
  for (const auto& expected : cases) {
    SCOPED_TRACE(expected["name"].get<std::string>());
    const KnnGraph knn{expected["n"], expected["k"], expected["indices"], expected["distances"]};
    const CsrMatrix graph = fuzzy_graph(knn, pool);
    EXPECT_EQ(graph.indptr, expected["indptr"].get<std::vector<uint64_t>>());
    ASSERT_EQ(graph.indices, expected["columns"].get<std::vector<uint32_t>>());
    const auto values = expected["values"].get<std::vector<float>>();
    // umap-learn is compiled with fast-math: its last bits depend on how the compiler reorders sums.
    for (size_t e = 0; e < values.size(); ++e) ASSERT_NEAR(graph.values[e], values[e], 1e-6) << "arc " << e;
  }
}

TEST(FuzzyGraph, ByHandWithTwoNeighbours) {
  // 0, 1 and 3: with K = 2 each cell has one arc of weight 1, to its nearest.
  ThreadPool pool(1);
  const CsrMatrix graph = fuzzy_graph(neighbours_on_line({0, 1, 3}, 2), pool);
  EXPECT_EQ(graph.indptr, (std::vector<uint64_t>{0, 1, 3, 4}));
  EXPECT_EQ(graph.indices, (std::vector<uint32_t>{1, 0, 2, 1}));
  EXPECT_EQ(graph.values, (std::vector<float>{1, 1, 1, 1}));
}

TEST(FuzzyGraph, MembershipsAddUpToLog2K) {
  ThreadPool pool(1);
  const KnnGraph knn = neighbours_on_line({0, 1, 3}, 3);
  const CsrMatrix graph = fuzzy_graph(knn, pool);
  // K = 3: nearest has weight 1, the other log2(3) - 1 = 0.585 from each side that calls it second.
  const double second = std::log2(3.0) - 1;
  // 1e-5 is the tolerance at which the bisection stops.
  EXPECT_NEAR(graph.row_values(0)[0], 1, 1e-6);
  EXPECT_NEAR(graph.row_values(0)[1], second + second - second * second, 4e-5);
  EXPECT_NEAR(graph.row_values(1)[1], second + 1 - second, 1e-6);
}

TEST(FuzzyGraph, IsSymmetricWithoutDiagonal) {
  ThreadPool pool(2);
  const CsrMatrix graph = fuzzy_graph(neighbours_on_line(random_line(300), 15), pool);
  for (size_t i = 0; i < graph.n_rows; ++i) {
    const auto row = graph.row_indices(i);
    ASSERT_TRUE(std::is_sorted(row.begin(), row.end()));
    for (size_t e = 0; e < row.size(); ++e) {
      ASSERT_NE(row[e], i);
      const auto back = graph.row_indices(row[e]);
      const auto at = std::lower_bound(back.begin(), back.end(), i);
      ASSERT_TRUE(at != back.end() && *at == i);
      ASSERT_EQ(graph.row_values(row[e])[at - back.begin()], graph.row_values(i)[e]);
      ASSERT_GT(graph.row_values(i)[e], 0);
      ASSERT_LE(graph.row_values(i)[e], 1);
    }
  }
}

TEST(FuzzyGraph, SameBitsForAnyNumberOfThreads) {
  const KnnGraph knn = neighbours_on_line(random_line(3000), 15);
  ThreadPool one(1), four(4);
  const CsrMatrix a = fuzzy_graph(knn, one), b = fuzzy_graph(knn, four);
  EXPECT_EQ(a.indptr, b.indptr);
  EXPECT_EQ(a.indices, b.indices);
  EXPECT_EQ(a.values, b.values);
}

TEST(FuzzyGraph, OneCellAndNoCell) {
  ThreadPool pool(1);
  const CsrMatrix one = fuzzy_graph({1, 1, {0}, {0}}, pool);
  EXPECT_EQ(one.n_rows, 1u);
  EXPECT_EQ(one.nnz(), 0u);
  EXPECT_EQ(fuzzy_graph({}, pool).n_rows, 0u);
}

TEST(FuzzyGraph, RefusesIndicesBeyondTheLastCell) {
  ThreadPool pool(1);
  EXPECT_THROW(fuzzy_graph({2, 2, {0, 1, 1, 2}, {0, 1, 0, 1}}, pool), Error);
  EXPECT_THROW(fuzzy_graph({2, 2, {0, 1}, {0, 1}}, pool), Error);
}

}  // namespace
}  // namespace zerocell
