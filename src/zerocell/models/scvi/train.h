#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "zerocell/core/parallel.h"
#include "zerocell/core/progress.h"
#include "zerocell/core/row_stream.h"
#include "zerocell/models/scvi/network.h"
#include "zerocell/models/scvi/parameters.h"
#include "zerocell/models/scvi/trainer.h"

namespace zerocell {

/// How scVI is trained; defaults are those of scvi-tools 1.4.2 (train/_trainingplans.py,
/// model/base/_training_mixin.py).
struct ScviTrainOptions {
  size_t max_epochs = 0;  ///< 0: min(round(20000 / N * 400), 400)
  size_t batch_size = 128;
  double learning_rate = 1e-3;
  double adam_epsilon = 0.01;
  double weight_decay = 1e-6;
  double dropout_rate = 0.1;
  double train_size = 0.9;
  size_t n_epochs_kl_warmup = 400;
  bool early_stopping = false;  ///< on the validation ELBO, patience 45 epochs
  size_t early_stopping_patience = 45;
  uint64_t seed = 0;
  uint32_t split_seed = 0;  ///< of the validation cells, numpy's RandomState, the same for all seeds
};

/// What training went through.
struct ScviTraining {
  std::vector<double> train_loss;         ///< per epoch: mean over cells of reconstruction + weighted KL
  std::vector<size_t> validation_epochs;  ///< epochs (from 1) after which validation cells were looked at
  std::vector<double> validation_loss;    ///< mean over cells of reconstruction + KL: minus the ELBO
  size_t n_train = 0, n_validation = 0;
  double seconds_per_epoch = 0;
  std::string device;  ///< that of the trainer
  bool stopped_early = false;
};

/// min(round(20000 / N * 400), 400), at least 1.
size_t scvi_default_epochs(size_t n_cells);

/// Weight of the KL term in an epoch (from 0): epoch / n_epochs_warmup, at most 1; without warm-up 1.
double scvi_kl_weight(size_t epoch, size_t n_epochs_warmup);

/// Cells of both parts: validation is the head of numpy's RandomState(seed).permutation(N), as in scvi-tools;
/// where one or two training cells would be a minibatch of their own, the head is longer by as many.
struct ScviSplit {
  std::vector<uint32_t> train, validation;
};
ScviSplit scvi_split(size_t n_cells, double train_size, size_t batch_size, uint32_t seed);

/// Counts that training reads in random order: in memory, or in a mapped file where they take more than
/// `max_bytes`. The file has no name and goes with the object.
class ScviCounts {
 public:
  /// Columns are those of `stream`. Throws Error(data) for a cell without counts.
  ScviCounts(const RowStream& stream, size_t max_bytes);
  ~ScviCounts();
  ScviCounts(const ScviCounts&) = delete;
  ScviCounts& operator=(const ScviCounts&) = delete;

  size_t n_cells() const { return indptr_.size() - 1; }
  size_t n_genes() const { return n_genes_; }
  size_t nnz() const { return indptr_.back(); }
  bool on_disk() const { return map_ != nullptr; }
  ScviCells cells(std::span<const uint32_t> rows, std::span<const uint32_t> batch) const;

 private:
  size_t n_genes_ = 0;
  std::vector<uint64_t> indptr_{0};
  std::vector<uint32_t> indices_;
  std::vector<float> values_;
  void* map_ = nullptr;
  size_t map_bytes_ = 0;
  const uint32_t* index_data_ = nullptr;
  const float* value_data_ = nullptr;
};

/// Trains an scVI from untrained weights by the trainer that `make_trainer` makes. batch (N): codes below
/// sizes.n_batches; may be empty with one batch. Throws Error(data) where the loss stops being a number, with
/// advice, and for fewer than 3 cells in training.
ScviWeights train_scvi(const ScviCounts& counts, std::span<const uint32_t> batch, const ScviSizes& sizes,
                       const ScviTrainOptions& options, const MakeScviTrainer& make_trainer, ThreadPool& pool,
                       Progress& progress, ScviTraining& training);

/// The same on the processor: the same bits for any number of threads.
ScviWeights train_scvi(const ScviCounts& counts, std::span<const uint32_t> batch, const ScviSizes& sizes,
                       const ScviTrainOptions& options, ThreadPool& pool, Progress& progress,
                       ScviTraining& training);

}  // namespace zerocell
