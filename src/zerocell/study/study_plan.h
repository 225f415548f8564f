#pragma once
#include <span>
#include <string>
#include <vector>

#include "zerocell/core/parallel.h"
#include "zerocell/core/progress.h"
#include "zerocell/core/study_results.h"
#include "zerocell/study/data_source.h"
#include "zerocell/study/evaluate.h"
#include "zerocell/study/input_files.h"
#include "zerocell/study/study_file.h"

namespace zerocell {

/// One data set of a study, whole or cut down, with what is computed on it.
struct StudyPart {
  const StudyFileDataset* dataset = nullptr;  ///< of the StudyFile
  std::string name;                           ///< also of its folder
  StudyVariant variant = StudyVariant::whole;
  size_t subsample = 0;                        ///< cells kept at most; 0: all
  bool leave_overlap = false;                  ///< without the cells of dataset->overlap
  std::vector<EmbeddingSpec> embeddings;       ///< a spec a seed
  std::vector<EmbeddingSpec> reconstructions;  ///< of models, where the study has the task
  std::vector<StudyFailure> not_applicable;    ///< methods that cannot be run on it, with the reason
  size_t n_cells = 0;                          ///< 0: the overlap is every cell
  std::vector<std::string> on_whole = {};      ///< tags that an earlier part runs on the whole data set
};

struct StudyPlan {
  std::vector<StudyMethod> methods;
  std::vector<StudyPart> parts;  ///< in the order in which they are computed
};

/// Everything that a study asks for. Methods with `subsample` make each data set appear again as
/// `<name>-sample<n>`, on which every method runs, so that all see the same cells; where a data set has no
/// more cells than that, they run on it whole. Data sets with `overlap` appear again as
/// `<name>-without-overlap`. Points into `study`. Throws Error(data) where a file cannot be opened.
StudyPlan plan_study(const StudyFile& study, ThreadPool& pool);

/// Where counts and cells of a study's data set come from: `subsample` cells at most (0: all), with or
/// without its overlap.
DataSourceOptions study_source(const StudyFile& study, const StudyFileDataset& dataset, size_t subsample,
                               bool leave_overlap, uint64_t max_memory);

/// What a part will roughly take, without what an earlier run has finished of its embeddings (all of them, in
/// their order, or none); models by their own outlook, which reads the counts once. Throws
/// Error(interrupted).
struct PartEstimate {
  double seconds = 0;
  uint64_t bytes = 0;
  std::vector<std::string> unknown;  ///< tags whose cost could not be told
};
PartEstimate estimate_part(const StudyFile& study, const StudyPart& part, ThreadPool& pool,
                           uint64_t max_memory, Progress& progress,
                           std::span<const FinishedWork> finished = {});

/// Every file that a study reads.
InputFiles study_inputs(const StudyFile& study, const StudyPlan& plan);

}  // namespace zerocell
