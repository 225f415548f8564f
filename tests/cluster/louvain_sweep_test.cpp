#include "zerocell/cluster/louvain_sweep.h"

#include <gtest/gtest.h>

#include <atomic>

#include "support/brute_force.h"
#include "zerocell/neighbors/fuzzy_graph.h"

namespace zerocell {
namespace {

CsrMatrix small_graph(ThreadPool& pool) {
  return fuzzy_graph(test::brute_force_neighbors(test::points_around_centres(300).x, 15), pool);
}

std::vector<LouvainResults> sweep(const CsrMatrix& graph, const LouvainSweepOptions& options,
                                  ThreadPool& pool) {
  std::vector<LouvainResults> results(options.resolutions.size() * options.seeds.size());
  NoProgress progress;
  louvain_sweep(graph, options, pool, progress, [&](const LouvainRun& run, LouvainResults&& result) {
    results.at(run.resolution * options.seeds.size() + run.seed) = std::move(result);
  });
  return results;
}

TEST(LouvainSweep, EqualsSingleRunsForAnyNumberOfThreads) {
  ThreadPool one(1), four(4);
  const CsrMatrix graph = small_graph(one);
  LouvainSweepOptions options;
  options.seeds = {0, 7, 9};
  const auto a = sweep(graph, options, one), b = sweep(graph, options, four);
  ASSERT_EQ(a.size(), 60u);
  for (size_t r = 0; r < 20; ++r) {
    for (size_t s = 0; s < 3; ++s) {
      const auto single = louvain(graph, {.resolution = options.resolutions[r], .seed = options.seeds[s]});
      EXPECT_EQ(a[r * 3 + s].membership, single.membership);
      EXPECT_EQ(b[r * 3 + s].membership, single.membership);
      EXPECT_EQ(b[r * 3 + s].modularity, single.modularity);
    }
  }
}

TEST(LouvainSweep, DefaultResolutionsAreScibs) {
  const auto resolutions = LouvainSweepOptions::default_resolutions();
  ASSERT_EQ(resolutions.size(), 20u);
  EXPECT_EQ(resolutions[0], 0.1);
  EXPECT_EQ(resolutions[9], 1.0);
  EXPECT_EQ(resolutions[19], 2.0);
}

TEST(LouvainSweep, NothingAskedNothingRun) {
  ThreadPool pool(2);
  const CsrMatrix graph = small_graph(pool);
  EXPECT_TRUE(sweep(graph, {.resolutions = {}, .seeds = {0}}, pool).empty());
  EXPECT_TRUE(sweep(graph, {.resolutions = {1.0}, .seeds = {}}, pool).empty());
}

TEST(LouvainSweep, StopsWhenCancelled) {
  struct Cancelled final : Progress {
    void stage(std::string_view, uint64_t) override {}
    void advance(uint64_t) override {}
    void warn(std::string_view) override {}
    bool cancelled() const override { return true; }
  } progress;
  ThreadPool pool(2);
  std::atomic<int> taken = 0;
  EXPECT_THROW(louvain_sweep(small_graph(pool), {}, pool, progress,
                             [&](const LouvainRun&, LouvainResults&&) { ++taken; }),
               Error);
  EXPECT_EQ(taken, 0);
}

}  // namespace
}  // namespace zerocell
