// Seconds that seurat_v3 takes on counts in memory: bench_seurat_v3 FILE N_TOP BATCH_COLUMN|- THREADS PASSES
#include <cstdio>
#include <cstdlib>
#include <string>

#include "zerocell/core/error.h"
#include "zerocell/core/system.h"
#include "zerocell/data/dataset_file.h"
#include "zerocell/preprocess/seurat_v3.h"
#include "zerocell/preprocess/stream_adapters.h"

namespace {

int run(int argc, char** argv) {
  if (argc != 6) {
    std::fputs("usage: bench_seurat_v3 FILE N_TOP BATCH_COLUMN|- THREADS PASSES\n", stderr);
    return 2;
  }
  zerocell::ThreadPool pool(std::atoi(argv[4]));
  zerocell::NoProgress progress;
  const auto file = zerocell::DatasetFile::open(argv[1]);
  const zerocell::RowStream counts = zerocell::cached(file->stream("X", pool), size_t{8} << 30);
  counts.for_each_block([](const zerocell::RowBlock&) {});
  zerocell::Categorical batch;
  if (std::string(argv[3]) != "-") batch = file->obs_column(argv[3]).as_categorical();
  for (int pass = 0; pass < std::atoi(argv[5]); ++pass) {
    const double before = zerocell::now_seconds();
    const auto genes = zerocell::seurat_v3_genes(counts, {std::strtoul(argv[2], nullptr, 10)},
                                                 {batch.codes, {}}, pool, progress);
    std::printf("%zu genes, %.5f s\n", genes.indices().size(), zerocell::now_seconds() - before);
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
