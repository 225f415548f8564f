#pragma once
#include <string>
#include <vector>

#include "zerocell/core/parallel.h"
#include "zerocell/core/progress.h"
#include "zerocell/core/reconstruction.h"
#include "zerocell/study/data_source.h"
#include "zerocell/study/embedding_spec.h"

namespace zerocell {

struct ReconstructOptions {
  std::string data_path;
  DataSourceOptions source;
  std::vector<EmbeddingSpec> models;
  std::string label, batch, donor;  ///< columns of obs; empty: none. Donors, else batches, are resampled
  uint64_t seed = 0;
  std::string device = "auto";
  std::string dataset_name;  ///< in every output; empty: the file's without folder and extension
  std::string parts_folder;  ///< where finished models are kept; empty: nowhere
  std::shared_ptr<FileHashes> file_hashes =
      std::make_shared<FileHashes>();  ///< copies of the options share it
  bool keep_going = false;  ///< a model that fails is listed in Reconstruction::failures, the rest goes on
};

/// Asks every model for its own unmasked input and scores what comes back (docs/metrics.md). Throws
/// Error(data), Error(usage) for a method that has no reconstruction, Error(interrupted).
Reconstruction reconstruct(const ReconstructOptions& options, ThreadPool& pool, Progress& progress);

/// Hash of all that decides a model's result with its scores, by which a finished one is known: of data,
/// counts, selected cells, model, seeds, the device that options.device stands for here, and the groups that
/// are resampled. Reads the model's files.
std::string reconstruction_key(const ReconstructOptions& options, const EmbeddingSpec& spec);

/// Hash of all that decides the result.
std::string reconstruction_fingerprint(const ReconstructOptions& options);

}  // namespace zerocell
