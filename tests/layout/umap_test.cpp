#include "zerocell/layout/umap.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "layout/graphs.h"
#include "zerocell/core/error.h"

namespace zerocell {
namespace {

DenseMatrix<float> layout_of(const CsrMatrix& graph, int n_epochs = 50) {
  ThreadPool pool(2);
  NoProgress progress;
  UmapOptions options;
  options.n_epochs = n_epochs;
  return umap(graph, options, pool, progress);
}

void expect_finite(const DenseMatrix<float>& x, size_t n) {
  ASSERT_EQ(x.n_rows(), n);
  ASSERT_EQ(x.n_cols(), 2u);
  for (size_t i = 0; i < n; ++i) EXPECT_TRUE(std::isfinite(x(i, 0)) && std::isfinite(x(i, 1))) << i;
}

TEST(Umap, DegenerateGraphs) {
  expect_finite(layout_of(CsrMatrix{}), 0);
  for (const size_t n : {1u, 2u, 3u, 17u}) expect_finite(layout_of(test::graph_of(n, {})), n);
  expect_finite(layout_of(test::graph_of(2, {{0, 1, 1.0f}})), 2);
  expect_finite(layout_of(test::graph_of(3, {{0, 1, 1.0f}, {1, 2, 1.0f}})), 3);
  expect_finite(layout_of(test::graph_of(6, {{0, 1, 1.0f}, {2, 3, 1e-9f}})), 6);  // pruned to nothing
  expect_finite(layout_of(test::graph_of(2, {{0, 1, 1.0f}}), 1), 2);
}

TEST(Umap, IsolatedCellsBesideAComponent) {
  std::vector<test::Edge> edges;
  test::add_path(edges, 0, 200);
  expect_finite(layout_of(test::graph_of(300, edges)), 300);
}

TEST(Umap, JoinedVerticesEndNearEachOther) {
  std::vector<test::Edge> edges;  // two complete graphs of 20, one weak bridge
  for (uint32_t base : {0u, 20u})
    for (uint32_t i = 0; i < 20; ++i)
      for (uint32_t j = i + 1; j < 20; ++j) edges.emplace_back(base + i, base + j, 1.0f);
  edges.emplace_back(0, 20, 0.05f);
  const DenseMatrix<float> x = layout_of(test::graph_of(40, edges), 300);
  const auto distance = [&](size_t i, size_t j) { return std::hypot(x(i, 0) - x(j, 0), x(i, 1) - x(j, 1)); };
  float inside = 0, across = 1e9f;
  for (size_t i = 0; i < 20; ++i)
    for (size_t j = 0; j < 20; ++j) {
      inside = std::max({inside, distance(i, j), distance(20 + i, 20 + j)});
      across = std::min(across, distance(i, 20 + j));
    }
  EXPECT_LT(inside, across);
}

class Recorder final : public Progress {
 public:
  void stage(std::string_view name, uint64_t total) override { name_ = name, total_ = total; }
  void advance(uint64_t units) override { done_ += units; }
  void warn(std::string_view) override {}
  bool cancelled() const override { return done_ >= stop_after_; }
  std::string name_;
  uint64_t total_ = 0, done_ = 0, stop_after_ = ~uint64_t{0};
};

TEST(Umap, ReportsEveryEpochAndStopsWhenAsked) {
  ThreadPool pool(2);
  std::vector<test::Edge> edges;
  test::add_path(edges, 0, 30);
  const CsrMatrix graph = test::graph_of(30, edges);
  Recorder recorder;
  umap(graph, {}, pool, recorder);
  EXPECT_EQ(recorder.name_, "UMAP");
  EXPECT_EQ(recorder.total_, 500u);
  EXPECT_EQ(recorder.done_, 500u);
  Recorder stopped;
  stopped.stop_after_ = 7;
  EXPECT_THROW(umap(graph, {}, pool, stopped), Error);
  EXPECT_EQ(stopped.done_, 7u);
}

TEST(Umap, RefusesBrokenGraphs) {
  const auto refused = [](CsrMatrix graph) {
    try {
      layout_of(graph);
    } catch (const Error& error) {
      return error.kind() == ErrorKind::data;
    }
    return false;
  };
  CsrMatrix graph = test::graph_of(4, {{0, 1, 1.0f}, {1, 2, 0.5f}});
  EXPECT_FALSE(refused(graph));
  CsrMatrix oblong = graph;
  oblong.n_cols = 5;
  EXPECT_TRUE(refused(oblong));
  for (const float bad : {NAN, INFINITY, -1.0f, 0.75f}) {
    CsrMatrix changed = graph;
    changed.values[0] = bad;  // 0.75: no longer its mirror's weight
    EXPECT_TRUE(refused(changed)) << bad;
  }
  CsrMatrix one_way = graph;
  one_way.indices[3] = 3;  // 2 -> 1 becomes 2 -> 3
  EXPECT_TRUE(refused(one_way));
  CsrMatrix outside = graph;
  outside.indices[0] = 9;
  EXPECT_TRUE(refused(outside));
}

}  // namespace
}  // namespace zerocell
