#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zerocell/core/evaluation.h"
#include "zerocell/core/parallel.h"
#include "zerocell/core/progress.h"
#include "zerocell/core/reconstruction.h"
#include "zerocell/study/data_source.h"
#include "zerocell/study/embedding_spec.h"

namespace zerocell {

/// An option of a method, as SPEC takes it.
struct MethodOption {
  std::string_view name, fallback, help;
};

/// What a method hands over. M rows: the cells it could embed.
struct ComputedEmbedding {
  EmbeddingMatrix values;       ///< (M, D)
  std::vector<uint32_t> cells;  ///< (M) row among the selected cells, ascending
  std::string options;          ///< every option with the value used
  std::vector<Loss> losses;
  std::vector<std::string> warnings;
  std::vector<StageCost> stages;  ///< of the method itself, where it has several
  TrainingCurve training;         ///< empty where nothing is trained
};

/// Writes a trained model to `path`, atomically. Throws Error(data).
using WriteModel = std::function<void(const std::string& path)>;

/// What a method is given.
struct EmbeddingJob {
  const EmbeddingSpec& spec;
  DataSource& data;
  ThreadPool& pool;
  Progress& progress;
  uint64_t seed = 0;
  uint64_t max_memory = 4ull << 30;
  std::string device = "auto";  ///< cpu, cuda or auto
  std::string journal;          ///< file that keeps finished rows of a long method; empty: none
  std::string journal_key;      ///< hash of all that decides the rows
  /// obs column of the batches that a method corrects for where its spec names none; empty: there is none.
  std::string batch_key = {};
  /// Given what writes the model that the job has trained to a file (scvi-tools' model.pt); empty: it is not
  /// kept.
  std::function<void(const WriteModel& write)> keep_model = {};
  /// (N, D) the rows that another run has computed for these very cells, NaN where a cell has none: of
  /// methods that are cell_wise, which then look at the cells and compute nothing. Null: there are none.
  const DenseMatrix<float>* known_rows = nullptr;
};

/// What a model would see of a data set, and what it would cost, without running it.
struct ModelOutlook {
  std::string tag;
  std::string model;  ///< its sizes
  std::vector<Loss> losses;
  std::vector<std::string> warnings;
  double mean_tokens = 0;  ///< of a cell that it sees
  double flops = 0;        ///< of all cells
  double seconds = 0;      ///< estimate for this number of threads
};

/// What a method does with the batches of the run, EmbeddingJob::batch_key, where its spec names none.
enum class BatchUse { none, taken, needed };

/// One way to embed cells: a row of the method table.
struct Method {
  std::string name, title;
  std::string needs;    ///< "counts", "nothing but the entry"
  std::string weights;  ///< where trained weights come from, or "none"
  std::string source;   ///< literature
  std::string example;  ///< a SPEC
  std::vector<MethodOption> options = {};
  bool takes_path = false;
  bool needs_counts = false;
  bool is_given = false;  ///< the embedding lies in a file: it is read and checked before others are computed
  ComputedEmbedding (*compute)(const EmbeddingJob& job) = nullptr;
  /// In place of `compute`, for models: jobs on one data set whose pass_key is the same, in one pass.
  std::vector<ComputedEmbedding> (*compute_together)(std::span<const EmbeddingJob> jobs) = nullptr;
  /// What decides a cell's tokens.
  std::string (*pass_key)(const EmbeddingJob& job) = nullptr;
  /// Files whose content decides the result; null: the path itself, where one is taken.
  std::vector<std::string> (*files)(const EmbeddingSpec& spec) = nullptr;
  /// The pretraining objective on the model's own input; null where there is none.
  ReconstructionResult (*reconstruct)(const EmbeddingJob& job) = nullptr;
  /// What the model would see and cost; null where that needs no look.
  ModelOutlook (*outlook)(const EmbeddingJob& job) = nullptr;
  BatchUse batches = BatchUse::none;
  /// Throws Error(usage) for values that options do not take, or that contradict each other; null: none can.
  void (*check)(const EmbeddingSpec& spec) = nullptr;
  /// True where a cell's row does not depend on which other cells are selected; null: never.
  bool (*cell_wise)(const EmbeddingSpec& spec) = nullptr;
  /// True where the weights are random, as a control's; null: no weights, or trained here. Throws Error(data)
  /// where the model cannot be read.
  bool (*untrained)(const EmbeddingSpec& spec) = nullptr;
  /// True where the device that the run names decides the result; null: never.
  bool (*uses_device)(const EmbeddingSpec& spec) = nullptr;
  /// False where nothing is drawn, so that every seed gives the same result; null: the seed decides.
  bool (*draws)(const EmbeddingSpec& spec) = nullptr;
  /// True where the spec asks for training, whose model EmbeddingJob::keep_model keeps; null: never.
  bool (*trains)(const EmbeddingSpec& spec) = nullptr;
};

/// Every method of this build, in the order in which `zerocell models` lists them.
std::span<const Method> method_table();

/// The jobs, by place, that share a pass over the data: each job once, groups and their members in the order
/// of the list.
std::vector<std::vector<size_t>> shared_passes(std::span<const EmbeddingJob> jobs);

/// True for options whose value is a file, which counts by its content.
bool is_file_option(std::string_view option);

/// Embeddings of jobs that share a pass.
struct PassResults {
  std::vector<ComputedEmbedding> embeddings;  ///< in the order of the jobs
  std::vector<StageCost> costs;               ///< each job's share of the time
};
PassResults compute_pass(std::span<const EmbeddingJob> jobs);

/// Hash of the content of every file that a spec reads beside the data set.
std::string spec_files_hash(const EmbeddingSpec& spec, FileHashes& files);

/// Adds all of a spec that decides a result but tag and seed: method, options in whatever order, and files by
/// their content, wherever they lie.
void add_to_hash(ContentHash& hash, const EmbeddingSpec& spec, FileHashes& files);

/// Throws Error(usage) for a spec whose method needs batches where neither it nor `batch`, the run's own
/// column, names them.
void require_batches(std::span<const EmbeddingSpec> specs, const std::string& batch);

/// The method of a spec. Throws Error(usage) for an unknown method or option, naming those that exist.
const Method& find_method(const EmbeddingSpec& spec);

}  // namespace zerocell
