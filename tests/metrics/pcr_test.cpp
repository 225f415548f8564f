// Reference: scib 1.1.7 through tests/reference/pcr.py -> tests/golden/pcr.json.
#include "zerocell/metrics/pcr.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "zerocell/baselines/hvg.h"
#include "zerocell/core/error.h"
#include "zerocell/data/dataset_file.h"

namespace zerocell {
namespace {

PcaResults two_components() {
  PcaResults pca;
  pca.scores = DenseMatrix<float>(4, 2);
  const float scores[4][2] = {{-3, 1}, {-1, -1}, {1, 1}, {3, -1}};
  for (size_t i = 0; i < 4; ++i)
    for (size_t c = 0; c < 2; ++c) pca.scores(i, c) = scores[i][c];
  pca.variance = {20.0 / 3, 4.0 / 3};
  return pca;
}

TEST(PcRegression, ByHand) {
  // component 1: groups {0, 1}, {2, 3} have means -2 and 2: between 16 of 20; component 2: means 0 and 0.
  const std::vector<int32_t> groups{0, 0, 1, 1};
  EXPECT_DOUBLE_EQ(pc_regression(two_components(), groups), (20.0 * 16 / 20 + 4 * 0.0) / 24);
}

TEST(PcRegression, OneGroupExplainsNothingAndSingletonsAll) {
  EXPECT_DOUBLE_EQ(pc_regression(two_components(), std::vector<int32_t>{0, 0, 0, 0}), 0.0);
  EXPECT_DOUBLE_EQ(pc_regression(two_components(), std::vector<int32_t>{0, 1, 2, 3}), 1.0);
}

TEST(PcRegression, MissingGroupsAreOneMoreGroup) {
  const std::vector<int32_t> missing{-1, -1, 1, 1}, coded{0, 0, 1, 1};
  EXPECT_DOUBLE_EQ(pc_regression(two_components(), missing), pc_regression(two_components(), coded));
}

TEST(PcRegression, NoVarianceIsNaN) {
  PcaResults pca;
  pca.scores = DenseMatrix<float>(3, 1, 0.0f);
  pca.variance = {0.0};
  EXPECT_TRUE(std::isnan(pc_regression(pca, std::vector<int32_t>{0, 1, 1})));
  EXPECT_TRUE(std::isnan(pc_regression(PcaResults(), {})));
}

TEST(PcRegression, OneGroupForEachCell) {
  EXPECT_THROW(pc_regression(two_components(), std::vector<int32_t>{0, 1}), Error);
}

class PcrOnSets : public testing::TestWithParam<size_t> {};

TEST_P(PcrOnSets, AsScib) {
  std::ifstream in(ZEROCELL_SOURCE_DIR "/tests/golden/pcr.json");
  const auto reference = nlohmann::json::parse(in)["sets"][GetParam()];
  const std::string path = ZEROCELL_SHARED_DIR "/data/sets/" + reference["name"].get<std::string>() + ".h5ad";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "test data not found: " << path;
  ThreadPool pool(2);
  NoProgress progress;
  const auto file = DatasetFile::open(path);
  const HvgResults embedding = hvg(file->stream("X", pool), {}, {}, pool, progress);
  const Categorical batch = file->obs_column("batch").as_categorical();
  std::vector<int32_t> groups;
  for (const uint32_t cell : embedding.cells) groups.push_back(batch.codes[cell]);

  const PcaResults first = pca(embedding.values, {}, pool, progress);
  // scib's ARPACK works in float32; measured differences are below 1e-7, the project promises 1e-5.
  EXPECT_NEAR(pc_regression(first, groups), reference["pcr_hvg"].get<double>(), 1e-6);
  const PcaResults second = pca(first.scores, {}, pool, progress);
  EXPECT_NEAR(pc_regression(second, groups), reference["pcr_pca"].get<double>(), 1e-6);
}

INSTANTIATE_TEST_SUITE_P(PcRegression, PcrOnSets, testing::Range(size_t{0}, size_t{4}));

}  // namespace
}  // namespace zerocell
