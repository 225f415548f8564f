#include "zerocell/integration/harmony.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "zerocell/core/error.h"
#include "zerocell/core/random.h"

namespace zerocell {
namespace {

struct Example {
  DenseMatrix<float> z;
  std::vector<int32_t> batches;
  size_t n_batches;
};

/// Cells of three types in five dimensions, each batch shifted along the last two.
Example example(size_t n, size_t n_batches, uint64_t seed = 1) {
  Random random(seed);
  Example e{DenseMatrix<float>(n, 5), {}, n_batches};
  for (size_t i = 0; i < n; ++i) {
    const auto batch = static_cast<int32_t>(i % n_batches);
    e.batches.push_back(batch);
    for (size_t j = 0; j < 5; ++j) e.z(i, j) = static_cast<float>(random.normal());
    e.z(i, random.below(3)) += 8;
    e.z(i, 3) += 3.0f * static_cast<float>(batch % 4);
    e.z(i, 4) -= 2.0f * static_cast<float>(batch % 3);
  }
  return e;
}

HarmonyResults run(const Example& e, const HarmonyOptions& options = {}, int threads = 2) {
  ThreadPool pool(threads);
  NoProgress progress;
  return harmony(e.z, e.batches, e.n_batches, options, pool, progress);
}

HarmonyOptions classic() {
  HarmonyOptions options;
  options.variant = HarmonyVariant::classic;
  return options;
}

std::vector<float> values(const DenseMatrix<float>& x) {
  return {x.data(), x.data() + x.n_rows() * x.n_cols()};
}

bool all_finite(const HarmonyResults& r) {
  return std::ranges::all_of(values(r.corrected), [](float x) { return std::isfinite(x); });
}

/// Largest distance between means of batches.
double batch_distance(const DenseMatrix<float>& z, const Example& e) {
  DenseMatrix<double> means(e.n_batches, z.n_cols());
  std::vector<double> sizes(e.n_batches);
  for (size_t i = 0; i < z.n_rows(); ++i) ++sizes[static_cast<size_t>(e.batches[i])];
  for (size_t i = 0; i < z.n_rows(); ++i)
    for (size_t j = 0; j < z.n_cols(); ++j)
      means(static_cast<size_t>(e.batches[i]), j) += z(i, j) / sizes[static_cast<size_t>(e.batches[i])];
  double most = 0;
  for (size_t a = 0; a < e.n_batches; ++a)
    for (size_t b = 0; b < a; ++b) {
      double squared = 0;
      for (size_t j = 0; j < z.n_cols(); ++j) squared += std::pow(means(a, j) - means(b, j), 2);
      most = std::max(most, std::sqrt(squared));
    }
  return most;
}

// One cluster holds every cell by weight 1, so that the correction is a ridge regression by hand. Batch a: 1
// and 3, batch b: 5 and 9. With penalty p of both batches intercept m solves (4 - 2 x 4 / (2 + p)) m = 18 - 2
// (4 + 14) / (2 + p), that is m = 4.5, and the offsets are (4 - 2 m) / (2 + p) and (14 - 2 m) / (2 + p).
TEST(Harmony, OneClusterIsARidgeRegressionByHand) {
  Example e{DenseMatrix<float>(4, 1), {0, 0, 1, 1}, 2};
  const float z[] = {1, 3, 5, 9};
  std::copy_n(z, 4, e.z.data());
  auto options = classic();
  options.n_clusters = 1;
  options.max_iter_harmony = 1;
  const double classic_offset = 5.0 / 3;  // lambda 1
  const auto old = run(e, options);
  EXPECT_NEAR(old.corrected(0, 0), 1 + classic_offset, 1e-6);
  EXPECT_NEAR(old.corrected(3, 0), 9 - classic_offset, 1e-6);
  options.variant = HarmonyVariant::harmony2;
  const double offset = 5 / (2 + 0.2 * 2);  // alpha 0.2, 2 cells of each batch expected
  const auto now = run(e, options);
  EXPECT_NEAR(now.corrected(1, 0), 3 + offset, 1e-5);
  EXPECT_NEAR(now.corrected(2, 0), 5 - offset, 1e-5);
}

TEST(Harmony, DrawsBatchesTogetherAndTypesNot) {
  const auto e = example(900, 3);
  for (const auto& options : {HarmonyOptions{}, classic()}) {
    const auto r = run(e, options);
    EXPECT_LT(batch_distance(r.corrected, e), 0.25 * batch_distance(e.z, e)) << to_string(options.variant);
    EXPECT_EQ(r.n_clusters, 30u);
    double apart = 0;  // dimensions 0 to 2 hold the types
    for (size_t i = 0; i < 900; ++i)
      for (size_t j = 0; j < 3; ++j) apart += std::abs(r.corrected(i, j) - e.z(i, j)) / 2700;
    EXPECT_LT(apart, 0.7) << to_string(options.variant);
    EXPECT_EQ(r.objective_harmony.size(), r.kmeans_rounds.size() + 1);
    EXPECT_EQ(r.objective_kmeans.size(),
              1 + std::accumulate(r.kmeans_rounds.begin(), r.kmeans_rounds.end(), size_t{0}));
    EXPECT_LT(r.objective_harmony.back(), r.objective_harmony.front());
  }
}

TEST(Harmony, SameBitsForAnyNumberOfThreads) {
  const auto e = example(3000, 4);
  for (auto options : {HarmonyOptions{}, classic()}) {
    options.max_iter_harmony = 3;
    const auto one = run(e, options, 1);
    for (const int threads : {2, 3}) {
      const auto other = run(e, options, threads);
      EXPECT_EQ(values(other.corrected), values(one.corrected)) << threads;
      EXPECT_EQ(other.objective_kmeans, one.objective_kmeans) << threads;
    }
    options.seed = 1;
    EXPECT_NE(values(run(e, options).corrected), values(one.corrected)) << "the seed matters";
  }
}

TEST(Harmony, TheOrderOfCellsMattersByRoundingAlone) {
  const auto e = example(1200, 3);
  Random random(5);
  const auto order = permutation(1200, random);
  Example shuffled{DenseMatrix<float>(1200, 5), {}, 3};
  std::vector<uint64_t> keys(1200), shuffled_keys;
  for (size_t i = 0; i < 1200; ++i) keys[i] = mix64(i);
  for (size_t i = 0; i < 1200; ++i) {
    std::ranges::copy(e.z.row(order[i]), shuffled.z.row(i).begin());
    shuffled.batches.push_back(e.batches[order[i]]);
    shuffled_keys.push_back(keys[order[i]]);
  }
  for (auto options : {HarmonyOptions{}, classic()}) {
    options.cell_keys = keys;
    const auto a = run(e, options);
    options.cell_keys = shuffled_keys;
    const auto b = run(shuffled, options);
    for (size_t i = 0; i < 1200; ++i)
      for (size_t j = 0; j < 5; ++j) ASSERT_NEAR(a.corrected(order[i], j), b.corrected(i, j), 2e-3) << i;
  }
}

TEST(Harmony, OneBatchIsLeftAsItIs) {
  auto e = example(100, 1);
  e.n_batches = 4;  // codes that no cell has
  const auto r = run(e);
  EXPECT_EQ(values(r.corrected), values(e.z));
  EXPECT_TRUE(r.converged);
  EXPECT_THAT(r.message, testing::HasSubstr("one batch"));
}

TEST(Harmony, UnusedCodesDoNoHarm) {
  auto e = example(200, 2);
  const auto compact = run(e);
  for (auto& b : e.batches) b *= 3;
  e.n_batches = 7;
  EXPECT_EQ(values(run(e).corrected), values(compact.corrected));
}

TEST(Harmony, SmallAndStrangeInputs) {
  for (const auto& options : {HarmonyOptions{}, classic()}) {
    auto one_cell = example(300, 2);
    one_cell.batches[17] = 2;
    one_cell.n_batches = 3;
    EXPECT_TRUE(all_finite(run(one_cell, options))) << "a batch of one cell";
    EXPECT_TRUE(all_finite(run(example(200, 200), options))) << "as many batches as cells";
    EXPECT_TRUE(all_finite(run(example(2, 2), options))) << "two cells";
    auto many = options;
    many.n_clusters = 50;
    const auto few = run(example(9, 3), many);
    EXPECT_EQ(few.n_clusters, 9u) << "fewer cells than clusters";
    EXPECT_TRUE(all_finite(few));
    Example same{DenseMatrix<float>(120, 4, 1.5f), {}, 2};
    for (int i = 0; i < 120; ++i) same.batches.push_back(i % 2);
    const auto r = run(same, options);
    for (const float x : values(r.corrected)) EXPECT_NEAR(x, 1.5f, 1e-4) << "all cells alike";
    Example zeros{DenseMatrix<float>(120, 4), same.batches, 2};
    EXPECT_TRUE(all_finite(run(zeros, options))) << "all cells at the origin";
    auto extreme = options;
    extreme.theta = 100;
    extreme.max_iter_harmony = 2;
    EXPECT_TRUE(all_finite(run(example(300, 3), extreme))) << "a factor that float can't hold";
  }
}

TEST(Harmony, SaysWhetherItConverged) {
  const auto e = example(600, 3);
  HarmonyOptions options;
  options.max_iter_harmony = 1;
  options.epsilon_harmony = 1e-9;
  const auto stopped = run(e, options);
  EXPECT_FALSE(stopped.converged);
  EXPECT_EQ(stopped.message, "stopped before convergence after 1 iteration");
  options.max_iter_harmony = 40;
  options.epsilon_harmony = 0.5;
  const auto r = run(e, options);
  EXPECT_TRUE(r.converged);
  EXPECT_THAT(r.message, testing::StartsWith("converged after"));
}

TEST(Harmony, BadInputIsRefused) {
  const auto status = [](const Example& e, const HarmonyOptions& options) {
    try {
      run(e, options);
    } catch (const Error& error) {
      return error.exit_status();
    }
    return 0;
  };
  auto e = example(60, 2);
  EXPECT_EQ(status(e, {}), 0);
  HarmonyOptions options;
  options.theta = -1;
  EXPECT_EQ(status(e, options), 2);
  options.theta = std::nan("");
  EXPECT_EQ(status(e, options), 2);
  options = {};
  options.sigma = 0.01;
  EXPECT_EQ(status(e, options), 2);
  e.batches[3] = -1;
  EXPECT_EQ(status(e, {}), 3) << "no batch: the caller's to leave out";
  e.batches[3] = 0;
  e.z(5, 1) = std::nanf("");
  EXPECT_EQ(status(e, {}), 1);
  EXPECT_THROW(parse_harmony_variant("harmony3"), Error);
}

}  // namespace
}  // namespace zerocell
