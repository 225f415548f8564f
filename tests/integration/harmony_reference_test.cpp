// Against harmonypy, by tests/reference/harmony.py and on the published example.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "zerocell/core/random.h"
#include "zerocell/data/gzip_lines.h"
#include "zerocell/integration/harmony.h"

namespace zerocell {
namespace {

const nlohmann::json& golden() {
  static const auto json = [] {
    std::ifstream in(ZEROCELL_SOURCE_DIR "/tests/golden/harmony.json");
    return nlohmann::json::parse(in);
  }();
  return json;
}

template <class T>
DenseMatrix<T> matrix(const nlohmann::json& rows) {
  DenseMatrix<T> x(rows.size(), rows.at(0).size());
  for (size_t i = 0; i < x.n_rows(); ++i)
    for (size_t j = 0; j < x.n_cols(); ++j) x(i, j) = rows[i][j].get<T>();
  return x;
}

HarmonyResults run(const DenseMatrix<float>& z, const std::vector<int32_t>& batches, size_t n_batches,
                   const HarmonyOptions& options) {
  ThreadPool pool(2);
  NoProgress progress;
  return harmony(z, batches, n_batches, options, pool, progress);
}

double largest(const DenseMatrix<double>& x) {
  double most = 0;
  for (size_t i = 0; i < x.n_rows() * x.n_cols(); ++i) most = std::max(most, std::abs(x.data()[i]));
  return most;
}

/// Objectives to `relative` of the first one, coordinates to `relative` of the largest.
void expect_equal(const HarmonyResults& ours, const nlohmann::json& theirs, double relative) {
  const auto kmeans = theirs["objective_kmeans"].get<std::vector<double>>();
  const auto harmony = theirs["objective_harmony"].get<std::vector<double>>();
  ASSERT_EQ(ours.kmeans_rounds, theirs["kmeans_rounds"].get<std::vector<size_t>>());
  ASSERT_EQ(ours.objective_kmeans.size(), kmeans.size());
  ASSERT_EQ(ours.objective_harmony.size(), harmony.size());
  for (size_t i = 0; i < kmeans.size(); ++i)
    EXPECT_NEAR(ours.objective_kmeans[i], kmeans[i], relative * std::abs(kmeans[0])) << "round " << i;
  for (size_t i = 0; i < harmony.size(); ++i)
    EXPECT_NEAR(ours.objective_harmony[i], harmony[i], relative * std::abs(kmeans[0])) << "iteration " << i;
  const auto corrected = matrix<double>(theirs["corrected"]);
  const double tolerance = relative * largest(corrected);
  for (size_t i = 0; i < corrected.n_rows(); ++i)
    for (size_t j = 0; j < corrected.n_cols(); ++j)
      ASSERT_NEAR(ours.corrected(i, j), corrected(i, j), tolerance) << i << ", " << j;
}

TEST(HarmonyReference, ClassicIsHarmonypy0010StepByStep) {
  const auto& theirs = golden()["classic"];
  const auto z = matrix<float>(golden()["z"]);
  HarmonyOptions options;
  options.variant = HarmonyVariant::classic;
  options.max_iter_harmony = theirs["max_iter_harmony"].get<size_t>();
  options.initial_centroids = matrix<double>(theirs["initial_centroids"]);
  NumpyMt19937 random(0);
  for (size_t round = 0; round < 80; ++round) options.block_orders.push_back(random.permutation(z.n_rows()));
  expect_equal(run(z, golden()["batch"].get<std::vector<int32_t>>(), 3, options), theirs, 1e-6);
}

TEST(HarmonyReference, Harmony2IsHarmonypy210StepByStep) {
  const auto& theirs = golden()["harmony2"];
  const auto z = matrix<float>(golden()["z"]);
  HarmonyOptions options;
  options.initial_centroids = matrix<double>(theirs["initial_centroids"]);
  options.block_orders = theirs["block_orders"].get<std::vector<std::vector<uint32_t>>>();
  // Both in single precision, theirs in its sums too.
  expect_equal(run(z, golden()["batch"].get<std::vector<int32_t>>(), 3, options), theirs, 2e-5);
}

}  // namespace
}  // namespace zerocell
