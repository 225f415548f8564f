#pragma once
#include <string>
#include <vector>

#include "zerocell/core/parallel.h"

namespace zerocell {

/// A commented STUDY.toml for the data sets: columns that look like labels and batches filled in, others
/// named in comments, methods to begin with. `folder`: where the file will lie; paths are relative to it.
/// Throws Error(data) for a data set that cannot be opened.
std::string study_template(const std::vector<std::string>& data, const std::string& folder, ThreadPool& pool);

}  // namespace zerocell
