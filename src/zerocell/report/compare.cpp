#include "zerocell/report/compare.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>
#include <tuple>

#include "zerocell/report/compare_facts.h"
#include "zerocell/report/scores_csv.h"

namespace zerocell {
namespace {

/// Data set ("" where it does not matter), embedding, metric, which one of that name.
using ScoreKey = std::tuple<std::string, std::string, std::string, size_t>;

std::set<std::string> datasets(const std::vector<Score>& scores) {
  std::set<std::string> names;
  for (const Score& score : scores) names.insert(score.dataset);
  return names;
}

std::vector<ScoreKey> keys_of(const std::vector<Score>& scores, bool with_dataset) {
  std::map<ScoreKey, size_t> n_seen;
  std::vector<ScoreKey> keys;
  for (const Score& score : scores) {
    ScoreKey key{with_dataset ? score.dataset : "", score.embedding, score.metric, 0};
    std::get<3>(key) = n_seen[key]++;
    keys.push_back(std::move(key));
  }
  return keys;
}

bool same(const Score& a, const Score& b) {
  return a.value == b.value && a.low == b.low && a.high == b.high && a.status == b.status;
}

ScoreChange change_between(const Score& before, const Score& after) {
  ScoreChange change{before, after, std::nullopt, false, std::nullopt};
  if (before.value && after.value) {
    change.difference = *after.value - *before.value;
    change.better = after.direction == Direction::higher ? *change.difference > 0 : *change.difference < 0;
  }
  if (before.low && before.high && after.low && after.high)
    change.intervals_overlap = *before.low <= *after.high && *after.low <= *before.high;
  return change;
}

void sort_by_size(std::vector<ScoreChange>& changes) {
  std::stable_sort(changes.begin(), changes.end(), [](const ScoreChange& x, const ScoreChange& y) {
    const auto size = [](const ScoreChange& change) {
      return change.difference ? std::abs(*change.difference) : INFINITY;
    };
    return size(x) > size(y);
  });
}

}  // namespace

Comparison compare_results(const std::string& a, const std::string& b) {
  Comparison comparison;
  comparison.a = a;
  comparison.b = b;
  const auto path = [](const std::string& folder) {
    return (std::filesystem::path(folder) / "scores.csv").string();
  };
  const std::vector<Score> before = read_scores_csv(path(a)), after = read_scores_csv(path(b));
  const bool with_dataset = datasets(before).size() != 1 || datasets(after).size() != 1;
  const std::vector<ScoreKey> keys_before = keys_of(before, with_dataset),
                              keys_after = keys_of(after, with_dataset);

  std::map<ScoreKey, size_t> place_after;
  for (size_t i = 0; i < after.size(); ++i) place_after.emplace(keys_after[i], i);
  std::vector<uint8_t> matched(after.size(), 0);
  for (size_t i = 0; i < before.size(); ++i) {
    const auto found = place_after.find(keys_before[i]);
    if (found == place_after.end()) {
      comparison.only_a.push_back(before[i]);
      continue;
    }
    matched[found->second] = 1;
    if (same(before[i], after[found->second]))
      ++comparison.n_same;
    else
      comparison.changed.push_back(change_between(before[i], after[found->second]));
  }
  for (size_t i = 0; i < after.size(); ++i)
    if (!matched[i]) comparison.only_b.push_back(after[i]);
  sort_by_size(comparison.changed);
  compare_facts(comparison);
  return comparison;
}

}  // namespace zerocell
