#include "zerocell/baselines/blas_buffers.h"

#include <cblas.h>

#include <barrier>
#include <cstddef>
#include <system_error>
#include <thread>
#include <vector>

namespace zerocell {
namespace {

/// Long enough for all threads to be inside their products at the same time.
constexpr int kSize = 256, kRounds = 3;

void multiply_squares() {
  const std::vector<float> ones(static_cast<size_t>(kSize) * kSize, 1.0f);
  std::vector<float> product(ones.size());
  for (int round = 0; round < kRounds; ++round)
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, kSize, kSize, kSize, 1, ones.data(), kSize,
                ones.data(), kSize, 0, product.data(), kSize);
}

}  // namespace

void take_blas_buffers(int n_threads) {
  openblas_set_num_threads(1);
  std::barrier start(n_threads);
  std::vector<std::jthread> threads;
  threads.reserve(static_cast<size_t>(n_threads));
  int n_started = 0;
  try {
    for (; n_started + 1 < n_threads; ++n_started)
      threads.emplace_back([&start] {
        start.arrive_and_wait();
        multiply_squares();
      });
  } catch (const std::system_error&) {
    // As many threads as there are: the pool will have no more.
  }
  for (int missing = n_started + 1; missing < n_threads; ++missing) start.arrive_and_drop();
  start.arrive_and_wait();
  multiply_squares();
}

}  // namespace zerocell
