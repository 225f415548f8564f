#pragma once
#include <string>
#include <vector>

#include "zerocell/core/parallel.h"
#include "zerocell/core/progress.h"
#include "zerocell/study/embedding_list.h"

namespace zerocell {

/// What was written for one embedding.
struct EmbedSummary {
  std::string tag, options;
  size_t n_cells = 0, n_missing = 0, dims = 0;
  std::vector<Loss> losses;
};

/// Computes embeddings, or takes them from list.parts_folder, and writes them to the .h5ad `out` with the
/// selected cells' obs: obsm['X_<tag>'] (N, D) float32, rows of NaN for cells without embedding; losses of
/// what was trained go to `<out>.training.csv`. Throws Error(data), Error(usage), Error(interrupted).
std::vector<EmbedSummary> embed(const EmbeddingListOptions& options, const std::string& out, ThreadPool& pool,
                                Progress& progress);

/// Where embed writes losses of what was trained.
std::string training_csv_path(const std::string& out);

/// Dense copy of an embedding of M cells with a row for each of N: rows of NaN where a cell has none.
DenseMatrix<float> dense_rows(const EmbeddingMatrix& values, const std::vector<uint32_t>& cells,
                              size_t n_cells);

}  // namespace zerocell
