#include "zerocell/layout/layout_sgd.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "layout/graphs.h"
#include "zerocell/core/random.h"

namespace zerocell {
namespace {

LayoutSgdOptions pulls_only(int n_epochs) {
  LayoutSgdOptions options;
  options.curve = {0.992176, 1.112253};
  options.n_epochs = n_epochs;
  options.negative_sample_rate = 0;
  return options;
}

void optimise(const CsrMatrix& graph, const LayoutSgdOptions& options, DenseMatrix<float>& layout,
              int threads = 2) {
  ThreadPool pool(threads);
  NoProgress progress;
  optimise_layout(graph, options, layout, pool, progress);
}

// Two epochs, one edge of weight 1: due in epoch 1, at step 1/2. Both ends move by twice the step times
// 2 a b d^(2(b-1)) / (1 + a d^(2b)) times the difference.
TEST(LayoutSgd, OnePullByHand) {
  const auto options = pulls_only(2);
  const double a = options.curve.a, b = options.curve.b;
  for (const double distance : {0.5, 1.0, 2.5}) {
    DenseMatrix<float> layout(2, 2);
    layout(1, 0) = static_cast<float>(0.6 * distance), layout(1, 1) = static_cast<float>(0.8 * distance);
    optimise(test::graph_of(2, {{0, 1, 1.0f}}), options, layout);
    const double pull = 2 * 0.5 * 2 * a * b * std::pow(distance, 2 * (b - 1)) /
                        (1 + a * std::pow(distance, 2 * b)) * distance;
    EXPECT_NEAR(layout(0, 0), 0.6 * pull, 1e-5 * distance);  // float32 and polynomials of 3e-6
    EXPECT_NEAR(layout(0, 1), 0.8 * pull, 1e-5 * distance);
    EXPECT_NEAR(layout(1, 0), 0.6 * (distance - pull), 1e-5 * distance);
    EXPECT_NEAR(layout(1, 1), 0.8 * (distance - pull), 1e-5 * distance);
  }
}

// An edge of half the largest weight is due every second epoch: of epochs 1..4, in 2 and 4.
TEST(LayoutSgd, WeakEdgesAreSampledLessOften) {
  const auto moved = [](float weight, int n_epochs) {
    DenseMatrix<float> layout(4, 2);
    layout(1, 0) = 1e-3f, layout(3, 0) = 1e-3f;  // so close that a pull is nearly linear and tiny
    auto options = pulls_only(n_epochs);
    options.learning_rate = 1e-3;
    optimise(test::graph_of(4, {{0, 1, weight}, {2, 3, 1.0f}}), options, layout);
    return layout(0, 0);
  };
  EXPECT_EQ(moved(0.5f, 2), 0);
  EXPECT_GT(moved(0.5f, 3), 0);
  // steps 1 - n / 5 in epochs 2, 4 against 1, 2, 3, 4: (3 + 1) / (4 + 3 + 2 + 1)
  EXPECT_NEAR(moved(0.5f, 5) / moved(1.0f, 5), 0.4, 0.01);  // higher orders of the pulls
}

// All vertices sit in one place but one, which its edge pulls past them: it is pushed on along the line.
// The others feel no force, for there is none between points that meet.
TEST(LayoutSgd, PushesAreClippedAndPointAway) {
  const size_t n = 50;
  DenseMatrix<float> layout(n, 2);
  layout(0, 0) = 0.05f;
  auto options = pulls_only(2);
  options.negative_sample_rate = 5;
  optimise(test::graph_of(n, {{0, 1, 1.0f}}), options, layout);
  EXPECT_LT(layout(0, 0), -1.0f);
  EXPECT_GE(layout(0, 0), -0.05f - 0.5f * 5 * 4);  // five pushes of at most 4 at step 1/2
  EXPECT_EQ(layout(0, 1), 0);
  for (size_t i = 2; i < n; ++i) EXPECT_TRUE(layout(i, 0) == 0 && layout(i, 1) == 0);
}

// A hub of 3,000 edges walks 94 chains; it must end among its leaves, not beyond them.
TEST(LayoutSgd, HubStaysAmongItsNeighbours) {
  const uint32_t n = 3001;
  std::vector<test::Edge> edges;
  for (uint32_t i = 1; i < n; ++i) edges.emplace_back(0, i, 1.0f);
  const CsrMatrix graph = test::graph_of(n, edges);
  for (const double rate : {1.0, 1e-4}) {
    DenseMatrix<float> layout(n, 2);
    layout(0, 0) = 8, layout(0, 1) = -3;
    Random random(1);
    for (uint32_t i = 1; i < n; ++i)
      for (size_t d = 0; d < 2; ++d) layout(i, d) = static_cast<float>(random.uniform());
    auto options = pulls_only(2);
    options.learning_rate = rate;
    optimise(graph, options, layout);
    EXPECT_TRUE(layout(0, 0) > -0.5 && layout(0, 0) < 8 - 0.5 * rate) << rate << ": " << layout(0, 0);
    EXPECT_TRUE(layout(0, 1) < 1.5 && layout(0, 1) > -3 + 0.2 * rate) << rate << ": " << layout(0, 1);
  }
}

TEST(LayoutSgd, SameBitsForAnyNumberOfThreads) {
  const uint32_t n = 700;
  std::vector<test::Edge> edges;
  for (uint32_t i = 0; i < n; ++i)
    for (uint32_t step = 1; step < 6; ++step) edges.emplace_back(i, (i + step * step) % n, 1.0f / step);
  for (uint32_t i = 100; i < 500; ++i) edges.emplace_back(0, i, 0.7f);  // a hub
  const CsrMatrix graph = test::graph_of(n, edges);
  LayoutSgdOptions options;
  options.curve = {0.992176, 1.112253};
  options.n_epochs = 60;
  const auto run = [&](int threads, uint64_t seed) {
    DenseMatrix<float> layout(n, 2);
    for (uint32_t i = 0; i < n; ++i) layout(i, 0) = 10.0f * i / n, layout(i, 1) = std::sin(0.1f * i);
    options.seed = seed;
    optimise(graph, options, layout, threads);
    return std::vector<float>(layout.data(), layout.data() + 2 * n);
  };
  const std::vector<float> one = run(1, 3);
  EXPECT_EQ(one, run(2, 3));
  EXPECT_EQ(one, run(5, 3));
  EXPECT_NE(one, run(1, 4));
}

TEST(LayoutSgd, NothingToDo) {
  DenseMatrix<float> none;
  optimise(CsrMatrix{}, pulls_only(5), none);
  DenseMatrix<float> alone(1, 2, 3.0f);
  optimise(test::graph_of(1, {}), pulls_only(5), alone);
  EXPECT_EQ(alone(0, 0), 3.0f);
}

}  // namespace
}  // namespace zerocell
