// What zerocell adds: the fixed resolution beside the best one, and scores without overlapping cells.
#include "zerocell/core/number_text.h"
#include "zerocell/figures/study_pages.h"
#include "zerocell/figures/study_strip_chart.h"

namespace zerocell {
namespace {

constexpr const char* kPairSentence =
    " Lines join what belongs together. Numbers: median over the data sets of the open mark minus the solid "
    "one.";

/// Adds a panel of two grids; false where nothing is to be seen in one of them.
bool add_pair(ScoreGrids& grids, StripChart& chart, PointGrid solid, PointGrid open, StripPanel panel) {
  if (!solid.any() || !open.any()) return false;
  panel.grid = grids.grids.size();
  panel.other = panel.grid + 1;
  grids.grids.push_back(std::move(solid));
  grids.grids.push_back(std::move(open));
  chart.panels.push_back(std::move(panel));
  return true;
}

StudyPages one_page(StripChart& chart, const ScoreGrids& grids, std::string csv) {
  chart.columns = chart.panels.size() > 2 ? 3 : 2;
  chart.caption += kPairSentence + absence_text(grids);
  StudyPages pages;
  pages.pages.push_back({"", chart.caption, strip_drawing(chart, grids), std::move(csv)});
  return pages;
}

}  // namespace

StudyPages fixed_resolution_figure(const StudyView& view) {
  ScoreGrids grids{method_rows(view), view.datasets(), {}};
  StripChart chart;
  for (const auto& [best, fixed] : {std::pair{"nmi", "nmi_fixed"}, {"ari", "ari_fixed"}}) {
    StripPanel panel;
    panel.title = view.metric_title(best);
    panel.axis = better_text(view.direction(best));
    add_pair(grids, chart, point_grid(view, grids.rows, grids.lanes, best),
             point_grid(view, grids.rows, grids.lanes, fixed), std::move(panel));
  }
  if (chart.panels.empty())
    return StudyPages::none("no NMI or ARI exists at both the best and the fixed resolution");
  chart.title = "Clusters at the best of 20 resolutions and at a fixed one";
  chart.solid_name = "best of 20 resolutions";
  chart.open_name = "resolution 1.0";
  chart.caption =
      "NMI and ARI of Louvain clusters and cell types: the best of 20 resolutions, chosen with the labels in "
      "hand as published (solid), and at resolution 1.0, as somebody without labels would have it (open), "
      "for " +
      counted(grids.rows.size(), "method") + " on " + datasets_text(grids.lanes) + ".";
  std::string csv = points_csv(grids);
  return one_page(chart, grids, std::move(csv));
}

StudyPages overlap_figure(const StudyView& view) {
  std::vector<const StudyDataset*> whole, without;
  for (const StudyDataset& dataset : view.study().datasets) {
    if (dataset.variant != StudyVariant::without_overlap) continue;
    if (const StudyDataset* parent = view.find(dataset.variant_of)) {
      whole.push_back(parent);
      without.push_back(&dataset);
    }
  }
  if (whole.empty())
    return StudyPages::none("no data set was scored both whole and without overlapping cells");
  ScoreGrids grids{method_rows(view), whole, {}}, without_grids{grids.rows, without, {}};
  StripChart chart;
  for (const char* metric : {"avg_bio", "asw_label", "asw_batch"}) {
    StripPanel panel;
    panel.title = view.metric_title(metric);
    panel.axis = better_text(view.direction(metric));
    PointGrid open = point_grid(view, grids.rows, without, metric);
    without_grids.grids.push_back(open);
    if (!add_pair(grids, chart, point_grid(view, grids.rows, whole, metric), std::move(open),
                  std::move(panel)))
      without_grids.grids.pop_back();
  }
  if (chart.panels.empty())
    return StudyPages::none("no score exists both whole and without overlapping cells");
  chart.title = "Scores with and without cells that a model may have seen in training";
  chart.solid_name = "whole data set";
  chart.open_name = "without overlapping cells";
  chart.caption =
      "Scores of whole data sets (solid) and without the cells that overlap pretraining data (open): " +
      counted(grids.rows.size(), "method") + " on " + datasets_text(whole) + "; without overlap " +
      datasets_text(without) + ".";
  ScoreGrids solid_grids{grids.rows, whole, {}};
  for (size_t i = 0; i < grids.grids.size(); i += 2) solid_grids.grids.push_back(grids.grids[i]);
  std::string csv = points_csv(solid_grids);
  const std::string rest = points_csv(without_grids);
  csv += rest.substr(rest.find('\n') + 1);
  return one_page(chart, grids, std::move(csv));
}

}  // namespace zerocell
