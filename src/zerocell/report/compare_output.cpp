#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "zerocell/core/number_text.h"
#include "zerocell/core/utf8.h"
#include "zerocell/report/compare.h"

namespace zerocell {
namespace {

using Json = nlohmann::ordered_json;
using TextRow = std::vector<std::string>;

/// Rows with columns as wide as their widest entry, two blanks apart.
std::string aligned(const std::vector<TextRow>& rows) {
  std::vector<size_t> widths;
  for (const TextRow& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  std::string out;
  for (const TextRow& row : rows) {
    std::string line = "  ";
    for (size_t i = 0; i < row.size(); ++i)
      line += row[i] + std::string(widths[i] - display_width(row[i]) + 2, ' ');
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

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
    row.push_back(*change.difference == 0 ? "interval only" : change.better ? "better" : "worse");
    row.push_back(intervals_text(change));
  } else {
    row.insert(row.end(), {"", printable(change.after.value ? change.before.reason : change.after.reason)});
  }
  return row;
}

void add_list(std::string& out, const std::string& folder, const std::vector<Score>& scores) {
  if (scores.empty()) return;
  out += fmt::format("\nOnly in {}: {}\n", printable(folder), counted(scores.size(), "score"));
  std::vector<TextRow> rows;
  for (const Score& score : scores)
    rows.push_back(
        {printable(score.dataset), printable(score.embedding), printable(score.metric), shown(score)});
  out += aligned(rows);
}

Json score_json(const Score& score) {
  const auto number = [](const std::optional<double>& x) { return x ? Json(*x) : Json(nullptr); };
  return {{"value", number(score.value)},
          {"low", number(score.low)},
          {"high", number(score.high)},
          {"status", to_string(score.status)},
          {"reason", score.reason}};
}

Json row_json(const Score& score) {
  Json out = {{"dataset", score.dataset}, {"embedding", score.embedding}, {"metric", score.metric}};
  out.update(score_json(score));
  return out;
}

Json change_json(const ScoreChange& change) {
  return {{"dataset", change.before.dataset},
          {"embedding", change.before.embedding},
          {"metric", change.before.metric},
          {"direction", to_string(change.after.direction)},
          {"before", score_json(change.before)},
          {"after", score_json(change.after)},
          {"difference", change.difference ? Json(*change.difference) : Json(nullptr)},
          {"better", change.better},
          {"intervals_overlap", change.intervals_overlap ? Json(*change.intervals_overlap) : Json(nullptr)}};
}

}  // namespace

std::string comparison_text(const Comparison& comparison) {
  std::string out = fmt::format("a: {}\nb: {}\n", printable(comparison.a), printable(comparison.b));
  if (!comparison.facts.empty()) {
    out += "\nDifferent options and conditions\n";
    std::vector<TextRow> rows;
    for (const FactChange& fact : comparison.facts)
      rows.push_back({printable(fact.name), fact.before.empty() ? "(none)" : printable(fact.before), "→",
                      fact.after.empty() ? "(none)" : printable(fact.after)});
    out += aligned(rows);
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
  out += fmt::format("\nEqual in both: {}\n", counted(comparison.n_same, "score"));
  for (const std::string& note : comparison.notes) out += "Note: " + printable(note) + "\n";
  return out;
}

std::string comparison_json(const Comparison& comparison) {
  Json out;
  out["schema"] = 1;
  out["a"] = comparison.a;
  out["b"] = comparison.b;
  out["n_same"] = comparison.n_same;
  for (const char* key : {"changed", "only_a", "only_b", "facts"}) out[key] = Json::array();
  for (const ScoreChange& change : comparison.changed) out["changed"].push_back(change_json(change));
  for (const Score& score : comparison.only_a) out["only_a"].push_back(row_json(score));
  for (const Score& score : comparison.only_b) out["only_b"].push_back(row_json(score));
  for (const FactChange& fact : comparison.facts)
    out["facts"].push_back({{"name", fact.name}, {"before", fact.before}, {"after", fact.after}});
  out["notes"] = comparison.notes;
  return out.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace zerocell
