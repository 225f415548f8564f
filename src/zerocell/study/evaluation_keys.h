#pragma once
#include <string>

#include "zerocell/study/evaluate.h"

namespace zerocell {

/// Hashes of all that decides a result, but not of threads, memory, or the names of data set and run: what
/// has the same key is the same, by whichever run it was made.
class EvaluationKeys {
 public:
  /// Reads the data set unless options.data_hash is known, and the lists of cells that are left out.
  explicit EvaluationKeys(const EvaluateOptions& options);

  const std::string& data_hash() const { return data_hash_; }
  /// Of an embedding: data, counts, selected cells, method, options, seed, files and device; the batch column
  /// for methods that are given it. Neither tag nor label. Reads the method's files.
  std::string of_embedding(const EmbeddingSpec& spec) const;
  /// Of its scores and of what is drawn of it, from the embedding's key: tag, label, batch, donors and how
  /// they are scored too.
  std::string of_scores(const EmbeddingSpec& spec, const std::string& embedding_key) const;

 private:
  const EvaluateOptions& options_;
  std::string data_hash_, cells_hash_;
};

/// The column of batches that a method is given beside its own options; empty: none.
std::string batch_column_for(const EmbeddingSpec& spec, const EvaluateOptions& options);

/// The seed of a spec: its own, else the run's.
uint64_t seed_of(const EmbeddingSpec& spec, const EvaluateOptions& options);

}  // namespace zerocell
