// Layouts against umap-learn's on the same data: tests/reference/umap_layout.py.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "support/brute_force.h"
#include "zerocell/baselines/hvg.h"
#include "zerocell/baselines/pca.h"
#include "zerocell/data/dataset_file.h"
#include "zerocell/layout/quality.h"
#include "zerocell/layout/umap.h"
#include "zerocell/neighbors/fuzzy_graph.h"
#include "zerocell/neighbors/pairwise.h"

namespace zerocell {
namespace {

nlohmann::json golden(const std::string& name) {
  std::ifstream file(ZEROCELL_SOURCE_DIR "/tests/golden/umap_layout.json");
  return nlohmann::json::parse(file).at("cases").at(name);
}

void expect_as_good_as_reference(const std::string& name, const LayoutQuality& quality) {
  const nlohmann::json reference = golden(name);
  const auto mean = [&](const char* metric) { return reference.at(metric).at("mean").get<double>(); };
  const auto sd = [&](const char* metric) { return reference.at(metric).at("sd").get<double>(); };
  // 0.01 is what the project promises for trustworthiness and continuity.
  EXPECT_GE(quality.trustworthiness, mean("trustworthiness") - 0.01) << name;
  EXPECT_GE(quality.continuity, mean("continuity") - 0.01) << name;
  // One layout against a mean: three of the reference's own standard deviations, and the error of a share
  // of 1,000 cells (0.012) where they nearly agree.
  EXPECT_GE(quality.label_accuracy, mean("label_accuracy") - 3 * sd("label_accuracy") - 0.02) << name;
  EXPECT_GE(quality.knn_overlap, mean("knn_overlap") - 3 * sd("knn_overlap") - 0.01) << name;
}

struct LayoutCase {
  const EmbeddingMatrix& x;
  const std::vector<int32_t>& labels;
};

LayoutQuality judged(const LayoutCase& data, ThreadPool& pool) {
  NoProgress progress;
  const CsrMatrix graph = fuzzy_graph(pairwise(data.x, {}, pool, progress).knn, pool);
  const DenseMatrix<float> layout = umap(graph, {}, pool, progress);
  return layout_quality(data.x, layout, {15, data.labels, 1000}, pool);
}

TEST(UmapReference, SyntheticPoints) {
  ThreadPool pool(2);
  const test::Points points = test::points_around_centres(600);
  const EmbeddingMatrix x = points.x;
  expect_as_good_as_reference("synthetic.points", judged({x, points.labels}, pool));
}

class UmapOnRealSets : public testing::TestWithParam<const char*> {};

TEST_P(UmapOnRealSets, AsGoodAsUmapLearn) {
  const std::string name = GetParam(), path = ZEROCELL_SHARED_DIR "/data/sets/" + name + ".h5ad";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is absent";
  ThreadPool pool(2);
  NoProgress progress;
  const auto file = DatasetFile::open(path);
  const HvgResults genes = hvg(file->stream("X", pool), {}, {}, pool, progress);
  const Categorical types = file->obs_column("celltype").as_categorical();
  std::vector<int32_t> labels;
  for (const uint32_t cell : genes.cells) labels.push_back(types.codes[cell]);
  const EmbeddingMatrix x = genes.values;
  expect_as_good_as_reference(name + ".hvg", judged({x, labels}, pool));
  const EmbeddingMatrix components = pca(x, {}, pool, progress).scores;
  expect_as_good_as_reference(name + ".pca", judged({components, labels}, pool));
}

INSTANTIATE_TEST_SUITE_P(Sets, UmapOnRealSets,
                         testing::Values("symphony_pbmc_1200x1767", "sc_mixology_merged",
                                         "pbmc_multistudy_merged", "kang_8684x2511"));

}  // namespace
}  // namespace zerocell
