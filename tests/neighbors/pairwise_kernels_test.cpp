// Every instruction set that was compiled and that this machine has gives the same answer.
#include "zerocell/neighbors/pairwise_kernels.h"

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <bit>
#include <cmath>
#include <functional>
#include <set>
#include <string>

#include "zerocell/core/random.h"
#include "zerocell/neighbors/pairwise.h"

namespace zerocell {
namespace {

// All sets of instructions in turn; the best of the machine again afterwards.
void for_each_target(const std::function<void()>& body) {
  std::set<std::string> seen;
  for (int64_t targets = hwy::SupportedTargets(); targets != 0; targets &= targets - 1) {
    hwy::SetSupportedTargetsForTest(targets & -targets);
    hwy::GetChosenTarget().DeInit();
    if (!seen.insert(pairs::instruction_set()).second) continue;
    SCOPED_TRACE(pairs::instruction_set());
    body();
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().DeInit();
  EXPECT_GE(seen.size(), 2u) << "only one set of instructions could be tried";
}

float value(size_t i, size_t k) {
  return static_cast<float>(mix64(i * 1009 + k) >> 40) * 0x1p-24f - 0.5f;
}

AlignedVector<float> panel(size_t seed, size_t depth) {
  AlignedVector<float> values(depth * pairs::kPanel);
  for (size_t k = 0; k < values.size(); ++k) values[k] = value(seed, k);
  return values;
}

TEST(PairwiseKernels, panels_equal_float64_on_every_target) {
  for_each_target([] {
    for (const size_t depth : {0, 1, 7, 100}) {
      const auto a = panel(1, depth), b = panel(2, depth);
      AlignedVector<float> dots(pairs::kPanel * pairs::kPanel, 1.0f), squares(dots.size());
      pairs::dot_panels(a.data(), b.data(), depth, dots.data(), pairs::kPanel, true);
      pairs::difference_panels(a.data(), b.data(), depth, squares.data(), pairs::kPanel);
      for (size_t r = 0; r < pairs::kPanel; ++r) {
        for (size_t c = 0; c < pairs::kPanel; ++c) {
          double dot = 1, square = 0;
          for (size_t k = 0; k < depth; ++k) {
            const double x = a[k * pairs::kPanel + r], y = b[k * pairs::kPanel + c];
            dot += x * y;
            square += (x - y) * (x - y);
          }
          // 100 terms below 1: float32 rounding of the sum.
          ASSERT_NEAR(dots[r * pairs::kPanel + c], dot, 1e-5);
          ASSERT_NEAR(squares[r * pairs::kPanel + c], square, 1e-5);
        }
      }
    }
  });
}

TEST(PairwiseKernels, sparse_rows_equal_float64_on_every_target) {
  const std::vector<uint32_t> genes{10, 11, 19, 29};
  const std::vector<float> values{0.5f, 2.0f, -1.0f, 3.0f};
  const std::vector<pairs::SparseRow> rows{{genes.data(), values.data(), 4},
                                           {genes.data(), values.data(), 0}};
  for_each_target([&] {
    const auto b = panel(3, 20);
    AlignedVector<float> c(2 * pairs::kPanel, 1.0f);
    pairs::sparse_panel(rows.data(), rows.size(), 10, b.data(), c.data(), true);
    for (size_t col = 0; col < pairs::kPanel; ++col) {
      double dot = 1;
      for (size_t k = 0; k < 4; ++k) dot += values[k] * b[(genes[k] - 10) * pairs::kPanel + col];
      ASSERT_NEAR(c[col], dot, 1e-6);  // four terms of order 1
      ASSERT_EQ(c[pairs::kPanel + col], 1.0f);
    }
  });
}

TEST(PairwiseKernels, sums_over_runs_of_columns_on_every_target) {
  for_each_target([] {
    constexpr size_t kRows = 2;
    AlignedVector<float> distances(kRows * pairs::kPanel + 16), sums(4 * pairs::kPanel);
    for (size_t k = 0; k < distances.size(); ++k) distances[k] = static_cast<float>(k % pairs::kPanel);
    pairs::DistanceTile tile{};
    tile.values = distances.data();
    tile.ld = pairs::kPanel;
    tile.n_rows = kRows;
    const std::vector<uint32_t> ends{1, 18, 20, 43};  // small whole numbers: sums are exact
    pairs::segment_sums(tile, ends, sums.data());
    for (size_t r = 0; r < kRows; ++r) {
      EXPECT_EQ(sums[0 * pairs::kPanel + r], 0.0f);
      EXPECT_EQ(sums[1 * pairs::kPanel + r], 153.0f);
      EXPECT_EQ(sums[2 * pairs::kPanel + r], 37.0f);
      EXPECT_EQ(sums[3 * pairs::kPanel + r], 713.0f);
    }
  });
}

TEST(PairwiseKernels, the_whole_pass_agrees_on_every_target) {
  ThreadPool pool(2);
  NoProgress progress;
  for (const size_t d : {20, 150}) {
    DenseMatrix<float> x(300, d);
    std::vector<int32_t> labels(300);
    for (size_t i = 0; i < 300; ++i) {
      labels[i] = static_cast<int32_t>(i % 7);
      for (size_t k = 0; k < d; ++k) x(i, k) = value(i, k);
    }
    const PairwiseOptions options{.n_neighbors = 15, .labels = labels, .batches = labels};
    const PairwiseResults best = pairwise(x, options, pool, progress);
    for_each_target([&] {
      const PairwiseResults results = pairwise(x, options, pool, progress);
      EXPECT_EQ(results.knn.indices, best.knn.indices);
      for (size_t i = 0; i < 300; ++i) {
        // Sums of float32 distances in another order.
        EXPECT_NEAR(results.label.silhouette[i], best.label.silhouette[i], 1e-6);
      }
    });
  }
}

}  // namespace
}  // namespace zerocell
