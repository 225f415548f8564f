#pragma once
#include <cstdint>
#include <string>

#include "zerocell/core/parallel.h"
#include "zerocell/core/progress.h"
#include "zerocell/core/study_results.h"
#include "zerocell/study/study_file.h"
#include "zerocell/study/study_plan.h"

namespace zerocell {

struct RunStudyOptions {
  std::string out;                   ///< folder of the study
  std::string cache;                 ///< folder of finished parts; empty: <out>/.cache
  std::string device = "auto";       ///< where models run
  std::string command_line;          ///< for provenance
  uint64_t max_memory = 8ull << 30;  ///< where the study names none
  bool force = false;                ///< use a folder that holds something else
};

/// Computes every part of a study and writes it: a folder per data set with the files of `evaluate` and, in
/// reconstruction/, of `reconstruct`; beside them scores.csv, seeds.csv, results.json, figures/ and
/// index.html.
///
/// What an earlier run finished with the same data, options and weights is taken from the cache; folders that
/// hold just that are left as they are. A method that fails on a data set, or a data set that cannot be read,
/// is listed in the result's failures, and the rest goes on. Throws Error(usage) for a folder that holds
/// something else than a study, Error(interrupted) and Error(data) where results cannot be written; what was
/// finished is kept then.
StudyResults run_study(const StudyFile& study, const StudyPlan& plan, const RunStudyOptions& options,
                       ThreadPool& pool, Progress& progress);

}  // namespace zerocell
