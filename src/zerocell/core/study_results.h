#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "zerocell/core/evaluation.h"
#include "zerocell/core/reconstruction.h"

namespace zerocell {

/// One method of a study, under the name that tables and figures show.
struct StudyMethod {
  std::string tag;         ///< EmbeddingResult::group of its results
  std::string spec;        ///< as the study gives it
  std::string method;      ///< "hvg", "scgpt" ...
  size_t n_seeds = 1;      ///< results of it on each data set
  bool is_model = false;   ///< has pretrained weights, or a network that could
  std::string control_of;  ///< tag of the method whose control it is; empty: none
  std::string control;     ///< "weights", "genes" or "values": what of it is random; empty: none
};

/// How a data set of a study was cut down; `variant_of` is whole.
enum class StudyVariant { whole, sample, without_overlap };
std::string to_string(StudyVariant variant);

/// One data set of a study with all results on it.
struct StudyDataset {
  std::string name;    ///< unique
  std::string folder;  ///< of its files, relative to the study's
  StudyVariant variant = StudyVariant::whole;
  std::string variant_of;  ///< the whole data set's name; empty for whole
  /// Without the embeddings' own values; what could not be computed is absent here and in the failures.
  Evaluation evaluation;
  std::optional<Reconstruction> reconstruction;  ///< without obs and values per cell of the input
};

/// A part of a study that could not be computed. The rest went on.
struct StudyFailure {
  std::string dataset;
  std::string tag;   ///< of the method; empty: the whole data set
  std::string task;  ///< "embedding", "reconstruction", "data", "files"
  std::string message;
};

/// Everything that a study found out: the source of what is written beside the data sets' own folders.
struct StudyResults {
  std::string title;
  std::vector<StudyMethod> methods;  ///< in the order of the study, which fixes their colours
  std::vector<StudyDataset> datasets;
  std::vector<StudyFailure> failures;
  std::vector<std::string> warnings;  ///< of the study as a whole; a data set's are its evaluation's
  std::vector<StageCost> stages;      ///< of the study as a whole
  std::vector<std::pair<std::string, std::string>> provenance;  ///< name, value; shown in this order
};

/// A metric of one method on one data set, over all of the method's seeds.
struct MethodValue {
  double mean = 0;
  double lowest = 0, highest = 0;  ///< over seeds
  std::optional<double> sd;        ///< over seeds, n - 1; empty with one seed
  std::optional<double> low,
      high;  ///< 95 % interval of a single seed; empty with more, or where there is none
  size_t n_seeds = 0;
  size_t n_cells = 0;  ///< fewest over seeds
  size_t dims = 0;
};

/// The value of `metric` for the embeddings of group `tag`; `suffix` "" for full dimensions, "/pc30" for
/// reduced ones. Nothing where no seed has a value.
std::optional<MethodValue> method_value(const Evaluation& evaluation, std::string_view tag,
                                        std::string_view metric, std::string_view suffix = "");

/// What the seeds of one embedding differ by in one metric.
struct SeedSpread {
  std::string embedding;  ///< the group's tag, with "/pc30" in reduced dimensions
  std::string metric;
  MethodValue value;
};

/// Of every group with more than one seed, in the order of the scores.
std::vector<SeedSpread> seed_spreads(const Evaluation& evaluation);

/// Seconds from counts to embedding of all stages that are the method's own, mean over seeds, and the largest
/// resident size at their end. Nothing where the group has no results.
struct MethodCost {
  double seconds = 0, cells_per_second = 0;
  uint64_t peak_bytes = 0;
};
std::optional<MethodCost> method_cost(const Evaluation& evaluation, std::string_view tag);

/// Median of the values; nothing without any. The mean of both middle values for an even number.
std::optional<double> median(std::vector<double> values);

}  // namespace zerocell
