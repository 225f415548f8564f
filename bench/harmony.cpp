// Harmony on coordinates from a file, for bench/compare_with_harmonypy.sh.
// usage: bench_harmony COORDINATES.npy BATCHES.txt OUT.npy THREADS VARIANT SEED [REPEATS]
// BATCHES.txt: a number a line. Prints seconds (of the fastest), iterations, clustering rounds and the
// objective as one line of JSON.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>

#include "zerocell/data/embedding_file.h"
#include "zerocell/data/npy.h"
#include "zerocell/integration/harmony.h"

int main(int argc, char** argv) {
  using namespace zerocell;
  if (argc < 7) return 2;
  const auto z = to_float(read_embedding_table(argv[1]).values);
  std::ifstream in(argv[2]);
  std::vector<int32_t> batches;
  for (int32_t b; in >> b;) batches.push_back(b);
  ThreadPool pool(std::atoi(argv[4]));
  NoProgress progress;
  HarmonyOptions options;
  options.variant = parse_harmony_variant(argv[5]);
  options.seed = std::strtoull(argv[6], nullptr, 10);
  const size_t n_batches = batches.empty() ? 0 : 1 + static_cast<size_t>(std::ranges::max(batches));
  double seconds = 1e300;
  HarmonyResults results;
  for (int repeat = argc > 7 ? std::atoi(argv[7]) : 1; repeat > 0; --repeat) {
    const auto start = std::chrono::steady_clock::now();
    results = harmony(z, batches, n_batches, options, pool, progress);
    seconds =
        std::min(seconds, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  write_npy(argv[3], results.corrected);
  size_t rounds = 0;
  for (const size_t r : results.kmeans_rounds) rounds += r;
  fmt::print(
      "{{\"seconds\":{:.4f},\"iterations\":{},\"rounds\":{},\"objective\":{:.9g},\"message\":\"{}\"}}\n",
      seconds, results.kmeans_rounds.size(), rounds,
      results.objective_harmony.empty() ? 0.0 : results.objective_harmony.back(), results.message);
}
