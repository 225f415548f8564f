#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "zerocell/core/evaluation.h"
#include "zerocell/core/hash.h"
#include "zerocell/core/parallel.h"
#include "zerocell/core/progress.h"
#include "zerocell/metrics/convention.h"
#include "zerocell/study/cell_selection.h"
#include "zerocell/study/embedding_spec.h"

namespace zerocell {

/// What `evaluate` is asked to do; defaults are those of the command line.
struct EvaluateOptions {
  std::string data_path;
  std::string dataset_name;    ///< in every output; empty: the file's without folder and extension
  std::string label;           ///< obs column of cell types; empty: label scores are not applicable
  std::string batch;           ///< obs column of batches; empty: batch scores are not applicable
  std::string donor;           ///< obs column whose groups are resampled for intervals; empty: batch
  std::string layer = "auto";  ///< where the counts are
  std::string modality;        ///< of a MuData file; empty for other files
  std::string gene_ids;        ///< column of var with the gene ids; empty: the index
  std::vector<EmbeddingSpec> embeddings;
  CellSelectionOptions cells;
  Convention convention = Convention::zerocell;
  size_t reduced_dims = 30;  ///< scores again on that many principal components; 0: off
  size_t cluster_seeds = 1;  ///< Louvain runs with different seeds, averaged
  bool umap = true;
  bool accept_non_counts = false;
  bool keep_going = false;  ///< what cannot be embedded is listed in Evaluation::failures, the rest goes on
  uint64_t seed = 0;
  uint64_t max_memory = 8ull << 30;
  std::string device = "auto";  ///< where models run: cpu, cuda or auto
  std::string save_models;      ///< folder for the models that are trained; empty: they are not kept
  bool overwrite_models = false;
  std::string parts_folder;  ///< where finished embeddings are kept; empty: nowhere
  std::shared_ptr<FileHashes> file_hashes =
      std::make_shared<FileHashes>();  ///< copies of the options share it
  /// Selections with more cells whose finished embeddings may lie in parts_folder: rows of methods that treat
  /// each cell alone are taken from them, as from those of all cells.
  std::vector<CellSelectionOptions> wider = {};
};

/// Computes every embedding, its scores, graph, clusters and layout.
///
/// An embedding that cannot be computed ends the run with Error unless `keep_going`; a score that cannot is a
/// row with status and reason. Embeddings finished by an earlier run with the same input and options are
/// taken from `parts_folder`, for models with fixed weights those of more cells of the file too. Where models
/// are to be kept and the model of a finished embedding is not in its place, it is trained again. Throws
/// Error(data), Error(usage), Error(interrupted).
Evaluation evaluate(const EvaluateOptions& options, ThreadPool& pool, Progress& progress);

/// Hash of everything that decides the result: input content and options, not threads or memory.
std::string evaluation_fingerprint(const EvaluateOptions& options);

/// What earlier runs left of an embedding in parts_folder.
struct FinishedWork {
  bool embedding = false, scores = false;
};
/// Of every embedding, without looking into the files.
std::vector<FinishedWork> finished_work(const EvaluateOptions& options);

/// Files below save_models that should hold models of this run and do not; for a run that is not repeated.
std::vector<std::string> models_not_kept(const EvaluateOptions& options);

}  // namespace zerocell
