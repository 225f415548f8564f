#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "zerocell/core/number_text.h"
#include "zerocell/core/utf8.h"
#include "zerocell/report/compare.h"
#include "zerocell/report/text_table.h"

namespace zerocell {
namespace {

using Json = nlohmann::ordered_json;
using TextRow = std::vector<std::string>;

constexpr size_t kMaxShort = 40;  ///< columns of a value that stands beside the other one
constexpr size_t kMaxNames = 4;   ///< metrics named in one line; of more only the number is said

std::string shown(const Score& score) {
  return score.value ? fmt::format("{:.4f}", *score.value) : to_string(score.status);
}

std::string intervals_text(const ScoreChange& change) {
  if (!change.intervals_overlap) return "no intervals";
  return *change.intervals_overlap ? "intervals overlap" : "intervals apart";
}

TextRow change_row(const ScoreChange& change, bool with_dataset) {
  TextRow row = {printable(change.before.embedding), printable(change.before.metric), shown(change.before),
                 shown(change.after)};
  if (with_dataset) row.insert(row.begin(), printable(change.before.dataset));
  if (change.difference) {
    row.push_back(fmt::format("{:+.4f}", *change.difference));
    row.push_back(change.verdict == ChangeVerdict::other ? "interval only" : to_string(change.verdict));
    row.push_back(intervals_text(change));
  } else {
    row.insert(row.end(), {"", change.verdict == ChangeVerdict::other ? "" : to_string(change.verdict),
                           printable(change.after.value ? change.before.reason : change.after.reason)});
  }
  return row;
}

/// Scores that one result has alone: a line per embedding, or per data set where the other has none of it.
void add_list(std::string& out, const std::string& folder, const std::vector<Score>& scores) {
  if (scores.empty()) return;
  out += fmt::format("\nOnly in {}: {}\n", printable(folder), counted(scores.size(), "score"));
  std::vector<std::pair<std::string, std::string>> order;
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> metrics;
  for (const Score& score : scores) {
    const std::pair key{score.dataset, score.embedding};
    if (!metrics.count(key)) order.push_back(key);
    metrics[key].push_back(printable(score.metric));
  }
  std::vector<TextRow> rows;
  for (const auto& key : order) {
    const auto& names = metrics[key];
    std::string list = names.size() > kMaxNames ? counted(names.size(), "score") : "";
    if (list.empty())
      for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
    rows.push_back({printable(key.first), printable(key.second), list});
  }
  out += aligned(rows);
}

std::string of_datasets(const FactChange& fact) {
  if (fact.datasets.empty()) return "";
  return fact.datasets.size() == 1 ? " of " + printable(fact.datasets[0])
                                   : " of " + counted(fact.datasets.size(), "data set");
}

Json score_json(const Score& score) {
  const auto number = [](const std::optional<double>& x) { return x ? Json(*x) : Json(nullptr); };
  return {{"value", number(score.value)}, {"low", number(score.low)},          {"high", number(score.high)},
          {"n_cells", score.n_cells},     {"status", to_string(score.status)}, {"reason", score.reason}};
}

Json row_json(const Score& score) {
  Json out = {{"dataset", score.dataset},
              {"embedding", score.embedding},
              {"metric", score.metric},
              {"convention", score.convention}};
  out.update(score_json(score));
  return out;
}

Json change_json(const ScoreChange& change) {
  return {{"dataset", change.before.dataset},
          {"embedding", change.before.embedding},
          {"metric", change.before.metric},
          {"direction", to_string(change.after.direction)},
          {"convention", change.after.convention},
          {"before", score_json(change.before)},
          {"after", score_json(change.after)},
          {"difference", change.difference ? Json(*change.difference) : Json(nullptr)},
          {"verdict", to_string(change.verdict)},
          {"better", change.verdict == ChangeVerdict::better},
          {"intervals_overlap", change.intervals_overlap ? Json(*change.intervals_overlap) : Json(nullptr)}};
}

}  // namespace

std::string comparison_summary(const Comparison& comparison) {
  std::string out = with_commas(comparison.n_same) + " same";
  if (comparison.n_within > 0)
    out += fmt::format(
        " ({} of them {})", with_commas(comparison.n_within),
        comparison.options.significant ? "within the tolerance or the intervals" : "within the tolerance");
  out +=
      fmt::format(", {} better, {} worse", with_commas(comparison.n_better), with_commas(comparison.n_worse));
  if (comparison.n_other > 0) out += fmt::format(", {} changed otherwise", with_commas(comparison.n_other));
  return out +
         fmt::format(", {} only in one", with_commas(comparison.only_a.size() + comparison.only_b.size()));
}

std::string comparison_text(const Comparison& comparison) {
  std::string out = fmt::format("a: {}\nb: {}\n", printable(comparison.a), printable(comparison.b));
  if (!comparison.facts.empty()) {
    out += "\nDifferent options and conditions\n";
    std::vector<TextRow> rows;
    std::string long_ones;
    for (const FactChange& fact : comparison.facts) {
      const std::string name = printable(fact.name) + of_datasets(fact);
      const std::string before = fact.before.empty() ? "(none)" : printable(fact.before);
      const std::string after = fact.after.empty() ? "(none)" : printable(fact.after);
      if (std::max(display_width(before), display_width(after)) <= kMaxShort)
        rows.push_back({name, before, "→", after});
      else
        long_ones += fmt::format("  {}\n    a: {}\n    b: {}\n", name, before, after);
    }
    out += aligned(rows) + long_ones;
  }
  if (!comparison.changed.empty()) {
    const auto& first = comparison.changed[0].before.dataset;
    const bool with_dataset =
        std::any_of(comparison.changed.begin(), comparison.changed.end(),
                    [&](const ScoreChange& change) { return change.before.dataset != first; });
    TextRow head = {"embedding", "metric", "a", "b", "b - a"};
    if (with_dataset) head.insert(head.begin(), "dataset");
    std::vector<TextRow> rows = {head};
    for (const ScoreChange& change : comparison.changed) rows.push_back(change_row(change, with_dataset));
    out += fmt::format("\nChanged: {}\n{}", counted(comparison.changed.size(), "score"), aligned(rows));
  }
  add_list(out, comparison.a, comparison.only_a);
  add_list(out, comparison.b, comparison.only_b);
  out += "\n" + comparison_summary(comparison) + "\n";
  for (const std::string& note : comparison.notes) out += "Note: " + printable(note) + "\n";
  return out;
}

std::string comparison_json(const Comparison& comparison, FailOn fail_on) {
  Json out;
  out["schema"] = 1;
  out["a"] = comparison.a;
  out["b"] = comparison.b;
  out["tolerance"] = comparison.options.tolerance;
  out["significant"] = comparison.options.significant;
  out["metrics"] = comparison.options.metrics;
  out["n_same"] = comparison.n_same;
  out["n_within"] = comparison.n_within;
  out["n_better"] = comparison.n_better;
  out["n_worse"] = comparison.n_worse;
  out["n_other"] = comparison.n_other;
  out["n_only_a"] = comparison.only_a.size();
  out["n_only_b"] = comparison.only_b.size();
  out["failed"] = fails(comparison, fail_on);
  for (const char* key : {"changed", "only_a", "only_b", "facts"}) out[key] = Json::array();
  for (const ScoreChange& change : comparison.changed) out["changed"].push_back(change_json(change));
  for (const Score& score : comparison.only_a) out["only_a"].push_back(row_json(score));
  for (const Score& score : comparison.only_b) out["only_b"].push_back(row_json(score));
  for (const FactChange& fact : comparison.facts)
    out["facts"].push_back(
        {{"name", fact.name}, {"before", fact.before}, {"after", fact.after}, {"datasets", fact.datasets}});
  out["notes"] = comparison.notes;
  return out.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace zerocell
