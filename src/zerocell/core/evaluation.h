#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "zerocell/core/data_frame.h"
#include "zerocell/core/matrix.h"

namespace zerocell {

enum class Direction { higher, lower };                 ///< which is better
enum class ScoreStatus { ok, not_applicable, failed };  ///< see Score::reason unless ok

/// One value of one metric on one embedding: a row of scores.csv.
struct Score {
  std::string dataset;
  std::string embedding;  ///< tag, or "<tag>/pc30" in reduced dimensions
  size_t dims = 0;
  size_t n_cells = 0;  ///< cells that the value rests on
  uint64_t seed = 0;
  std::string metric;
  std::optional<double> value;      ///< empty unless status is ok
  std::optional<double> low, high;  ///< 95 % interval; empty where there is none, with the reason
  Direction direction = Direction::higher;
  std::string convention;
  ScoreStatus status = ScoreStatus::ok;
  std::string reason;
};

std::string to_string(Direction direction);
std::string to_string(ScoreStatus status);

/// Seconds, work and memory of one stage of a run.
struct StageCost {
  std::string name;
  double seconds = 0;
  uint64_t peak_bytes = 0;      ///< largest resident size up to the end of the stage
  double cells_per_second = 0;  ///< 0 where it means nothing
};

/// What one method could not use of the data.
struct Loss {
  std::string what;    ///< "genes", "UMIs", "cells" ...
  double lost = 0;     ///< number lost
  double total = 0;    ///< out of
  std::string reason;  ///< why
};

/// What the fitting of a method to the data went through, step by step.
struct TrainingCurve {
  std::string loss;           ///< what is minimised, with its unit: "negative ELBO per cell (nats)"
  std::vector<double> train;  ///< (steps)
  std::vector<uint64_t> validated_after;  ///< steps after which validation cells were scored
  std::vector<double> validation;         ///< as long as validated_after
  uint64_t n_train = 0, n_validation = 0;
  uint8_t stopped_early = 0;
  std::string step = "epoch";  ///< or "iteration"
  uint64_t first_step = 1;     ///< number of the first value of `train`; 0: that before any step
  std::string outcome = {};    ///< how it ended, in words; empty: the last step was reached

  bool empty() const { return train.empty(); }
};

/// One embedding of a data set with all that was computed on it. N = cells evaluated, in file order.
struct EmbeddingResult {
  std::string tag, method;
  std::string group;    ///< the tag that results with different seeds share; empty: the tag itself
  uint64_t seed = 0;    ///< of the method
  std::string options;  ///< the SPEC with every default spelled out
  size_t dims = 0;
  EmbeddingMatrix values;        ///< (N, D)
  DenseMatrix<float> umap;       ///< (N, 2); empty: not computed
  std::vector<int32_t> cluster;  ///< (N) best-NMI Louvain partition; empty: none
  double cluster_resolution = 0;
  std::vector<float> silhouette_label;  ///< (N) in [-1, 1]; NaN where undefined; empty: none
  std::vector<float> silhouette_batch;  ///< (N) over batches inside the cell's label
  std::vector<Loss> losses;
  std::vector<StageCost> stages;
  TrainingCurve training;  ///< empty where nothing was trained
  bool reused = false;     ///< finished by an earlier run

  /// What seeds of one method have in common.
  const std::string& group_tag() const { return group.empty() ? tag : group; }
};

/// An embedding that could not be computed in a run that was told to go on.
struct EmbeddingFailure {
  std::string tag;
  std::string message;
};

/// Everything `evaluate` finds out about one data set: the source of every file it writes.
struct Evaluation {
  std::string dataset;  ///< name: the file's without folder and extension, or as the study gives it
  std::string title;
  size_t n_cells = 0, n_genes = 0;
  std::string counts_source;  ///< "layers/counts", "raw/X", "X", or why there is none
  std::string label_name, batch_name;
  Categorical labels;                   ///< (N) codes -1 where missing; empty where no label was given
  Categorical batches;                  ///< (N) or empty
  std::vector<std::string> cell_names;  ///< (N)
  std::vector<EmbeddingResult> embeddings;
  std::vector<EmbeddingFailure> failures;  ///< empty unless the run was told to go on
  std::vector<Score> scores;
  std::vector<Loss> losses;  ///< of the data set as a whole
  std::vector<std::string> warnings;
  std::vector<StageCost> stages;
  std::vector<std::pair<std::string, std::string>> provenance;  ///< name, value; shown in this order
};

/// How a metric is defined: one row of the metric table (metrics/registry).
struct MetricInfo {
  std::string name;
  std::string title;  ///< short, for headings
  std::string group;  ///< "bio" or "batch"
  Direction direction = Direction::higher;
  double lowest = 0, highest = 1;
  std::string definition;  ///< one or two sentences, with the formula in plain text
  std::string source;      ///< literature or program that defines it
};

}  // namespace zerocell
