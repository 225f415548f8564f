// Streams all of a matrix and says how long that took: bench_read FILE [MATRIX] [THREADS] [PASSES]
#include <cstdio>
#include <cstdlib>
#include <string>

#include "zerocell/core/error.h"
#include "zerocell/core/system.h"
#include "zerocell/data/dataset_file.h"

namespace {

int run(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: bench_read FILE [MATRIX=X] [THREADS=all] [PASSES=3]\n", stderr);
    return 2;
  }
  const std::string matrix = argc > 2 ? argv[2] : "X";
  zerocell::ThreadPool pool(argc > 3 ? std::atoi(argv[3]) : zerocell::available_threads());
  const int n_passes = argc > 4 ? std::atoi(argv[4]) : 3;
  double before = zerocell::now_seconds();
  const auto file = zerocell::DatasetFile::open(argv[1]);
  const auto infos = file->matrices();
  std::printf("open and list: %.3f s\n", zerocell::now_seconds() - before);
  before = zerocell::now_seconds();
  const auto obs = file->obs();
  std::printf("obs: %zu cells, %zu columns, %.3f s\n", obs.n_rows(), obs.columns.size(),
              zerocell::now_seconds() - before);
  const zerocell::RowStream stream = file->stream(matrix, pool);
  for (int pass = 0; pass < n_passes; ++pass) {
    size_t n_blocks = 0, n_entries = 0;
    double sum = 0;
    before = zerocell::now_seconds();
    stream.for_each_block([&](const zerocell::RowBlock& block) {
      ++n_blocks;
      n_entries += block.values.nnz();
      for (const float value : block.values.values) sum += value;
    });
    const double seconds = zerocell::now_seconds() - before;
    std::printf("%s: %zu x %zu, %zu entries in %zu blocks, sum %.10g, %.3f s, %.0f MB/s decoded, peak %s\n",
                matrix.c_str(), stream.n_rows, stream.n_cols, n_entries, n_blocks, sum, seconds,
                8e-6 * static_cast<double>(n_entries) / seconds,
                zerocell::format_size(zerocell::peak_memory()).c_str());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const zerocell::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return error.exit_status();
  }
}
