// The pass on the HVG matrices of real data, against scikit-learn: tests/reference/pairwise.py.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "zerocell/baselines/hvg.h"
#include "zerocell/data/dataset_file.h"
#include "zerocell/neighbors/pairwise.h"

namespace zerocell {
namespace {

double mean_of_defined(const std::vector<float>& values) {
  double sum = 0, n = 0;
  for (const float value : values) {
    if (std::isnan(value)) continue;
    sum += value;
    ++n;
  }
  return sum / n;
}

class PairwiseGolden : public testing::TestWithParam<const char*> {};

TEST_P(PairwiseGolden, equals_scikit_learn) {
  const std::string path = std::string(ZEROCELL_SHARED_DIR "/data/sets/") + GetParam() + ".h5ad";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not here";
  std::ifstream golden(ZEROCELL_SOURCE_DIR "/tests/golden/pairwise.json");
  const auto expected = nlohmann::json::parse(golden)["sets"][GetParam()];

  ThreadPool pool(2);
  NoProgress progress;
  const auto file = DatasetFile::open(path);
  const HvgResults genes = hvg(file->stream("X", pool), {}, {}, pool, progress);
  ASSERT_EQ(genes.values.n_rows, expected["shape"][0]);
  ASSERT_EQ(genes.values.n_cols, expected["shape"][1]);
  const auto codes = [&](const char* column) {
    const Categorical all = file->obs_column(column).as_categorical();
    std::vector<int32_t> kept;
    for (const uint32_t cell : genes.cells) kept.push_back(all.codes[cell]);
    return kept;
  };
  const auto labels = codes("celltype"), batches = codes("batch");
  const PairwiseResults results =
      pairwise(genes.values, {.n_neighbors = 15, .labels = labels, .batches = batches}, pool, progress);

  // scikit-learn rounds distances and their sums to float32, 1.5e-7 a cell; the mean over thousands of cells
  // is far closer.
  EXPECT_NEAR(mean_of_defined(results.label.silhouette), expected["label"], 1e-7);
  EXPECT_NEAR(mean_of_defined(results.batch.silhouette), expected["batch"], 1e-7);
  EXPECT_NEAR(mean_of_defined(results.batch_within_label.silhouette), expected["batch_within_label"], 1e-7);
  for (size_t m = 0; m < expected["cells"].size(); ++m) {
    const size_t cell = expected["cells"][m];
    const auto neighbors = expected["neighbors"][m].get<std::vector<uint32_t>>();
    const std::span got(results.knn.indices.data() + cell * 15, 15);
    EXPECT_EQ(std::set(got.begin(), got.end()), std::set(neighbors.begin(), neighbors.end()))
        << "cell " << cell;
    // Half a unit of float32's last place, 6 decimals, and log1p in float32, which may differ in its last
    // place between libraries.
    const double furthest = expected["furthest"][m];
    EXPECT_NEAR(results.knn.distances[cell * 15 + 14], furthest, 5e-7 + 2e-7 * furthest);
  }
}

INSTANTIATE_TEST_SUITE_P(Sets, PairwiseGolden,
                         testing::Values("symphony_pbmc_1200x1767", "sc_mixology_merged",
                                         "pbmc_multistudy_merged", "kang_8684x2511"),
                         [](const auto& set) { return std::string(set.param); });

}  // namespace
}  // namespace zerocell
