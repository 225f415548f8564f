// What training gave: the score of a model minus that of its control.
#include <algorithm>
#include <cmath>

#include "zerocell/core/number_text.h"
#include "zerocell/figures/study_pages.h"
#include "zerocell/figures/study_strip_chart.h"

namespace zerocell {
namespace {

struct Pair {
  size_t model = 0, control = 0;
};

std::vector<Pair> pairs_of(const std::vector<StudyMethod>& methods) {
  std::vector<Pair> pairs;
  for (size_t model = 0; model < methods.size(); ++model)
    for (size_t control = 0; control < methods.size(); ++control)
      if (model != control && methods[control].control_of == methods[model].tag)
        pairs.push_back({model, control});
  return pairs;
}

/// Limits by the square-and-add rule of Zou and Donner (2008), which takes both scores as independent: those
/// of the same cells go up and down together, so that the true interval is narrower. With several seeds of
/// either: the least and largest difference of a seed of one from a seed of the other.
MethodValue difference(const MethodValue& model, const MethodValue& control) {
  MethodValue out;
  out.mean = model.mean - control.mean;
  out.n_seeds = std::max(model.n_seeds, control.n_seeds);
  out.n_cells = std::min(model.n_cells, control.n_cells);
  out.dims = model.dims;
  out.lowest = model.lowest - control.highest;
  out.highest = model.highest - control.lowest;
  if (model.low && model.high && control.low && control.high) {
    out.low = out.mean - std::hypot(model.mean - *model.low, *control.high - control.mean);
    out.high = out.mean + std::hypot(*model.high - model.mean, control.mean - *control.low);
  }
  return out;
}

StudyPoint gain(const StudyView& view, const StudyDataset& dataset, const Pair& pair,
                const std::string& metric) {
  StudyPoint point;
  const std::string &model = view.methods()[pair.model].tag, &control = view.methods()[pair.control].tag;
  const auto with = view.value(dataset, model, metric), without = view.value(dataset, control, metric);
  if (with && without)
    point.value = difference(*with, *without);
  else
    point.reason = !with ? view.why_absent(dataset, model, metric)
                         : "control: " + view.why_absent(dataset, control, metric);
  return point;
}

std::string note_of(const StudyMethod& control) {
  const std::string what = control.control == "weights"  ? "untrained"
                           : control.control == "genes"  ? "shuffled genes"
                           : control.control == "values" ? "shuffled values"
                                                         : control.control;
  return "minus " + control.tag + (what.empty() ? "" : " (" + what + ")");
}

std::string gain_csv(const StudyView& view, const ScoreGrids& grids, const std::vector<Pair>& pairs) {
  CsvLines csv{"dataset",       "method",
               "control",       "metric",
               "difference",    "method_value",
               "control_value", "lowest_seeds",
               "highest_seeds", "interval_low",
               "interval_high", "n_seeds",
               "n_cells",       "median_over_datasets",
               "reason"};
  for (const PointGrid& grid : grids.grids)
    for (size_t row = 0; row < pairs.size(); ++row)
      for (size_t lane = 0; lane < grid.n_lanes; ++lane) {
        const StudyPoint& point = grid.at(row, lane);
        const auto text_of = [&](size_t method) {
          const auto v = view.value(*grids.lanes[lane], view.methods()[method].tag, grid.metric);
          return v ? csv_number(v->mean) : "";
        };
        const MethodValue v = point.value.value_or(MethodValue{});
        const bool any = point.value.has_value();
        csv.add({grids.lanes[lane]->name, view.methods()[pairs[row].model].tag,
                 view.methods()[pairs[row].control].tag, grid.metric, any ? csv_number(v.mean) : "",
                 text_of(pairs[row].model), text_of(pairs[row].control), any ? csv_number(v.lowest) : "",
                 any ? csv_number(v.highest) : "", csv_number(v.low), csv_number(v.high),
                 any ? std::to_string(v.n_seeds) : "", any ? std::to_string(v.n_cells) : "",
                 csv_number(grid.row_median(row)), point.reason});
      }
  return std::move(csv).text();
}

}  // namespace

StudyPages gain_figure(const StudyView& view) {
  const auto pairs = pairs_of(view.methods());
  if (pairs.empty()) return StudyPages::none("no method of the study is the control of another");
  ScoreGrids grids{{}, view.datasets(), {}};
  for (const Pair& pair : pairs)
    grids.rows.push_back({view.methods()[pair.model].tag, note_of(view.methods()[pair.control]), pair.model});
  StripChart chart;
  for (const char* metric : {"avg_bio", "asw_label"}) {
    PointGrid grid{metric, "", grids.lanes.size(), {}};
    for (const Pair& pair : pairs)
      for (const StudyDataset* lane : grids.lanes) grid.points.push_back(gain(view, *lane, pair, metric));
    if (!grid.any()) continue;
    StripPanel panel;
    panel.title = "Gain in " + view.metric_title(metric);
    panel.axis = "better than control →";
    panel.grid = grids.grids.size();
    panel.reference = 0;
    panel.is_difference = true;
    chart.panels.push_back(panel);
    grids.grids.push_back(std::move(grid));
  }
  if (chart.panels.empty())
    return StudyPages::none("no data set has a score of both a model and its control");
  chart.columns = chart.panels.size();
  chart.common_axis = true;
  chart.reference_name = "no difference";
  chart.title = "Models against their controls: difference of scores";
  chart.caption = "Score of each model minus that of its control, " + counted(pairs.size(), "pair") + " on " +
                  datasets_text(grids.lanes) + ". Right of 0 the model is better than its control.";
  if (grids.lanes.size() > 1) chart.caption += " Dashed lines and numbers: median over data sets.";
  const auto any = [&](auto&& test) {
    return std::ranges::any_of(grids.grids, [&](const PointGrid& grid) {
      return std::ranges::any_of(grid.points, [&](const StudyPoint& p) { return p.value && test(*p.value); });
    });
  };
  if (any([](const MethodValue& v) { return v.low.has_value(); }))
    chart.caption +=
        " Whiskers with one seed: 95 % interval of the difference from the intervals of both scores as if "
        "they "
        "were independent, hence too wide rather than too narrow.";
  if (any([](const MethodValue& v) { return v.n_seeds > 1; }))
    chart.caption += " Whiskers with several seeds: least to largest difference between a seed of each.";
  chart.caption += absence_text(grids);
  StudyPages pages;
  pages.pages.push_back({"", chart.caption, strip_drawing(chart, grids), gain_csv(view, grids, pairs)});
  return pages;
}

}  // namespace zerocell
