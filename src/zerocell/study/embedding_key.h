#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "zerocell/core/hash.h"
#include "zerocell/study/data_source.h"
#include "zerocell/study/embedding_spec.h"

namespace zerocell {

/// What the embeddings of a run have in common, and the keys that their results are known by: hashes of all
/// that decides them, but not of threads, memory, tags, or the names of data set and run. What has the same
/// key is the same, by whichever run it was made.
class EmbeddingKeys {
 public:
  /// `batch`: the run's column of batches. Reads the data set's file and the lists of cells that are left
  /// out, unless `files` knows them.
  EmbeddingKeys(const std::string& data_path, const DataSourceOptions& source, std::string device,
                std::string batch, uint64_t seed, std::shared_ptr<FileHashes> files);

  const std::string& data_hash() const { return data_hash_; }
  /// Of data, modality, counts, selected cells, method, options, seed, files and device; of the batch column
  /// for methods that are given it. Reads the method's files.
  std::string of(const EmbeddingSpec& spec) const;
  /// The seed of a spec: its own, else the run's.
  uint64_t seed_of(const EmbeddingSpec& spec) const;
  /// The column of batches that a method is given beside its own options; empty: none.
  std::string batch_of(const EmbeddingSpec& spec) const;

 private:
  std::string data_hash_, cells_hash_, modality_, layer_, gene_ids_, device_, batch_;
  bool accept_non_counts_;
  uint64_t seed_;
  std::shared_ptr<FileHashes> files_;
};

}  // namespace zerocell
