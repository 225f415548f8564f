#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "layout/graphs.h"
#include "zerocell/layout/spectral_embedding.h"
#include "zerocell/layout/spectral_init.h"

namespace zerocell {
namespace {

CsrMatrix ring(uint32_t n) {
  std::vector<test::Edge> edges;
  test::add_path(edges, 0, n);
  edges.emplace_back(n - 1, 0, 1.0f);
  return test::graph_of(n, edges);
}

SpectralResults embed(const CsrMatrix& graph, SpectralOptions options = {}, int threads = 2) {
  ThreadPool pool(threads);
  NoProgress progress;
  return spectral_embedding(graph, options, pool, progress);
}

/// A ring's normalised Laplacian has the eigenvalues 1 - cos(2 pi k / n), twice each; both vectors of the
/// first pair together put vertex i on a circle at angle 2 pi i / n.
void expect_circle(const SpectralResults& r, size_t n, double tolerance) {
  const double value = 1 - std::cos(2 * std::numbers::pi / static_cast<double>(n));
  ASSERT_EQ(r.eigenvalues.size(), 2u);
  for (const double e : r.eigenvalues) EXPECT_NEAR(e, value, tolerance * value);
  for (size_t i = 0; i < n; ++i)
    EXPECT_NEAR(std::hypot(r.vectors(i, 0), r.vectors(i, 1)), std::sqrt(2.0 / static_cast<double>(n)),
                tolerance * std::sqrt(2.0 / static_cast<double>(n)));
}

TEST(SpectralEmbedding, RingByTheDenseSolver) {
  expect_circle(embed(ring(12)), 12, 1e-5);
}

TEST(SpectralEmbedding, RingByTheFilter) {
  SpectralOptions options;
  options.tolerance = 1e-3;
  options.smallest = 0;
  const SpectralResults r = embed(ring(150), options);
  EXPECT_TRUE(r.converged);
  expect_circle(r, 150, 0.02);  // float32 products: the residual's share of an eigenvalue of 9e-4
}

TEST(SpectralEmbedding, HardSpectrumIsBounded) {
  std::vector<test::Edge> edges;  // eigenvalues of a long path are about (pi k / n)^2 / 2: 1e-8 here
  test::add_path(edges, 0, 20'000);
  SpectralOptions options;
  options.max_products = 200;
  options.smallest = 0;
  const SpectralResults r = embed(test::graph_of(20'000, edges), options);
  EXPECT_FALSE(r.converged);
  EXPECT_LE(r.products, 200);
  for (size_t i = 0; i < 20'000; ++i) ASSERT_TRUE(std::isfinite(r.vectors(i, 0)));
}

TEST(SpectralEmbedding, SameBitsForAnyNumberOfThreads) {
  const SpectralResults one = embed(ring(3000), {}, 1), three = embed(ring(3000), {}, 3);
  EXPECT_TRUE(std::equal(one.vectors.data(), one.vectors.data() + 6000, three.vectors.data()));
}

DenseMatrix<float> start(const CsrMatrix& graph, uint64_t seed = 0) {
  ThreadPool pool(2);
  NoProgress progress;
  return spectral_init(graph, seed, pool, progress);
}

void expect_spans_the_square(const DenseMatrix<float>& x) {
  for (size_t d = 0; d < 2; ++d) {
    float low = x(0, d), high = x(0, d);
    for (size_t i = 0; i < x.n_rows(); ++i) low = std::min(low, x(i, d)), high = std::max(high, x(i, d));
    EXPECT_FLOAT_EQ(low, 0);
    EXPECT_FLOAT_EQ(high, 10);
  }
}

TEST(SpectralInit, ConnectedGraphFillsTheSquare) {
  expect_spans_the_square(start(ring(40)));
}

TEST(SpectralInit, ComponentsDoNotOverlap) {
  for (const uint32_t n_components : {2u, 3u, 4u, 7u}) {
    std::vector<test::Edge> edges;
    for (uint32_t c = 0; c < n_components; ++c) test::add_path(edges, 10 * c, 10);
    const DenseMatrix<float> x = start(test::graph_of(10 * n_components, edges));
    expect_spans_the_square(x);
    for (uint32_t c = 0; c < n_components; ++c)
      for (uint32_t other = c + 1; other < n_components; ++other) {
        std::array<double, 2> gap{};
        for (size_t d = 0; d < 2; ++d)
          for (uint32_t i = 0; i < 10; ++i) gap[d] += (x(10 * c + i, d) - x(10 * other + i, d)) / 10;
        EXPECT_GT(std::hypot(gap[0], gap[1]), 2) << n_components << " components: " << c << ", " << other;
      }
  }
}

TEST(SpectralInit, DegenerateGraphsStayFinite) {
  EXPECT_EQ(start(CsrMatrix{}).n_rows(), 0u);
  for (const size_t n : {1u, 2u, 3u, 30u}) {
    const DenseMatrix<float> x = start(test::graph_of(n, {}));
    ASSERT_EQ(x.n_rows(), n);
    for (size_t i = 0; i < n; ++i)
      for (size_t d = 0; d < 2; ++d) EXPECT_TRUE(x(i, d) >= 0 && x(i, d) <= 10) << n;
  }
  const DenseMatrix<float> x = start(test::graph_of(4, {{0, 1, 1.f}, {0, 2, 1.f}, {0, 3, 1.f}}));
  for (size_t i = 0; i < 4; ++i) EXPECT_TRUE(std::isfinite(x(i, 0)) && std::isfinite(x(i, 1)));
}

}  // namespace
}  // namespace zerocell
