#pragma once
#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "zerocell/core/study_results.h"
#include "zerocell/report/html.h"

namespace zerocell {

/// What the study page's script reads: the form is written down in web/src/study/payload.ts.
nlohmann::ordered_json study_payload(const StudyResults& study, const HtmlOptions& options);

/// Cells to draw of each data set, at most `most` together: data sets below an even share are drawn whole,
/// the others share what is left.
std::vector<size_t> points_of_datasets(const std::vector<size_t>& n_cells, size_t most);

/// Findings and comparisons of all pairs, as statistics/study_verdicts gives them.
nlohmann::ordered_json findings_json(const StudyResults& study);
nlohmann::ordered_json pairs_of_methods_json(const StudyResults& study, std::span<const MetricInfo> metrics);

}  // namespace zerocell
