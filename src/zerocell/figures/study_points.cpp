#include "zerocell/figures/study_points.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "zerocell/core/number_text.h"
#include "zerocell/core/utf8.h"

namespace zerocell {
namespace {

constexpr size_t kReasonWidth = 110, kMostReasons = 4, kMostPlaces = 4;

/// The reasons in order of appearance, each with the points that it explains.
std::vector<std::pair<std::string, std::vector<std::string>>> reasons_of(const ScoreGrids& grids) {
  std::vector<std::pair<std::string, std::vector<std::string>>> out;
  for (const PointGrid& grid : grids.grids)
    for (size_t row = 0; row < grid.n_rows(); ++row)
      for (size_t lane = 0; lane < grid.n_lanes; ++lane) {
        const StudyPoint& point = grid.at(row, lane);
        if (point.value) continue;
        const std::string place =
            printable(grids.rows[row].name) + " on " + printable(grids.lanes[lane]->name);
        auto entry = std::ranges::find_if(out, [&](const auto& e) { return e.first == point.reason; });
        if (entry == out.end()) entry = out.insert(out.end(), {point.reason, {}});
        if (std::ranges::find(entry->second, place) == entry->second.end()) entry->second.push_back(place);
      }
  return out;
}

}  // namespace

bool PointGrid::any() const {
  return std::ranges::any_of(points, [](const StudyPoint& point) { return point.value.has_value(); });
}

std::optional<double> PointGrid::row_median(size_t row) const {
  std::vector<double> values;
  for (size_t lane = 0; lane < n_lanes; ++lane)
    if (at(row, lane).value) values.push_back(at(row, lane).value->mean);
  return median(std::move(values));
}

size_t PointGrid::n_in_row(size_t row) const {
  size_t n = 0;
  for (size_t lane = 0; lane < n_lanes; ++lane) n += at(row, lane).value.has_value();
  return n;
}

std::vector<StudyRow> method_rows(const StudyView& view) {
  std::vector<StudyRow> rows;
  for (size_t i = 0; i < view.methods().size(); ++i)
    if (view.runs(view.methods()[i].tag)) rows.push_back({view.methods()[i].tag, "", i});
  return rows;
}

PointGrid point_grid(const StudyView& view, const std::vector<StudyRow>& rows,
                     const std::vector<const StudyDataset*>& lanes, const std::string& metric,
                     const std::string& suffix) {
  PointGrid grid{metric, suffix, lanes.size(), {}};
  for (const StudyRow& row : rows)
    for (const StudyDataset* lane : lanes) {
      const std::string& tag = view.methods()[row.method].tag;
      StudyPoint& point = grid.points.emplace_back();
      point.value = view.value(*lane, tag, metric, suffix);
      if (!point.value) point.reason = view.why_absent(*lane, tag, metric, suffix);
    }
  return grid;
}

std::optional<std::pair<double, double>> whisker(const MethodValue& value) {
  if (value.low && value.high) return std::pair{*value.low, *value.high};
  if (value.n_seeds > 1) return std::pair{value.lowest, value.highest};
  return std::nullopt;
}

std::string whisker_text(const ScoreGrids& grids) {
  bool intervals = false;
  size_t fewest = SIZE_MAX, most = 0;
  for (const PointGrid& grid : grids.grids)
    for (const StudyPoint& point : grid.points) {
      if (!point.value) continue;
      intervals |= point.value->low && point.value->high;
      if (point.value->n_seeds < 2) continue;
      fewest = std::min(fewest, point.value->n_seeds);
      most = std::max(most, point.value->n_seeds);
    }
  std::string text;
  if (intervals) text += " Whiskers of methods with one seed: 95 % interval by bootstrap.";
  if (most > 0) {
    const std::string n =
        fewest == most ? std::to_string(most) : std::to_string(fewest) + " to " + std::to_string(most);
    text += " Methods with several seeds: mean of " + n + " seeds, whiskers from lowest to highest seed.";
  }
  return text;
}

std::string absence_text(const ScoreGrids& grids) {
  const auto reasons = reasons_of(grids);
  if (reasons.empty()) return "";
  std::string text = " Not shown: ";
  for (size_t i = 0; i < std::min(reasons.size(), kMostReasons); ++i) {
    const auto& [reason, places] = reasons[i];
    if (i > 0) text += "; ";
    for (size_t p = 0; p < std::min(places.size(), kMostPlaces); ++p) text += (p > 0 ? ", " : "") + places[p];
    if (places.size() > kMostPlaces) text += " and " + std::to_string(places.size() - kMostPlaces) + " more";
    text += " (" + truncate_to_width(printable(reason), kReasonWidth) + ")";
  }
  if (reasons.size() > kMostReasons)
    text += "; " + counted(reasons.size() - kMostReasons, "further reason") + " in the table of the figure";
  return text + ".";
}

std::string points_csv(const ScoreGrids& grids) {
  CsvLines csv{"dataset",
               "method",
               "metric",
               "dimensions",
               "value",
               "lowest_seed",
               "highest_seed",
               "interval_low",
               "interval_high",
               "n_seeds",
               "n_cells",
               "n_dims",
               "median_over_datasets",
               "reason"};
  for (const PointGrid& grid : grids.grids)
    for (size_t row = 0; row < grid.n_rows(); ++row)
      for (size_t lane = 0; lane < grid.n_lanes; ++lane) {
        const StudyPoint& point = grid.at(row, lane);
        std::vector<std::string> fields{grids.lanes[lane]->name, grids.rows[row].name, grid.metric,
                                        grid.suffix.empty() ? "full" : grid.suffix.substr(1)};
        if (point.value) {
          const MethodValue& v = *point.value;
          fields.insert(fields.end(), {csv_number(v.mean), csv_number(v.lowest), csv_number(v.highest),
                                       csv_number(v.low), csv_number(v.high), std::to_string(v.n_seeds),
                                       std::to_string(v.n_cells), std::to_string(v.dims)});
        } else {
          fields.resize(fields.size() + 8);
        }
        fields.push_back(csv_number(grid.row_median(row)));
        fields.push_back(point.reason);
        csv.add(fields);
      }
  return std::move(csv).text();
}

}  // namespace zerocell
