#pragma once
#include "zerocell/core/parallel.h"
#include "zerocell/core/progress.h"
#include "zerocell/core/reconstruction.h"
#include "zerocell/study/output_folder.h"

namespace zerocell {

/// Writes every file of a reconstruction into its folder and marks the job as finished: scores.csv,
/// results.json, cells.h5ad, figures/ (each as SVG and PNG, its numbers as CSV) and report.html. Adds the
/// cost of doing so to `reconstruction.stages`. Throws Error(data) where the disk refuses; the folder then
/// stays as it was. Throws Error(internal) where lengths in `reconstruction` disagree, before any file.
void write_reconstruction(Reconstruction& reconstruction, OutputFolder& folder, ThreadPool& pool,
                          Progress& progress);

}  // namespace zerocell
