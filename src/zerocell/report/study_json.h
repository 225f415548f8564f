#pragma once
#include <span>
#include <string>

#include "zerocell/core/study_results.h"

namespace zerocell {

/// results.json of a study: {schema, kind: "study", zerocell, title, provenance, methods[], datasets[],
/// metrics[], scores[], failures[], warnings[], stages[]}; each data set with its variant, groups, embeddings
/// (options, dims, costs, losses, training) and the spread over seeds. Always valid UTF-8.
std::string study_json(const StudyResults& results, std::span<const MetricInfo> metrics);

}  // namespace zerocell
