// Times the pass over all pairs: on matrices exported by bench/peers/pairwise_sklearn.py, against the best
// sgemm of the same process on dense input, and sparse against dense over a range of densities.
//
// usage: bench_pairwise [--threads N] [--repeats R] [DIR ...]      DIR: what pairwise_sklearn.py --export
// wrote
#include <cblas.h>
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <fstream>
#include <functional>
#include <limits>
#include <string>

#include "zerocell/core/random.h"
#include "zerocell/neighbors/pairwise.h"
#include "zerocell/neighbors/pairwise_exact.h"
#include "zerocell/neighbors/pairwise_input.h"
#include "zerocell/neighbors/pairwise_layout.h"
#include "zerocell/neighbors/pairwise_tiles.h"

namespace zerocell {
namespace {

struct Cost {
  double wall = std::numeric_limits<double>::infinity();
  double cpu = std::numeric_limits<double>::infinity();
};

/// Least wall and CPU time of `repeats` calls.
Cost least_cost(int repeats, const std::function<void()>& work) {
  Cost best;
  for (int r = 0; r < repeats; ++r) {
    const auto start = std::chrono::steady_clock::now();
    const std::clock_t cpu = std::clock();
    work();
    const double used = static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC;
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
    best = {std::min(best.wall, wall.count()), std::min(best.cpu, used)};
  }
  return best;
}

float uniform(size_t i, size_t k) {
  return static_cast<float>(mix64(i * 1000003 + k) >> 40) * 0x1p-24f;
}

DenseMatrix<float> random_dense(size_t n, size_t d, double density = 1.0) {
  DenseMatrix<float> x(n, d);
  for (size_t i = 0; i < n; ++i) {
    for (size_t k = 0; k < d; ++k) x(i, k) = uniform(i + n, k) < density ? 0.5f + uniform(i, k) : 0.0f;
  }
  return x;
}

template <class T>
std::vector<T> read_values(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) throw Error(ErrorKind::usage, path + " cannot be opened");
  std::vector<T> values(static_cast<size_t>(file.tellg()) / sizeof(T));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(T)));
  return values;
}

void report(const std::string& name, size_t n, size_t d, const Cost& cost, const std::string& kernel) {
  const double flops = static_cast<double>(n) * static_cast<double>(n) * static_cast<double>(d);
  fmt::print("{:<28} {:>7} x {:<5} {:7.3f} s wall {:7.3f} s cpu {:8.1f} GFLOP/s of {}\n", name, n, d,
             cost.wall, cost.cpu, flops / cost.wall / 1e9, kernel);
}

void time_exported(const std::string& folder, ThreadPool& pool, int repeats) {
  NoProgress progress;
  const auto labels = read_values<int32_t>(folder + "/labels.i32");
  const auto batches = read_values<int32_t>(folder + "/batches.i32");
  const auto values = read_values<float>(folder + "/x.f32");
  DenseMatrix<float> dense(labels.size(), values.size() / labels.size());
  std::ranges::copy(values, dense.data());
  EmbeddingMatrix x = dense;
  if (pairs::sparse_pays(x)) x = pairs::to_sparse(dense);
  PairwiseResults results;
  const Cost cost = least_cost(repeats, [&] {
    results = pairwise(x, {.n_neighbors = 15, .labels = labels, .batches = batches}, pool, progress);
  });
  report(folder.substr(folder.find_last_of('/') + 1), dense.n_rows(), dense.n_cols(), cost, results.kernel);
  double mean = 0;
  for (const float s : results.label.silhouette) mean += s / static_cast<double>(dense.n_rows());
  fmt::print("  mean label silhouette {:.9f}\n", mean);
}

/// GFLOP a second of CPU time: one thread, so that other programs on the machine count little.
double best_sgemm(int repeats) {
  constexpr int kSize = 2048;
  openblas_set_num_threads(1);
  const auto a = random_dense(kSize, kSize), b = random_dense(kSize, kSize);
  DenseMatrix<float> c(kSize, kSize);
  const Cost cost = least_cost(3 * repeats, [&] {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, kSize, kSize, kSize, 1.0f, a.data(), kSize, b.data(),
                kSize, 0.0f, c.data(), kSize);
  });
  return 2.0 * kSize * kSize * kSize / cost.cpu / 1e9;
}

void time_dense(ThreadPool& pool, int repeats) {
  NoProgress progress;
  const double yardstick = best_sgemm(repeats);
  fmt::print("sgemm 2048 x 2048 x 2048 ({}): {:.1f} GFLOP/s a core\n", openblas_get_config(), yardstick);
  constexpr std::pair<size_t, size_t> kShapes[] = {
      {8405, 50}, {8405, 128}, {8405, 512}, {16384, 512}, {8405, 2000}};
  for (const auto& [n, d] : kShapes) {
    const auto dense = random_dense(n, d);
    std::vector<int32_t> labels(dense.n_rows()), batches(dense.n_rows());
    for (size_t i = 0; i < dense.n_rows(); ++i) {
      labels[i] = static_cast<int32_t>(10 * uniform(i, 1));
      batches[i] = static_cast<int32_t>(4 * uniform(i, 2));
    }
    const EmbeddingMatrix x = dense;
    PairwiseResults results;
    const Cost cost = least_cost(repeats, [&] {
      results = pairwise(x, {.n_neighbors = 15, .labels = labels, .batches = batches}, pool, progress);
    });
    report("random dense", dense.n_rows(), d, cost, results.kernel);
    const double flops = static_cast<double>(dense.n_rows()) * static_cast<double>(dense.n_rows() * d);
    fmt::print("  {:.0f} % of sgemm, by CPU time\n", 100 * flops / cost.cpu / 1e9 / yardstick);
  }
}

template <class Source>
Cost time_tiles(const Source& source, size_t n, int repeats) {
  return least_cost(repeats, [&] {
    pairs::TileBuffers buffers;
    const size_t n_blocks = n / source.kBlock;
    for (size_t col = 0; col < n_blocks; ++col) {
      for (uint32_t row = 0; row <= col; ++row) source.fill(col, std::span(&row, 1), buffers);
    }
  });
}

void time_densities(ThreadPool& pool, int repeats) {
  constexpr size_t kCells = 1920, kGenes = 2000;
  for (const double density : {0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4}) {
    const auto dense = random_dense(kCells, kGenes, density);
    const CsrMatrix sparse = pairs::to_sparse(dense);
    const auto layout = pairs::make_layout(kCells, {});
    const auto facts = pairs::row_facts(sparse, pool);
    const Cost from_sparse =
        time_tiles(pairs::SparseTiles(sparse, layout.order, facts.norms), kCells, repeats);
    const Cost from_dense = time_tiles(pairs::DenseTiles(dense, layout.order, pool), kCells, repeats);
    fmt::print("density {:4.2f}: sparse {:6.1f} ms, dense {:6.1f} ms on one thread\n", density,
               1e3 * from_sparse.cpu, 1e3 * from_dense.cpu);
  }
}

}  // namespace
}  // namespace zerocell

int main(int argc, char** argv) {
  int threads = static_cast<int>(std::thread::hardware_concurrency()), repeats = 5;
  std::vector<std::string> folders;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--threads" && i + 1 < argc) {
      threads = std::stoi(argv[++i]);
    } else if (argument == "--repeats" && i + 1 < argc) {
      repeats = std::stoi(argv[++i]);
    } else {
      folders.push_back(argument);
    }
  }
  zerocell::ThreadPool pool(threads);
  for (const std::string& folder : folders) zerocell::time_exported(folder, pool, repeats);
  if (folders.empty()) {
    zerocell::time_dense(pool, repeats);
    zerocell::time_densities(pool, repeats);
  }
}
