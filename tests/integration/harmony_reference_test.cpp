// Against harmonypy, by tests/reference/harmony.py and on the published example.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

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

/// Table of numbers with a header line, from a gzipped tsv.
DenseMatrix<float> read_table(const std::string& path) {
  GzipLines lines(path);
  std::string_view line;
  std::vector<std::vector<float>> rows;
  lines.next(line);
  while (lines.next(line)) {
    std::stringstream in{std::string(line)};
    rows.emplace_back();
    for (float x; in >> x;) rows.back().push_back(x);
  }
  DenseMatrix<float> table(rows.size(), rows.at(0).size());
  for (size_t i = 0; i < rows.size(); ++i) std::ranges::copy(rows[i], table.row(i).begin());
  return table;
}

double correlation(const DenseMatrix<float>& a, const DenseMatrix<float>& b, size_t j) {
  const auto n = static_cast<double>(a.n_rows());
  double sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;
  for (size_t i = 0; i < a.n_rows(); ++i) {
    const double x = a(i, j), y = b(i, j);
    sa += x, sb += y, saa += x * x, sbb += y * y, sab += x * y;
  }
  return (sab - sa * sb / n) / std::sqrt((saa - sa * sa / n) * (sbb - sb * sb / n));
}

// From starts of our own: what harmonypy's tests ask of it too.
TEST(HarmonyReference, PublishedExampleEndToEnd) {
  const std::string folder = ZEROCELL_SHARED_DIR "/data/harmonypy/pbmc_3500_";
  if (!std::filesystem::exists(folder + "pcs.tsv.gz")) GTEST_SKIP() << "no " << folder << "pcs.tsv.gz";
  const auto z = read_table(folder + "pcs.tsv.gz"), published = read_table(folder + "pcs_harmonized.tsv.gz");
  GzipLines lines(folder + "meta.tsv.gz");
  std::string_view line;
  lines.next(line);
  std::vector<int32_t> donors;
  while (lines.next(line)) donors.push_back(line[0] - 'A');
  ASSERT_EQ(donors.size(), z.n_rows());
  const auto n_donors = static_cast<size_t>(1 + std::ranges::max(donors));
  HarmonyOptions options;
  options.variant = HarmonyVariant::classic;
  const auto classic = run(z, donors, n_donors, options);
  const auto harmony2 = run(z, donors, n_donors, {});
  for (size_t j = 0; j < z.n_cols(); ++j) {
    EXPECT_GE(correlation(classic.corrected, published, j), 0.99) << "dimension " << j;
    // harmonypy 2.1.0 with its own defaults: 0.954 at the least.
    EXPECT_GE(correlation(harmony2.corrected, published, j), 0.94) << "dimension " << j;
  }
}

// Where the default variant ends does not depend on its start: with its own draws it comes as near to 2.1.0's
// result as the program does from another seed.
TEST(HarmonyReference, Harmony2EndToEndFromItsOwnStart) {
  const auto z = matrix<float>(golden()["z"]), theirs = matrix<float>(golden()["harmony2"]["corrected"]);
  const auto ours = run(z, golden()["batch"].get<std::vector<int32_t>>(), 3, {});
  for (size_t j = 0; j < z.n_cols(); ++j) {
    const double spread = golden()["harmony2"]["correlation_of_seeds"][j].get<double>();
    EXPECT_GE(correlation(ours.corrected, theirs, j), std::min(0.99, spread)) << "dimension " << j;
  }
}

}  // namespace
}  // namespace zerocell
