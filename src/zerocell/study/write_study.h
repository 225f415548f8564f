#pragma once
#include <string>

#include "zerocell/core/progress.h"
#include "zerocell/core/study_results.h"
#include "zerocell/study/study_file.h"
#include "zerocell/study/study_folder.h"

namespace zerocell {

/// Writes what stands beside the data sets' folders: scores.csv, seeds.csv, results.json, figures/ and
/// index.html. Adds figures that cannot be drawn to the warnings. The files appear when the folder is
/// completed. Throws Error(data) where the disk refuses.
void write_study(StudyResults& results, const StudyFile& study, StudyFolder& folder, Progress& progress);

}  // namespace zerocell
