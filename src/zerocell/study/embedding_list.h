#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "zerocell/core/error.h"
#include "zerocell/core/parallel.h"
#include "zerocell/core/progress.h"
#include "zerocell/study/embedding_key.h"
#include "zerocell/study/finished_part.h"
#include "zerocell/study/methods.h"
#include "zerocell/study/trained_models.h"

namespace zerocell {

/// Which embeddings of which cells, and where what is finished lies.
struct EmbeddingListOptions {
  std::string data_path;
  DataSourceOptions source;
  std::vector<EmbeddingSpec> embeddings;
  std::string batch;  ///< obs column of batches for methods that correct for them; empty: none
  uint64_t seed = 0;
  std::string device = "auto";  ///< where models run: cpu, cuda or auto
  std::string save_models;      ///< folder for the models that are trained; empty: they are not kept
  bool overwrite_models = false;
  bool keep_going = false;   ///< a failure is noted, the rest goes on
  std::string parts_folder;  ///< where finished embeddings are kept; empty: nowhere
  /// Selections with more cells whose finished embeddings may lie in parts_folder: rows of methods that treat
  /// each cell alone are taken from them, as from those of all cells.
  std::vector<CellSelectionOptions> wider;
  std::shared_ptr<FileHashes> file_hashes = std::make_shared<FileHashes>();

  EmbeddingKeys keys() const;
};

/// Saves a result for later runs; false and a warning where that fails. A disk that refuses costs time later,
/// no result now.
template <class Save>
bool keep_or_warn(const std::string& tag, const char* what, std::vector<std::string>& warnings, Save&& save) {
  try {
    save();
    return true;
  } catch (const Error& error) {
    warnings.push_back(tag + ": " + what + " cannot be kept for later runs: " + error.what());
    return false;
  }
}

/// The embeddings that a run asks for, in its order: found in the folder of parts or computed, several in one
/// pass over the data where their methods can, and kept there.
class EmbeddingList {
 public:
  /// `data`, `pool` and `progress` outlive the list.
  EmbeddingList(EmbeddingListOptions options, DataSource& data, ThreadPool& pool, Progress& progress);

  size_t size() const { return entries_.size(); }
  const EmbeddingSpec& spec(size_t i) const { return options_.embeddings[i]; }
  const EmbeddingKeys& keys() const { return keys_; }
  /// Of the embedding, once find(i) was called.
  const std::string& key(size_t i) const { return entries_[i].key; }
  /// "3/7 hvg", for telling how far the run is.
  std::string place(size_t i) const;
  /// Where a result of that name is kept; empty: nowhere.
  std::string kept_path(const std::string& name) const;

  /// Takes the key of an embedding, and the embedding itself where an earlier run has finished it or a file
  /// gives it: so given ones are checked before anything is computed, and need not be kept.
  void find(size_t i);
  bool found(size_t i) const { return entries_[i].embedding.has_value(); }
  /// Computes embedding i, and with it others of the list that the same pass over the data can give.
  void compute(size_t i);
  /// Hands over a found or computed embedding, which the list then forgets.
  ComputedEmbedding take(size_t i);

  /// What a found or computed embedding cost; where its rows were taken from that of more cells, with their
  /// share of its cost.
  const StageCost& cost(size_t i) const { return entries_[i].cost; }
  double seconds_here(size_t i) const { return entries_[i].seconds_here; }  ///< of this run
  bool kept(size_t i) const { return entries_[i].kept; }                    ///< in the folder of parts

  /// Runs `work` for an embedding; where the run is to go on, an error is noted as its failure.
  template <class Work>
  void attempt(size_t i, Work&& work) {
    if (!options_.keep_going) {
      work();
      return;
    }
    try {
      work();
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::interrupted) throw;
      entries_[i].failure = error.what();
    } catch (const std::bad_alloc&) {
      entries_[i].failure = "more memory than there is";
    }
  }
  /// What went wrong with an embedding; empty: nothing.
  const std::string& failure(size_t i) const { return entries_[i].failure; }
  /// Of keeping results.
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  struct Entry {
    std::string key;  ///< taken once: files are read for it
    std::optional<ComputedEmbedding> embedding;
    StageCost cost;
    double seconds_here = 0;
    bool kept = false, taken = false;
    std::string failure;
  };

  /// Selections that contain the cells of this run, with the rows that they have in each.
  struct WiderSelection {
    EmbeddingKeys keys;
    size_t n_cells;
    std::vector<uint32_t> rows;  ///< (N)
  };

  /// Rows that another embedding has had for these very cells.
  struct KnownRows {
    DenseMatrix<float> values;  ///< (N, D)
    double seconds;             ///< their share of that embedding's
    uint64_t peak_bytes;
  };

  EmbeddingJob job(size_t i, Progress& progress);
  bool restore_model(size_t i);
  void read_given(size_t i);
  bool take_twin(size_t i);
  void compute_pass_of(const std::vector<size_t>& pass);
  std::optional<KnownRows> rows_of_more_cells(size_t i);
  const std::vector<WiderSelection>& wider();
  void keep(size_t i);

  EmbeddingListOptions options_;
  DataSource& data_;
  ThreadPool& pool_;
  Progress& progress_;
  TrainedModels models_;
  EmbeddingKeys keys_;
  std::vector<Entry> entries_;
  std::optional<std::vector<WiderSelection>> wider_;
  std::vector<std::string> warnings_;
};

}  // namespace zerocell
