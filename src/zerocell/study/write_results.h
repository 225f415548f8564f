#pragma once
#include "zerocell/core/evaluation.h"
#include "zerocell/core/parallel.h"
#include "zerocell/core/progress.h"
#include "zerocell/study/output_folder.h"

namespace zerocell {

/// Writes every file of an evaluation into its folder and marks the job as finished: scores.csv, seeds.csv
/// and training.csv where there is something to say, results.json, cells.h5ad, figures/ and report.html. Adds
/// the cost of doing so to `evaluation.stages`. Throws Error(data) where the disk refuses; the folder then
/// stays as it was.
void write_results(Evaluation& evaluation, OutputFolder& folder, ThreadPool& pool, Progress& progress);

}  // namespace zerocell
