#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "zerocell/statistics/method_comparison.h"
#include "zerocell/statistics/study_verdicts.h"

namespace zerocell {

/// Three places; one from 100 on.
std::string number_text(double value);
/// A metric as texts name it: "ASW label" of "asw_label".
std::string metric_words(std::string_view name);
/// "1 data set", "2 data sets"
std::string plural_text(size_t count, std::string_view one);
/// "a, b and c"
std::string list_text(const std::vector<std::string>& names);
/// "better on 2 and within noise on 1 of 3 data sets"
std::string counts_text(const MethodComparison& comparison);
/// A sentence with the comparison's counts, median, p and what it lacks.
std::string comparison_words(const MethodComparison& comparison, const VerdictOptions& options);

}  // namespace zerocell
