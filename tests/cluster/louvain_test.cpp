#include "zerocell/cluster/louvain.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "support/brute_force.h"
#include "zerocell/cluster/louvain_sweep.h"
#include "zerocell/core/error.h"
#include "zerocell/neighbors/fuzzy_graph.h"

namespace zerocell {
namespace {

CsrMatrix graph_of(size_t n, const std::set<std::pair<uint32_t, uint32_t>>& edges) {
  std::set<std::pair<uint32_t, uint32_t>> arcs;
  for (const auto& [a, b] : edges) {
    arcs.emplace(a, b);
    arcs.emplace(b, a);
  }
  CsrMatrix graph;
  graph.n_rows = graph.n_cols = n;
  graph.indptr.assign(n + 1, 0);
  for (const auto& [a, b] : arcs) {
    ++graph.indptr[a + 1];
    graph.indices.push_back(b);
    graph.values.push_back(0.5f);
  }
  for (size_t i = 0; i < n; ++i) graph.indptr[i + 1] += graph.indptr[i];
  return graph;
}

/// Two cliques of five with one edge between them.
CsrMatrix two_cliques() {
  std::set<std::pair<uint32_t, uint32_t>> edges{{4, 5}};
  for (uint32_t start : {0u, 5u})
    for (uint32_t a = start; a < start + 5; ++a)
      for (uint32_t b = a + 1; b < start + 5; ++b) edges.emplace(a, b);
  return graph_of(10, edges);
}

CsrMatrix synthetic_graph(ThreadPool& pool) {
  return fuzzy_graph(test::brute_force_neighbors(test::points_around_centres(1200).x, 15), pool);
}

/// Q by its definition, cell by cell.
double plain_modularity(const CsrMatrix& graph, const std::vector<int32_t>& membership, double resolution) {
  const auto m = static_cast<double>(graph.nnz());
  double inside = 0, expected = 0;
  std::vector<double> degree(graph.n_rows, 0);
  for (size_t v = 0; v < graph.n_rows; ++v) {
    for (uint32_t u : graph.row_indices(v)) inside += membership[u] == membership[v];
    degree[membership[v]] += static_cast<double>(graph.row_indices(v).size());
  }
  for (double k : degree) expected += k * k;
  return (inside - resolution * expected / m) / m;
}

TEST(Louvain, FindsTwoCliques) {
  const LouvainResults results = louvain(two_cliques(), {});
  EXPECT_EQ(results.n_clusters, 2u);
  for (size_t i = 0; i < 10; ++i) EXPECT_EQ(results.membership[i] == results.membership[0], i < 5) << i;
  // 42 arcs, 40 of them inside; degrees 21 and 21: Q = 40/42 - 2 (21/42)^2.
  EXPECT_DOUBLE_EQ(results.modularity, 40.0 / 42 - 0.5);
}

TEST(Louvain, ResolutionDecidesBetweenOneClusterAndManyForACliquePair) {
  EXPECT_EQ(louvain(two_cliques(), {.resolution = 0}).n_clusters, 1u);
  // At 20, an edge inside a clique gains 1 - 20 * 4 * 4 / 42 < 0: every cell stays alone.
  const LouvainResults alone = louvain(two_cliques(), {.resolution = 20});
  EXPECT_EQ(alone.n_clusters, 10u);
  EXPECT_DOUBLE_EQ(alone.modularity, plain_modularity(two_cliques(), alone.membership, 20));
}

TEST(Louvain, NumbersClustersByDescendingSize) {
  ThreadPool pool(1);
  const LouvainResults results = louvain(synthetic_graph(pool), {});
  std::vector<size_t> sizes(results.n_clusters, 0);
  for (int32_t c : results.membership) ++sizes.at(static_cast<size_t>(c));
  EXPECT_TRUE(std::is_sorted(sizes.rbegin(), sizes.rend()));
  EXPECT_GT(sizes.back(), 0u);
}

TEST(Louvain, ReportsTheModularityOfItsPartition) {
  ThreadPool pool(1);
  const CsrMatrix graph = synthetic_graph(pool);
  for (double resolution : {0.1, 1.0, 2.0, 50.0}) {
    const LouvainResults results = louvain(graph, {.resolution = resolution, .seed = 3});
    // Both are sums of whole numbers; 1e-12 is room for the divisions.
    EXPECT_NEAR(results.modularity, plain_modularity(graph, results.membership, resolution), 1e-12);
  }
}

TEST(Louvain, NoSingleMoveImproves) {
  ThreadPool pool(1);
  const CsrMatrix graph = two_cliques();
  LouvainResults results = louvain(graph, {});
  for (size_t v = 0; v < graph.n_rows; ++v) {
    for (int32_t c = 0; c < 3; ++c) {
      auto moved = results.membership;
      moved[v] = c;
      EXPECT_LE(plain_modularity(graph, moved, 1), results.modularity + 1e-12);
    }
  }
}

TEST(Louvain, ComesUpToTheReference) {
  std::ifstream file(ZEROCELL_SOURCE_DIR "/tests/golden/louvain.json");
  const auto golden = nlohmann::json::parse(file);
  const auto& expected = golden["graphs"][0];
  ASSERT_EQ(expected["name"], "synthetic");
  ThreadPool pool(2);
  const CsrMatrix graph = synthetic_graph(pool);
  ASSERT_EQ(graph.nnz(), expected["n_arcs"].get<size_t>());
  LouvainSweepOptions options;
  ASSERT_EQ(options.resolutions, golden["resolutions"].get<std::vector<double>>());
  options.seeds = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  std::vector<std::vector<double>> found(20, std::vector<double>(10));
  NoProgress progress;
  louvain_sweep(graph, options, pool, progress, [&](const LouvainRun& run, LouvainResults&& results) {
    found[run.resolution][run.seed] = results.modularity;
  });
  for (size_t r = 0; r < 20; ++r) {
    double mean = 0;
    for (double q : found[r]) mean += q / 10;
    // No lower than the reference's mean over 10 seeds less its standard deviation; 1e-12 is rounding.
    EXPECT_GE(mean, expected["mean"][r].get<double>() - expected["sd"][r].get<double>() - 1e-12)
        << "resolution " << r;
  }
}

TEST(Louvain, SecondRoundNeverLosesModularity) {
  ThreadPool pool(1);
  const CsrMatrix graph = synthetic_graph(pool);
  for (uint64_t seed = 0; seed < 5; ++seed)
    EXPECT_GE(louvain(graph, {.seed = seed, .n_rounds = 2}).modularity,
              louvain(graph, {.seed = seed, .n_rounds = 1}).modularity);
}

TEST(Louvain, CountsLoops) {
  // One edge, and a loop at cell 0: 3 arcs, degrees 2 and 1. Together: Q = 3/3 - 1 = 0; apart: (1 - 5/3) / 3.
  CsrMatrix graph{2, 2, {0, 2, 3}, {0, 1, 0}, {1, 1, 1}};
  EXPECT_DOUBLE_EQ(louvain(graph, {}).modularity, 0);
  // At resolution 2, apart: (1 - 2 * 5/3) / 3 is better than together: (3 - 2 * 9/3) / 3.
  EXPECT_DOUBLE_EQ(louvain(graph, {.resolution = 2}).modularity, (1 - 2 * 5.0 / 3) / 3);
}

TEST(Louvain, LeavesIsolatedCellsAlone) {
  const LouvainResults results = louvain(graph_of(4, {{1, 2}}), {});
  EXPECT_EQ(results.n_clusters, 3u);
  EXPECT_EQ(results.membership[1], results.membership[2]);
  EXPECT_NE(results.membership[0], results.membership[3]);
}

TEST(Louvain, OneCellNoCellNoEdge) {
  EXPECT_EQ(louvain(graph_of(1, {}), {}).membership, std::vector<int32_t>{0});
  EXPECT_EQ(louvain(graph_of(0, {}), {}).n_clusters, 0u);
  const LouvainResults results = louvain(graph_of(3, {}), {});
  EXPECT_EQ(results.n_clusters, 3u);
  EXPECT_EQ(results.modularity, 0);
}

TEST(Louvain, RefusesWhatIsNoGraph) {
  EXPECT_THROW(louvain(CsrMatrix{2, 3, {0, 1, 1}, {1}, {1}}, {}), Error);
  EXPECT_THROW(louvain(CsrMatrix{2, 2, {0, 1, 1}, {2}, {1}}, {}), Error);
  EXPECT_THROW(louvain(two_cliques(), {.resolution = -1}), Error);
  EXPECT_THROW(louvain(two_cliques(), {.resolution = NAN}), Error);
}

}  // namespace
}  // namespace zerocell
