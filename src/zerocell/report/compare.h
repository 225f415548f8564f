#pragma once
#include <optional>
#include <string>
#include <vector>

#include "zerocell/core/evaluation.h"

namespace zerocell {

/// A score of both results that is not the same in both.
struct ScoreChange {
  Score before, after;
  std::optional<double> difference;       ///< after - before; empty where one has no value
  bool better = false;                    ///< in the metric's direction; false where there is no difference
  std::optional<bool> intervals_overlap;  ///< empty unless both have an interval
};

/// An option, a fact of provenance or a property of the data that differs; "" where one result lacks it.
struct FactChange {
  std::string name, before, after;
};

struct Comparison {
  std::string a, b;   ///< the folders
  size_t n_same = 0;  ///< scores that are equal to the last bit
  std::vector<ScoreChange>
      changed;  ///< those that lost or gained a value first, then by size of the difference
  std::vector<Score> only_a, only_b;  ///< in the order of the files
  std::vector<FactChange> facts;
  std::vector<std::string> notes;  ///< what could not be compared, and why
};

/// What changed from the result in folder `a` to that in folder `b`: reads scores.csv, and results.json where
/// there is one. Scores belong together by data set, embedding, metric and, where that occurs several times,
/// by their order; where each result is of one data set its name does not matter. Throws Error(data) where
/// scores.csv is absent or unreadable.
Comparison compare_results(const std::string& a, const std::string& b);

/// For people; ends with a newline.
std::string comparison_text(const Comparison& comparison);

/// One JSON document {schema, a, b, n_same, changed[], only_a[], only_b[], facts[], notes[]}.
std::string comparison_json(const Comparison& comparison);

}  // namespace zerocell
