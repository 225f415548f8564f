// End to end on real data against scanpy and scib: tests/reference/scores.py and louvain_modularity.py.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>

#include "zerocell/baselines/hvg.h"
#include "zerocell/data/dataset_file.h"
#include "zerocell/metrics/cluster_scores.h"
#include "zerocell/metrics/graph_connectivity.h"
#include "zerocell/metrics/silhouette_scores.h"
#include "zerocell/neighbors/fuzzy_graph.h"
#include "zerocell/neighbors/pairwise.h"

namespace zerocell {
namespace {

using Json = nlohmann::json;

Json golden(const std::string& file) {
  std::ifstream stream(ZEROCELL_SOURCE_DIR "/tests/golden/" + file);
  return Json::parse(stream);
}

const Json& named(const Json& list, const std::string& name) {
  return *std::find_if(list.begin(), list.end(), [&](const Json& entry) { return entry["name"] == name; });
}

std::vector<int32_t> codes_of(const DatasetFile& file, const std::string& column,
                              const std::vector<uint32_t>& cells) {
  const Categorical all = file.obs_column(column).as_categorical();
  std::vector<int32_t> codes;
  for (const uint32_t cell : cells) codes.push_back(all.codes[cell]);
  return codes;
}

class ReferenceSet : public testing::TestWithParam<const char*> {};

TEST_P(ReferenceSet, HvgScoresAreScibs) {
  const std::string name = GetParam(),
                    path = std::string(ZEROCELL_SHARED_DIR) + "/data/sets/" + name + ".h5ad";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "test data absent: " << path;
  const Json scores_list = golden("scores_hvg.json"), modularities = golden("louvain.json");
  const Json &expected = named(scores_list, name), &modularity = named(modularities["graphs"], name);
  const Json& scores = expected["scores"];

  ThreadPool pool(2);
  NoProgress progress;
  const auto file = DatasetFile::open(path);
  const HvgResults embedding = hvg(file->stream("X", pool), {}, {}, pool, progress);
  ASSERT_EQ(embedding.cells.size(), expected["cells"].get<size_t>());
  const auto labels = codes_of(*file, "celltype", embedding.cells),
             batches = codes_of(*file, "batch", embedding.cells);
  PairwiseOptions pairs;
  pairs.labels = labels;
  pairs.batches = batches;
  const PairwiseResults found = pairwise(embedding.values, pairs, pool, progress);

  // The contract: 1e-5 for silhouettes, 1e-6 for graph connectivity.
  EXPECT_NEAR(*asw_label(found.label.silhouette, labels).score.value, scores["asw_label"].get<double>(),
              1e-5);
  EXPECT_NEAR(*asw_batch_global(found.batch.silhouette, batches).score.value,
              scores["asw_batch_global"].get<double>(), 1e-5);
  EXPECT_NEAR(*asw_batch(found.batch_within_label.silhouette, labels, batches).score.value,
              scores["asw_batch"].get<double>(), 1e-5);
  const CsrMatrix graph = fuzzy_graph(found.knn, pool);
  EXPECT_EQ(graph.nnz(), modularity["n_arcs"].get<size_t>());
  EXPECT_NEAR(*graph_connectivity(graph, labels).value, scores["graph_connectivity"].get<double>(), 1e-6);

  ClusterScoresOptions options;
  options.sweep.seeds = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  std::vector<double> mean(options.sweep.resolutions.size(), 0);
  std::mutex mutex;
  louvain_sweep(graph, options.sweep, pool, progress, [&](const LouvainRun& run, LouvainResults&& results) {
    std::lock_guard lock(mutex);
    mean[run.resolution] += results.modularity / 10;
  });
  for (size_t r = 0; r < mean.size(); ++r) {
    // No lower than the reference's mean over 10 seeds less its standard deviation; 1e-12 is rounding.
    EXPECT_GE(mean[r], modularity["mean"][r].get<double>() - modularity["sd"][r].get<double>() - 1e-12)
        << "resolution " << options.sweep.resolutions[r];
  }
  const ClusterScores clusters = cluster_scores(graph, labels, options, pool, progress);
  const auto expect_in_range = [](const MetricValue& value, const std::vector<double>& runs) {
    // The contract: the mean over 10 seeds lies within the range of the reference's 10 seeds, 0.01 wider.
    const auto [lowest, highest] = std::minmax_element(runs.begin(), runs.end());
    EXPECT_GE(*value.value, *lowest - 0.01);
    EXPECT_LE(*value.value, *highest + 0.01);
  };
  expect_in_range(clusters.nmi.mean, expected["nmi_runs"]);
  expect_in_range(clusters.ari.mean, expected["ari_runs"]);
}

INSTANTIATE_TEST_SUITE_P(Sets, ReferenceSet,
                         testing::Values("symphony_pbmc_1200x1767", "sc_mixology_merged",
                                         "pbmc_multistudy_merged", "kang_8684x2511"),
                         [](const auto& set) { return std::string(set.param); });

}  // namespace
}  // namespace zerocell
