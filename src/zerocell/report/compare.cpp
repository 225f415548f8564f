#include "zerocell/report/compare.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <set>
#include <tuple>

#include "zerocell/core/error.h"
#include "zerocell/core/number_text.h"
#include "zerocell/core/word_list.h"
#include "zerocell/report/compare_facts.h"
#include "zerocell/report/result_folder.h"

namespace zerocell {
namespace {

/// Data set ("" where it does not matter), embedding, metric, convention, which one of that name.
using ScoreKey = std::tuple<std::string, std::string, std::string, std::string, size_t>;

std::vector<ScoreKey> keys_of(const std::vector<Score>& scores, bool with_dataset) {
  std::map<ScoreKey, size_t> n_seen;
  std::vector<ScoreKey> keys;
  for (const Score& score : scores) {
    ScoreKey key{with_dataset ? score.dataset : "", score.embedding, score.metric, score.convention, 0};
    std::get<4>(key) = n_seen[key]++;
    keys.push_back(std::move(key));
  }
  return keys;
}

bool equal(const Score& a, const Score& b) {
  return a.value == b.value && a.low == b.low && a.high == b.high && a.status == b.status;
}

bool near(const std::optional<double>& a, const std::optional<double>& b, double tolerance) {
  return a && b ? std::abs(*a - *b) <= tolerance : a == b;
}

ChangeVerdict judge(const ScoreChange& change, const CompareOptions& options) {
  const Score &before = change.before, &after = change.after;
  if (!before.value && !after.value)
    return before.status == after.status ? ChangeVerdict::same : ChangeVerdict::other;
  if (!after.value) return ChangeVerdict::worse;
  if (!before.value)
    return before.status == ScoreStatus::failed ? ChangeVerdict::better : ChangeVerdict::other;
  if (options.significant && change.intervals_overlap == true) return ChangeVerdict::same;
  const double difference = *change.difference;
  if (std::abs(difference) <= options.tolerance)
    return near(before.low, after.low, options.tolerance) && near(before.high, after.high, options.tolerance)
               ? ChangeVerdict::same
               : ChangeVerdict::other;
  return (after.direction == Direction::higher) == (difference > 0) ? ChangeVerdict::better
                                                                    : ChangeVerdict::worse;
}

ScoreChange change_between(const Score& before, const Score& after, const CompareOptions& options) {
  ScoreChange change{before, after, std::nullopt, ChangeVerdict::other, std::nullopt};
  if (before.value && after.value) change.difference = *after.value - *before.value;
  if (before.low && before.high && after.low && after.high)
    change.intervals_overlap = *before.low <= *after.high && *after.low <= *before.high;
  change.verdict = judge(change, options);
  return change;
}

void add_pair(const Score& before, const Score& after, Comparison& comparison) {
  if (equal(before, after)) {
    ++comparison.n_same;
    return;
  }
  ScoreChange change = change_between(before, after, comparison.options);
  switch (change.verdict) {
    case ChangeVerdict::same:
      ++comparison.n_same;
      ++comparison.n_within;
      return;
    case ChangeVerdict::better:
      ++comparison.n_better;
      break;
    case ChangeVerdict::worse:
      ++comparison.n_worse;
      break;
    case ChangeVerdict::other:
      ++comparison.n_other;
      break;
  }
  comparison.changed.push_back(std::move(change));
}

void sort_by_size(std::vector<ScoreChange>& changes) {
  std::stable_sort(changes.begin(), changes.end(), [](const ScoreChange& x, const ScoreChange& y) {
    const auto size = [](const ScoreChange& change) {
      return change.difference ? std::abs(*change.difference) : INFINITY;
    };
    return size(x) > size(y);
  });
}

/// Keeps the scores of the metrics asked for.
void keep_metrics(std::vector<Score>& a, std::vector<Score>& b, const std::vector<std::string>& metrics) {
  if (metrics.empty()) return;
  std::set<std::string> known;
  for (const auto* scores : {&a, &b})
    for (const Score& score : *scores) known.insert(score.metric);
  for (const std::string& metric : metrics)
    if (!known.count(metric))
      throw Error::usage({fmt::format("metric '{}'", metric), "one that a result holds",
                          listed({known.begin(), known.end()}, 30), ""});
  const auto unwanted = [&](const Score& score) { return std::ranges::count(metrics, score.metric) == 0; };
  std::erase_if(a, unwanted);
  std::erase_if(b, unwanted);
}

void compare_scores(const std::vector<Score>& before, const std::vector<Score>& after, bool with_dataset,
                    Comparison& comparison) {
  const std::vector<ScoreKey> keys_before = keys_of(before, with_dataset),
                              keys_after = keys_of(after, with_dataset);
  std::map<ScoreKey, size_t> place_after;
  for (size_t i = 0; i < after.size(); ++i) place_after.emplace(keys_after[i], i);
  std::vector<uint8_t> matched(after.size(), 0);
  size_t n_other_cells = 0;
  for (size_t i = 0; i < before.size(); ++i) {
    const auto found = place_after.find(keys_before[i]);
    if (found == place_after.end()) {
      comparison.only_a.push_back(before[i]);
      continue;
    }
    const Score& other = after[found->second];
    matched[found->second] = 1;
    n_other_cells += before[i].n_cells != other.n_cells;
    add_pair(before[i], other, comparison);
  }
  for (size_t i = 0; i < after.size(); ++i)
    if (!matched[i]) comparison.only_b.push_back(after[i]);
  if (n_other_cells > 0)
    comparison.notes.push_back("compared although b rests on another number of cells than a: " +
                               counted(n_other_cells, "score"));
}

/// Scores of other conventions are other quantities, so they meet no partner; this says why.
void note_conventions(const std::vector<Score>& a, const std::vector<Score>& b, Comparison& comparison) {
  const auto conventions = [](const std::vector<Score>& scores) {
    std::set<std::string> names;
    for (const Score& score : scores) names.insert(score.convention);
    return names;
  };
  const auto in_a = conventions(a), in_b = conventions(b);
  if (in_a != in_b && !a.empty() && !b.empty())
    comparison.notes.push_back(
        fmt::format("a follows convention {}, b {}: scores of different conventions are not compared",
                    fmt::join(in_a, " and "), fmt::join(in_b, " and ")));
}

}  // namespace

std::string to_string(ChangeVerdict verdict) {
  switch (verdict) {
    case ChangeVerdict::same:
      return "same";
    case ChangeVerdict::better:
      return "better";
    case ChangeVerdict::worse:
      return "worse";
    case ChangeVerdict::other:
      break;
  }
  return "other";
}

Comparison compare_results(const std::string& a, const std::string& b, const CompareOptions& options) {
  if (!(options.tolerance >= 0) || !std::isfinite(options.tolerance))
    throw Error::usage({"tolerance", "a number of 0 or more", fmt::format("{}", options.tolerance), ""});
  Comparison comparison;
  comparison.a = a;
  comparison.b = b;
  comparison.options = options;
  ResultFolder before = read_result_folder(a), after = read_result_folder(b);
  const bool with_dataset = before.datasets().size() != 1 || after.datasets().size() != 1;
  for (const auto* folder : {&before, &after})
    comparison.notes.insert(comparison.notes.end(), folder->notes.begin(), folder->notes.end());
  compare_facts(before, after, comparison);
  keep_metrics(before.scores, after.scores, options.metrics);
  note_conventions(before.scores, after.scores, comparison);
  compare_scores(before.scores, after.scores, with_dataset, comparison);
  sort_by_size(comparison.changed);
  return comparison;
}

bool fails(const Comparison& comparison, FailOn fail_on) {
  if (fail_on == FailOn::none) return false;
  if (comparison.n_worse > 0 || comparison.n_compared() == 0) return true;
  return fail_on == FailOn::change &&
         (!comparison.changed.empty() || !comparison.only_a.empty() || !comparison.only_b.empty());
}

}  // namespace zerocell
