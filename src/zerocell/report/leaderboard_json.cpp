#include <nlohmann/json.hpp>

#include "zerocell/core/error.h"
#include "zerocell/report/leaderboard.h"
#include "zerocell/report/leaderboard_template.h"
#include "zerocell/report/leaderboard_words.h"
#include "zerocell/version.h"

namespace zerocell {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kMarker = "{{payload}}";

template <class T>
Json optional(const std::optional<T>& x) {
  return x ? Json(*x) : Json(nullptr);
}

Json value_json(const LeaderboardValue& value) {
  return {{"dataset", value.dataset},      {"method", value.method},   {"value", value.mean},
          {"seed_sd", optional(value.sd)}, {"n_seeds", value.n_seeds}, {"n_cells", value.n_cells},
          {"rank", optional(value.rank)},  {"compared", value.counts}};
}

Json cell_json(const LeaderboardCell& cell) {
  Json gaps = Json::array();
  for (const LeaderboardGap& gap : cell.gaps)
    gaps.push_back({{"dataset", gap.dataset}, {"reason", gap.reason}});
  return {{"median", optional(cell.median)}, {"mean_rank", optional(cell.mean_rank)},
          {"place", optional(cell.place)},   {"seed_sd", optional(cell.seed_sd)},
          {"n_datasets", cell.n_datasets},   {"gaps", std::move(gaps)}};
}

Json column_json(const LeaderboardColumn& column) {
  Json out = {{"metric", column.metric},     {"title", column.title},
              {"group", column.group},       {"direction", to_string(column.direction)},
              {"datasets", column.datasets}, {"n_ranked", column.n_ranked}};
  for (const char* key : {"cells", "values"}) out[key] = Json::array();
  for (const LeaderboardCell& cell : column.cells) out["cells"].push_back(cell_json(cell));
  for (const LeaderboardValue& value : column.values) out["values"].push_back(value_json(value));
  return out;
}

Json board_json(const Leaderboard& board) {
  Json out = {{"schema", 1},
              {"kind", "leaderboard"},
              {"zerocell", ZEROCELL_VERSION},
              {"convention", board.convention},
              {"common_only", board.common_only},
              {"folders", board.folders}};
  for (const char* key : {"datasets", "methods", "sections", "left_out"}) out[key] = Json::array();
  for (const LeaderboardDataset& dataset : board.datasets)
    out["datasets"].push_back({{"name", dataset.name},
                               {"names", dataset.names},
                               {"input_hash", dataset.input_hash},
                               {"n_cells", dataset.n_cells},
                               {"folders", dataset.folders}});
  for (const LeaderboardMethod& method : board.methods)
    out["methods"].push_back({{"name", method.name}, {"options", method.options}});
  for (const LeaderboardSection& section : board.sections) {
    Json columns = Json::array();
    for (const LeaderboardColumn& column : section.columns) columns.push_back(column_json(column));
    out["sections"].push_back({{"dimensions", section.dims.empty() ? "full" : section.dims},
                               {"title", leaderboard_title(section)},
                               {"methods", section.methods},
                               {"columns", std::move(columns)}});
  }
  out["n_used"] = board.n_used;
  for (const LeftOut& entry : board.left_out)
    out["left_out"].push_back({{"reason", entry.reason}, {"n_scores", entry.n_scores}});
  out["unranked"] = leaderboard_unranked(board);
  out["notes"] = board.notes;
  return out;
}

}  // namespace

std::string leaderboard_json(const Leaderboard& board) {
  return board_json(board).dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string leaderboard_html(const Leaderboard& board) {
  const size_t at = leaderboard_template.find(kMarker);
  if (at == std::string_view::npos)
    throw Error::internal("the leaderboard's template has no place for its data");
  std::string html(leaderboard_template.substr(0, at));
  // Inside a script element only '<' could end the data, and in JSON it occurs inside strings alone.
  for (const char c : board_json(board).dump(-1, ' ', false, Json::error_handler_t::replace)) {
    if (c == '<')
      html += "\\u003c";
    else
      html += c;
  }
  html += leaderboard_template.substr(at + kMarker.size());
  return html;
}

}  // namespace zerocell
