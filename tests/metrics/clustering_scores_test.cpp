#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "support/brute_force.h"
#include "zerocell/core/error.h"
#include "zerocell/core/random.h"
#include "zerocell/metrics/ari.h"
#include "zerocell/metrics/cluster_scores.h"
#include "zerocell/metrics/nmi.h"
#include "zerocell/neighbors/fuzzy_graph.h"

namespace zerocell {
namespace {

using Codes = std::vector<int32_t>;

nlohmann::json golden_labelings() {
  std::ifstream file(ZEROCELL_SOURCE_DIR "/tests/golden/metrics.json");
  return nlohmann::json::parse(file)["labelings"];
}

TEST(Contingency, CountsPairsAndLeavesMissingOut) {
  const Contingency table = contingency(Codes{0, 2, 0, -1, 2, 0}, Codes{1, 0, 1, 1, -1, 3});
  EXPECT_EQ(table.n, 4);
  EXPECT_EQ(table.label_counts, (std::vector<int64_t>{3, 0, 1}));
  EXPECT_EQ(table.cluster_counts, (std::vector<int64_t>{1, 2, 0, 1}));
  EXPECT_EQ(table.n_labels, 2u);
  EXPECT_EQ(table.n_clusters, 3u);
  ASSERT_EQ(table.entries.size(), 3u);
  EXPECT_EQ(table.entries[0].count, 2);
  EXPECT_EQ(table.entries[1].cluster, 3u);
  EXPECT_EQ(table.entries[2].label, 2u);
  EXPECT_THROW(contingency(Codes{0}, Codes{}), Error);
}

TEST(NmiAndAri, MatchSklearnAndScib) {
  const auto golden = golden_labelings();
  ASSERT_EQ(golden.size(), 9u);
  for (const auto& [name, expected] : golden.items()) {
    if (!expected.contains("labels")) continue;
    SCOPED_TRACE(name);
    const Contingency table = contingency(expected["labels"].get<Codes>(), expected["clusters"].get<Codes>());
    // The same formula in float64; 1e-12 is rounding of the logarithms.
    EXPECT_NEAR(nmi(table).value.value(), expected["nmi"].get<double>(), 1e-12);
    EXPECT_EQ(ari(table).value.has_value(), !expected["ari"].is_null());
    if (!expected["ari"].is_null()) {
      EXPECT_NEAR(*ari(table).value, expected["ari"].get<double>(), 1e-12);
    }
  }
}

TEST(NmiAndAri, TenThousandLabels) {
  Codes labels, clusters;
  for (uint64_t i = 0; i < 20000; ++i) {
    labels.push_back(static_cast<int32_t>(mix64(1, i) % 10000));
    clusters.push_back(static_cast<int32_t>(mix64(2, i) % 10 < 6 ? labels.back() % 37 : mix64(3, i) % 37));
  }
  const auto expected = golden_labelings()["ten_thousand_labels"];
  const Contingency table = contingency(labels, clusters);
  EXPECT_NEAR(nmi(table).value.value(), expected["nmi"].get<double>(), 1e-12);
  EXPECT_NEAR(ari(table).value.value(), expected["ari"].get<double>(), 1e-12);
}

TEST(NmiAndAri, ByHand) {
  // Two labels of two cells; one cluster holds three cells, the other one.
  const Contingency table = contingency(Codes{0, 0, 1, 1}, Codes{0, 0, 0, 1});
  const double h_labels = std::log(2.0), h_clusters = 0.75 * std::log(4.0 / 3) + 0.25 * std::log(4.0);
  const double h_both = 0.5 * std::log(2.0) + 0.5 * std::log(4.0);
  EXPECT_NEAR(*nmi(table).value, (h_labels + h_clusters - h_both) / ((h_labels + h_clusters) / 2), 1e-12);
  // I = 1, A = 2, B = 3, E = 2 * 3 / 6 = 1.
  EXPECT_DOUBLE_EQ(*ari(table).value, 0);
}

TEST(NmiAndAri, NoCellsAndOneCell) {
  EXPECT_EQ(nmi(contingency(Codes{}, Codes{})).reason, "no cell has a label and a cluster");
  EXPECT_EQ(nmi(contingency(Codes{-1, -1}, Codes{0, 1})).status(), ScoreStatus::not_applicable);
  EXPECT_FALSE(ari(contingency(Codes{}, Codes{})).value.has_value());
  EXPECT_DOUBLE_EQ(*nmi(contingency(Codes{3}, Codes{5})).value, 1);
  EXPECT_EQ(ari(contingency(Codes{3}, Codes{5})).reason, "needs at least 2 cells with a label and a cluster");
}

TEST(NmiAndAri, CountOnlyLabelledCells) {
  const Contingency table = contingency(Codes{0, -1, 0, 1, 1, -1}, Codes{2, 7, 2, 4, 4, 2});
  EXPECT_DOUBLE_EQ(*nmi(table).value, 1);
  EXPECT_DOUBLE_EQ(*ari(table).value, 1);
  EXPECT_EQ(nmi(table).n_cells, 4u);
}

TEST(Ari, DoesNotOverflowAtManyCells) {
  // 3 million cells in two labels, the clusters exactly those: pairs of pairs exceed 64 bits.
  Contingency table;
  table.entries = {{0, 0, 1'000'000}, {1, 1, 2'000'000}};
  table.label_counts = table.cluster_counts = {1'000'000, 2'000'000};
  table.n_labels = table.n_clusters = 2;
  table.n = 3'000'000;
  EXPECT_DOUBLE_EQ(*ari(table).value, 1);
  EXPECT_DOUBLE_EQ(*nmi(table).value, 1);
}

TEST(ClusterScores, KeepsTheBestPartitionOfEachSeed) {
  ThreadPool one(1), four(4);
  const auto points = test::points_around_centres(400);
  const CsrMatrix graph = fuzzy_graph(test::brute_force_neighbors(points.x, 15), one);
  auto labels = points.labels;
  labels[3] = -1;
  ClusterScoresOptions options;
  options.sweep.seeds = {0, 5};
  NoProgress progress;
  const ClusterScores a = cluster_scores(graph, labels, options, one, progress);
  const ClusterScores b = cluster_scores(graph, labels, options, four, progress);
  ASSERT_EQ(a.seeds.size(), 2u);
  EXPECT_EQ(a.membership, b.membership);
  EXPECT_EQ(a.resolution, a.seeds[0].resolution);
  EXPECT_EQ(a.nmi.mean.n_cells, 399u);
  for (size_t s = 0; s < 2; ++s) {
    double best = -1, at = 0;
    for (double resolution : options.sweep.resolutions) {
      const auto run = louvain(graph, {.resolution = resolution, .seed = options.sweep.seeds[s]});
      const Contingency table = contingency(labels, run.membership);
      if (*nmi(table).value > best) {
        best = *nmi(table).value;
        at = resolution;
      }
      if (resolution == 1.0) {
        EXPECT_EQ(a.seeds[s].ari_fixed.value, ari(table).value);
      }
    }
    EXPECT_EQ(*a.seeds[s].nmi.value, best);
    EXPECT_EQ(a.seeds[s].resolution, at);
    EXPECT_EQ(b.seeds[s].nmi.value, a.seeds[s].nmi.value);
  }
  EXPECT_DOUBLE_EQ(*a.nmi.mean.value, (*a.seeds[0].nmi.value + *a.seeds[1].nmi.value) / 2);
  EXPECT_LE(a.nmi.lowest, *a.nmi.mean.value);
  EXPECT_GE(a.nmi.highest, *a.nmi.mean.value);
  EXPECT_EQ(*nmi(contingency(labels, a.membership)).value, *a.seeds[0].nmi.value);
}

TEST(ClusterScores, OneLabelTakesTheLowestResolution) {
  ThreadPool pool(2);
  const auto points = test::points_around_centres(100);
  const CsrMatrix graph = fuzzy_graph(test::brute_force_neighbors(points.x, 15), pool);
  NoProgress progress;
  const ClusterScores scores = cluster_scores(graph, Codes(100, 0), {}, pool, progress);
  EXPECT_EQ(scores.resolution, 0.1);
  const ClusterScores unlabelled = cluster_scores(graph, Codes(100, -1), {}, pool, progress);
  EXPECT_EQ(unlabelled.resolution, 0.1);
  EXPECT_FALSE(unlabelled.nmi.mean.value.has_value());
  EXPECT_EQ(unlabelled.membership.size(), 100u);
  EXPECT_THROW(cluster_scores(graph, Codes(100, 0), {.sweep = {.resolutions = {0.5}}}, pool, progress),
               Error);
}

}  // namespace
}  // namespace zerocell
