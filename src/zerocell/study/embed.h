#pragma once
#include <string>
#include <vector>

#include "zerocell/core/parallel.h"
#include "zerocell/core/progress.h"
#include "zerocell/study/data_source.h"
#include "zerocell/study/embedding_spec.h"

namespace zerocell {

struct EmbedOptions {
  std::string data_path;
  DataSourceOptions source;
  std::vector<EmbeddingSpec> embeddings;
  std::string batch;  ///< obs column of batches for methods that correct for them; empty: none
  uint64_t seed = 0;
  std::string device = "auto";
  std::string out;          ///< .h5ad to write
  std::string save_models;  ///< folder for the models that are trained; empty: they are not kept
  bool overwrite = false;   ///< models that are there already
  std::string unfinished;   ///< folder for finished rows of a run that was stopped; empty: none are kept
};

/// What was written for one embedding.
struct EmbedSummary {
  std::string tag, options;
  size_t n_cells = 0, n_missing = 0, dims = 0;
  std::vector<Loss> losses;
};

/// Computes embeddings and writes them to an .h5ad with the selected cells' obs: obsm['X_<tag>'] (N, D)
/// float32, rows of NaN for cells without embedding; losses of what was trained go to `<out>.training.csv`.
/// Models that are trained go to save_models (see trained_models.h). Throws Error(data), Error(usage),
/// Error(interrupted).
std::vector<EmbedSummary> embed(const EmbedOptions& options, ThreadPool& pool, Progress& progress);

/// Dense copy of an embedding of M cells with a row for each of N: rows of NaN where a cell has none.
DenseMatrix<float> dense_rows(const EmbeddingMatrix& values, const std::vector<uint32_t>& cells,
                              size_t n_cells);

}  // namespace zerocell
