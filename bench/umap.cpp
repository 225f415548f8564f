// UMAP layout of a fuzzy graph: time and quality, beside the reference's layouts of the same graph.
//
// usage: bench_umap FOLDER [--threads N] [--seeds N] [--repeat N] [--no-quality] [--write PREFIX]
//
// FOLDER holds what tests/reference/umap_layout.py --export writes: indptr.u64, indices.u32, values.f32,
// embedding.f32, labels.i32 and reference_<seed>.f32. Prints one JSON line for each layout.
#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "zerocell/core/system.h"
#include "zerocell/layout/curve_fit.h"
#include "zerocell/layout/quality.h"
#include "zerocell/layout/spectral_init.h"
#include "zerocell/layout/umap.h"

namespace {

using namespace zerocell;
namespace fs = std::filesystem;

template <class T>
std::vector<T> read_array(const fs::path& path) {
  std::vector<T> values(fs::file_size(path) / sizeof(T));
  std::ifstream(path, std::ios::binary)
      .read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(T)));
  return values;
}

DenseMatrix<float> read_matrix(const fs::path& path, size_t n_rows) {
  const std::vector<float> values = read_array<float>(path);
  DenseMatrix<float> result(n_rows, values.size() / n_rows);
  std::copy(values.begin(), values.end(), result.data());
  return result;
}

double cpu_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

void print_quality(const std::string& name, double seconds, double cpu, const LayoutQuality& q) {
  fmt::print(
      "{{\"layout\": \"{}\", \"seconds\": {:.3f}, \"cpu_seconds\": {:.3f}, \"trustworthiness\": {:.4f}, "
      "\"continuity\": {:.4f}, \"knn_overlap\": {:.4f}, \"label_accuracy\": {:.4f}}}\n",
      name, seconds, cpu, q.trustworthiness, q.continuity, q.knn_overlap, q.label_accuracy);
}

}  // namespace

int main(int argc, char** argv) {
  const fs::path folder = argc > 1 ? argv[1] : ".";
  const auto option = [&](const std::string& name, const std::string& fallback) -> std::string {
    for (int i = 2; i < argc; ++i)
      if (argv[i] == name) return i + 1 < argc ? argv[i + 1] : "";
    return fallback;
  };
  ThreadPool pool(std::stoi(option("--threads", std::to_string(available_threads()))));
  NoProgress progress;
  CsrMatrix graph;
  graph.indptr = read_array<uint64_t>(folder / "indptr.u64");
  graph.indices = read_array<uint32_t>(folder / "indices.u32");
  graph.values = read_array<float>(folder / "values.f32");
  graph.n_rows = graph.n_cols = graph.indptr.size() - 1;
  const std::vector<int32_t> labels = read_array<int32_t>(folder / "labels.i32");
  const bool judged = option("--no-quality", "judge") == "judge";
  const DenseMatrix<float> x =
      judged ? read_matrix(folder / "embedding.f32", graph.n_rows) : DenseMatrix<float>();
  const auto judge = [&](const DenseMatrix<float>& layout) {
    return judged ? layout_quality(x, layout, {15, labels}, pool) : LayoutQuality{};
  };

  const double begin = now_seconds(), cpu_begin = cpu_seconds();
  const DenseMatrix<float> start = spectral_init(graph, 0, pool, progress);
  const double spectral = now_seconds() - begin, spectral_cpu = cpu_seconds() - cpu_begin;
  print_quality("spectral start", spectral, spectral_cpu, judge(start));
  for (int seed = 0; seed < std::stoi(option("--seeds", "1")); ++seed) {
    UmapOptions options;
    options.seed = static_cast<uint64_t>(seed);
    double least = 1e30, least_cpu = 1e30;
    DenseMatrix<float> layout;
    for (int repeat = 0; repeat < std::stoi(option("--repeat", "1")); ++repeat) {
      const double t = now_seconds(), c = cpu_seconds();
      layout = umap(graph, options, pool, progress);
      least = std::min(least, now_seconds() - t);
      least_cpu = std::min(least_cpu, cpu_seconds() - c);
    }
    print_quality(fmt::format("zerocell seed {}", seed), least, least_cpu, judge(layout));
    if (const std::string prefix = option("--write", ""); !prefix.empty())
      std::ofstream(prefix + std::to_string(seed) + ".f32", std::ios::binary)
          .write(reinterpret_cast<const char*>(layout.data()),
                 static_cast<std::streamsize>(layout.n_rows() * 2 * sizeof(float)));
    if (const fs::path reference = folder / fmt::format("reference_{}.f32", seed);
        fs::exists(reference) && judged)
      print_quality(fmt::format("reference seed {}", seed), 0, 0,
                    judge(read_matrix(reference, graph.n_rows)));
  }
}
