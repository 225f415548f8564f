#include "zerocell/core/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <numeric>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

TEST(ThreadPool, EveryTaskRunsOnce) {
  for (const int n_threads : {1, 2, 5}) {
    ThreadPool pool(n_threads);
    for (int repeat = 0; repeat < 50; ++repeat) {
      std::vector<std::atomic<int>> calls(257);
      pool.parallel_for(calls.size(), [&](size_t task, int worker) {
        ASSERT_GE(worker, 0);
        ASSERT_LT(worker, n_threads);
        ++calls[task];
      });
      for (const auto& c : calls) EXPECT_EQ(c.load(), 1);
    }
  }
}

TEST(ThreadPool, NoTaskIsNoCall) {
  ThreadPool pool(3);
  pool.parallel_for(0, [](size_t, int) { FAIL() << "called"; });
  SUCCEED();
}

TEST(ThreadPool, RangesCoverWithoutOverlap) {
  ThreadPool pool(2);
  std::vector<int> seen(1003);
  pool.parallel_ranges(seen.size(), 64, [&](size_t begin, size_t end, int) {
    EXPECT_LE(end - begin, 64u);
    for (size_t i = begin; i < end; ++i) ++seen[i];
  });
  EXPECT_EQ(std::accumulate(seen.begin(), seen.end(), 0), 1003);
  EXPECT_EQ(*std::max_element(seen.begin(), seen.end()), 1);
}

TEST(ThreadPool, ErrorReachesTheCallerAndThePoolSurvives) {
  ThreadPool pool(4);
  EXPECT_THROW(pool.parallel_for(100,
                                 [](size_t task, int) {
                                   if (task == 37) throw Error::internal("task 37");
                                 }),
               Error);
  std::atomic<int> calls{0};
  pool.parallel_for(10, [&](size_t, int) { ++calls; });
  EXPECT_EQ(calls, 10);
}

TEST(ThreadPool, NestedCallRunsInPlace) {
  ThreadPool pool(3);
  std::atomic<int> calls{0};
  pool.parallel_for(8, [&](size_t, int outer) {
    pool.parallel_for(5, [&](size_t, int inner) {
      EXPECT_EQ(inner, outer);
      ++calls;
    });
  });
  EXPECT_EQ(calls, 40);
}

}  // namespace
}  // namespace zerocell
