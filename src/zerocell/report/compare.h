#pragma once
#include <optional>
#include <string>
#include <vector>

#include "zerocell/core/evaluation.h"

namespace zerocell {

struct CompareOptions {
  double tolerance = 0;  ///< absolute: a difference of no more than this is none
  /// Where both scores have an interval, they differ only if the intervals do not overlap. Scores without
  /// intervals are judged by the tolerance alone.
  bool significant = false;
  std::vector<std::string> metrics;  ///< look at these alone; empty: at all
};

/// What became of a score.
enum class ChangeVerdict {
  same,    ///< see CompareOptions
  better,  ///< in the metric's direction, or it failed before and has a value now
  worse,   ///< in the metric's direction, or it had a value before and has none now
  other,   ///< the interval alone, or the reason why there is no value
};
std::string to_string(ChangeVerdict verdict);

/// A score of both results that is not the same in both.
struct ScoreChange {
  Score before, after;
  std::optional<double> difference;  ///< after - before; empty where one has no value
  ChangeVerdict verdict = ChangeVerdict::other;
  std::optional<bool> intervals_overlap;  ///< empty unless both have an interval
};

/// An option, a fact of provenance or a property of the data that differs; "" where one result lacks it.
struct FactChange {
  std::string name, before, after;
  std::vector<std::string> datasets;  ///< of a study, for which it holds; empty: the result as a whole
};

struct Comparison {
  std::string a, b;  ///< the folders
  CompareOptions options;
  size_t n_same = 0;    ///< scores that count as the same
  size_t n_within = 0;  ///< of them: not equal to the last bit
  size_t n_better = 0, n_worse = 0, n_other = 0;
  std::vector<ScoreChange>
      changed;  ///< those that lost or gained a value first, then by size of the difference
  std::vector<Score> only_a, only_b;  ///< in the order of the files
  std::vector<FactChange> facts;
  std::vector<std::string> notes;  ///< what could not be compared, and why

  size_t n_compared() const { return n_same + changed.size(); }
};

/// What changed from the result in folder `a` to that in folder `b`: reads scores.csv, and results.json where
/// there is one, of results of `evaluate`, `reconstruct` and `study` in any mixture. Scores belong together
/// by data set, embedding, metric, convention and, where that occurs several times, by their order; where
/// each result is of one data set its name does not matter. Throws Error(data) where scores.csv is absent or
/// unreadable, Error(usage) for a tolerance that is no number of 0 or more and for a metric of neither
/// result.
Comparison compare_results(const std::string& a, const std::string& b, const CompareOptions& options = {});

/// When a comparison counts as a failure.
enum class FailOn {
  none,
  worse,   ///< a score got worse, or no score could be compared at all
  change,  ///< that, or any other change, or a score that one result has alone
};
bool fails(const Comparison& comparison, FailOn fail_on);

/// One line: "83 same, 2 better, 1 worse, 4 only in one".
std::string comparison_summary(const Comparison& comparison);

/// For people; the last line but notes is the summary. Ends with a newline.
std::string comparison_text(const Comparison& comparison);

/// One JSON document {schema, a, b, tolerance, significant, metrics[], n_same, n_within, n_better, n_worse,
/// n_other, n_only_a, n_only_b, failed, changed[], only_a[], only_b[], facts[], notes[]}.
std::string comparison_json(const Comparison& comparison, FailOn fail_on = FailOn::none);

}  // namespace zerocell
