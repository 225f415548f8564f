#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "support/brute_force.h"
#include "zerocell/core/error.h"
#include "zerocell/core/random.h"
#include "zerocell/metrics/bras.h"
#include "zerocell/metrics/graph_connectivity.h"
#include "zerocell/metrics/silhouette_scores.h"
#include "zerocell/neighbors/fuzzy_graph.h"

namespace zerocell {
namespace {

using Codes = std::vector<int32_t>;
using Silhouettes = std::vector<float>;

/// Points, labels and batches of one case of tests/reference/metrics.py.
struct Case {
  DenseMatrix<float> x;
  Codes labels, batches;
};

Case mixed_case() {
  auto points = test::points_around_centres(240);
  Case result{points.x, {}, {}};
  int n_few = 0;
  for (uint64_t i = 0; i < 240; ++i) {
    int32_t label = mix64(11, i) % 4 == 0 ? static_cast<int32_t>(mix64(10, i) % 12) : points.labels[i];
    auto batch = label == 0 ? 0 : static_cast<int32_t>(mix64(9, i) % 3);
    if (label == 1 && n_few < 3)
      batch = n_few++;
    else if (label == 1)
      label = 2;
    result.labels.push_back(label);
    result.batches.push_back(batch);
  }
  return result;
}

Case triplicates_case() {
  const Case mixed = mixed_case();
  Case result{DenseMatrix<float>(240, 5), {}, {}};
  for (size_t i = 0; i < 240; ++i) {
    std::copy_n(mixed.x.row(i / 3).begin(), 5, result.x.row(i).begin());
    result.labels.push_back(mixed.labels[i / 3]);
    result.batches.push_back(static_cast<int32_t>(i % 3));
  }
  return result;
}

CsrMatrix to_sparse(const DenseMatrix<float>& x) {
  CsrMatrix sparse{x.n_rows(), x.n_cols(), {0}, {}, {}};
  for (size_t i = 0; i < x.n_rows(); ++i) {
    for (uint32_t d = 0; d < x.n_cols(); ++d) {
      if (x(i, d) == 0) continue;
      sparse.indices.push_back(d);
      sparse.values.push_back(x(i, d));
    }
    sparse.indptr.push_back(sparse.indices.size());
  }
  return sparse;
}

class EmbeddingScores : public testing::TestWithParam<size_t> {};

TEST_P(EmbeddingScores, MatchScibAndScibMetrics) {
  std::ifstream file(ZEROCELL_SOURCE_DIR "/tests/golden/metrics.json");
  const auto expected = nlohmann::json::parse(file)["embeddings"][GetParam()];
  const Case c = GetParam() == 0 ? mixed_case() : triplicates_case();
  ThreadPool pool(2);
  const Codes all(240, 0);
  const auto label = test::brute_force_silhouettes(c.x, c.labels, all);
  const auto batch = test::brute_force_silhouettes(c.x, c.batches, all);
  const auto within = test::brute_force_silhouettes(c.x, c.batches, c.labels);
  // scikit-learn sums float32 distances: about 1e-7 a cell, here 240 of them.
  EXPECT_NEAR(*asw_label(label, c.labels).score.value, expected["asw_label"].get<double>(), 1e-6);
  EXPECT_NEAR(*asw_batch_global(batch, c.batches).score.value, expected["asw_batch_global"].get<double>(),
              1e-6);
  EXPECT_NEAR(*asw_batch(within, c.labels, c.batches).score.value, expected["asw_batch"].get<double>(), 1e-6);
  const KnnGraph knn = test::brute_force_neighbors(c.x, 15);
  // Ratios of whole numbers: 1e-12 is rounding of their mean.
  EXPECT_NEAR(*graph_connectivity(fuzzy_graph(knn, pool), c.labels).value,
              expected["graph_connectivity"].get<double>(), 1e-12);
  EXPECT_NEAR(*graph_connectivity_directed(knn, c.labels).value,
              expected["graph_connectivity_directed"].get<double>(), 1e-12);
  // scib_metrics computes in float32: cosine distances near 0 are good to about 1e-7 of 1, their silhouettes
  // to 1e-5.
  EXPECT_NEAR(*bras(c.x, c.labels, c.batches, pool).value, expected["bras"].get<double>(), 1e-5);
  EXPECT_NEAR(*bras(to_sparse(c.x), c.labels, c.batches, pool).value,
              *bras(c.x, c.labels, c.batches, pool).value, 1e-12);
}

INSTANTIATE_TEST_SUITE_P(Golden, EmbeddingScores, testing::Values(0, 1));

TEST(AswLabel, ByHandWithMissingLabelsAndSilhouettes) {
  const float nan = std::nanf("");
  const auto [score, terms] = asw_label(Silhouettes{1, 0, -0.5f, 0.9f, nan}, Codes{0, 0, 1, -1, 1});
  EXPECT_DOUBLE_EQ(*score.value, (1 + 0.5 + 0.25) / 3);
  EXPECT_EQ(score.n_cells, 3u);
  EXPECT_EQ(terms.cells, (std::vector<uint32_t>{0, 1, 2}));
}

TEST(AswLabel, DegenerateLabels) {
  EXPECT_EQ(asw_label(Silhouettes{0, 0}, Codes{1, 1}).score.reason, "needs at least 2 labels, there is 1");
  EXPECT_EQ(asw_label(Silhouettes{0, 0}, Codes{0, 1}).score.reason, "every cell is a label of its own");
  EXPECT_EQ(asw_label(Silhouettes{0}, Codes{-1}).score.reason, "needs at least 2 labels, there are 0");
  EXPECT_EQ(asw_label({}, {}).score.status(), ScoreStatus::not_applicable);
  EXPECT_THROW(asw_label(Silhouettes{0}, {}), Error);
}

TEST(AswLabel, TenThousandLabels) {
  Codes labels;
  for (int32_t i = 0; i < 20000; ++i) labels.push_back(i % 10000);
  EXPECT_DOUBLE_EQ(*asw_label(Silhouettes(20000, 0.5f), labels).score.value, 0.75);
}

TEST(AswBatch, ByHand) {
  // Label 0: batches 0 0 1, mean (1 + 0.5 + 0.25) / 3. Label 1: one batch. Label 2: a batch a cell. Label
  // 3: 1.
  const Silhouettes s{0, 0.5f, -0.75f, 0.9f, 0.9f, 0, 0, 0, 0, 0};
  const Codes labels{0, 0, 0, 1, 1, 2, 2, 3, 3, 3}, batches{0, 0, 1, 1, 1, 0, 1, 2, 2, 0};
  const auto [score, terms] = asw_batch(s, labels, batches);
  EXPECT_DOUBLE_EQ(*score.value, ((1 + 0.5 + 0.25) / 3 + 1) / 2);
  EXPECT_EQ(score.n_cells, 6u);
  EXPECT_EQ(terms.n_strata(), 4u);
}

TEST(AswBatch, MissingBatchesDoNotCount) {
  // Without the cell that has no batch, label 0 has one batch.
  const auto result = asw_batch(Silhouettes{0, 0, 0}, Codes{0, 0, 0}, Codes{1, 1, -1});
  EXPECT_EQ(result.score.reason, "no label has cells of 2 batches and 2 cells of a batch");
  EXPECT_EQ(asw_batch_global(Silhouettes{0, 0, 0}, Codes{1, 1, -1}).score.reason,
            "needs at least 2 batches, there is 1");
  EXPECT_FALSE(asw_batch({}, {}, {}).score.value.has_value());
}

TEST(SilhouetteInterval, OverDonorsWhereThereAreEnoughElseOverCells) {
  ThreadPool pool(1);
  Silhouettes s;
  Codes labels, donors;
  for (uint64_t i = 0; i < 200; ++i) {
    s.push_back(static_cast<float>(to_unit(mix64(1, i))));
    labels.push_back(static_cast<int32_t>(i % 2));
    donors.push_back(static_cast<int32_t>(i % 3));
  }
  const auto score = asw_label(s, labels);
  const MetricValue cells = with_interval(score, nullptr, {}, pool);
  EXPECT_LT(*cells.low, *cells.value);
  EXPECT_GT(*cells.high, *cells.value);
  EXPECT_EQ(cells.interval_method, "bootstrap over 200 cells");
  BootstrapGroups groups{donors, "donors"};
  EXPECT_EQ(with_interval(score, &groups, {}, pool).interval_method,
            "bootstrap over 200 cells (interval needs at least 5 donors, there are 3)");
  for (size_t i = 0; i < donors.size(); ++i) donors[i] = static_cast<int32_t>(i % 8);
  groups.codes = donors;
  EXPECT_EQ(with_interval(score, &groups, {}, pool).interval_method, "bootstrap over 8 donors");
  EXPECT_FALSE(with_interval(asw_label(s, Codes(200, 0)), nullptr, {}, pool).low.has_value());
}

TEST(GraphConnectivity, ByHand) {
  // 0-1 and 2-3 joined, 4 alone, all of label 0; 5 of label 1 joined to 0 only; 6 without a label.
  CsrMatrix graph{7, 7, {0, 2, 3, 4, 5, 5, 6, 6}, {1, 5, 0, 3, 2, 0}, {1, 1, 1, 1, 1, 1}};
  const MetricValue score = graph_connectivity(graph, Codes{0, 0, 0, 0, 0, 1, -1});
  EXPECT_DOUBLE_EQ(*score.value, (2.0 / 5 + 1) / 2);
  EXPECT_EQ(score.n_cells, 6u);
  EXPECT_THROW(graph_connectivity(graph, Codes{0}), Error);
  EXPECT_EQ(graph_connectivity(graph, Codes(7, -1)).reason, "no cell has a label");
  EXPECT_FALSE(graph_connectivity({}, {}).value.has_value());
}

TEST(GraphConnectivity, DirectedNeedsAWayBack) {
  // 0 -> 1 -> 2 -> 0 is a cycle, 3 -> 0 has no way back.
  const KnnGraph knn{4, 2, {0, 1, 1, 2, 2, 0, 3, 0}, {0, 1, 0, 1, 0, 1, 0, 1}};
  EXPECT_DOUBLE_EQ(*graph_connectivity_directed(knn, Codes(4, 0)).value, 0.75);
  EXPECT_DOUBLE_EQ(*graph_connectivity_directed(knn, Codes{0, 0, 1, 1}).value, 0.5);
  EXPECT_DOUBLE_EQ(*graph_connectivity_directed({1, 1, {0}, {0}}, Codes{0}).value, 1);
}

TEST(GraphConnectivity, DirectedFollowsLongChains) {
  // A ring of 200,000 cells is one component; recursion would overflow the stack.
  constexpr uint32_t kCells = 200000;
  KnnGraph knn{kCells, 2, {}, std::vector<float>(2 * kCells, 1)};
  for (uint32_t i = 0; i < kCells; ++i) knn.indices.insert(knn.indices.end(), {i, (i + 1) % kCells});
  EXPECT_DOUBLE_EQ(*graph_connectivity_directed(knn, Codes(kCells, 0)).value, 1);
}

TEST(Bras, ZeroCellsOneBatchAndNoCells) {
  ThreadPool pool(1);
  DenseMatrix<float> x(4, 2, 1.0f);
  EXPECT_EQ(bras(x, Codes(4, 0), Codes(4, 0), pool).reason,
            "no label has cells of 2 batches and 2 cells of a batch");
  EXPECT_DOUBLE_EQ(*bras(x, Codes(4, 0), Codes{0, 0, 1, 1}, pool).value, 1);
  x(2, 0) = x(2, 1) = 0;
  EXPECT_EQ(bras(x, Codes(4, 0), Codes{0, 0, 1, 1}, pool).reason, "1 cells are all zero: no cosine distance");
  EXPECT_FALSE(bras(DenseMatrix<float>(), {}, {}, pool).value.has_value());
}

}  // namespace
}  // namespace zerocell
