// Figures 2A, 2B, 5 and S2: scores of all methods on all data sets.
#include <fmt/format.h>

#include <algorithm>

#include "zerocell/core/number_text.h"
#include "zerocell/figures/study_pages.h"
#include "zerocell/figures/study_strip_chart.h"

namespace zerocell {
namespace {

constexpr const char* kMedianSentence =
    " Dashed lines and numbers: median over the data sets where the method has a value, with their number "
    "where "
    "it is not all.";

std::string how_many(const ScoreGrids& grids) {
  return counted(grids.rows.size(), "method") + " on " + datasets_text(grids.lanes) + ".";
}

/// One metric, all methods.
StudyPages one_metric(const StudyView& view, const std::vector<const StudyDataset*>& lanes,
                      const std::string& metric, const std::string& what) {
  ScoreGrids grids{method_rows(view), lanes, {}};
  grids.grids.push_back(point_grid(view, grids.rows, lanes, metric));
  if (!grids.grids.front().any())
    return StudyPages::none("no method has a value of " + metric + " on any data set");
  StripChart chart;
  StripPanel panel;
  panel.title = view.metric_title(metric);
  panel.axis = better_text(view.direction(metric));
  if (metric == "asw_label") {
    panel.reference = 0.5;
    chart.reference_name = "0.5: cell types overlap";
  }
  chart.title = what;
  chart.panels.push_back(panel);
  chart.caption = what + ", one mark a method and data set: " + how_many(grids);
  if (lanes.size() > 1) chart.caption += kMedianSentence;
  chart.caption += whisker_text(grids) + absence_text(grids);
  StudyPages pages;
  pages.pages.push_back({"", chart.caption, strip_drawing(chart, grids), points_csv(grids)});
  return pages;
}

}  // namespace

std::string better_text(Direction direction) {
  return direction == Direction::higher ? "higher is better →" : "← lower is better";
}

std::vector<const StudyDataset*> datasets_with_batches(const StudyView& view) {
  std::vector<const StudyDataset*> out;
  for (const StudyDataset* dataset : view.datasets())
    if (n_in_use(dataset->evaluation.batches) >= 2) out.push_back(dataset);
  return out;
}

StudyPages figure_2a(const StudyView& view) {
  return one_metric(view, view.datasets(), "asw_label",
                    "Cell-type clustering: silhouette width of the cell types (ASW), rescaled to 0 to 1");
}

StudyPages figure_2b(const StudyView& view) {
  return one_metric(view, view.datasets(), "avg_bio",
                    "Cell-type clustering: AvgBIO, the mean of ASW, NMI and ARI");
}

StudyPages figure_5(const StudyView& view) {
  const auto lanes = datasets_with_batches(view);
  if (lanes.empty()) return StudyPages::none("no data set has two or more batches");
  auto pages = one_metric(view, lanes, "asw_batch",
                          "Batch integration: 1 - |silhouette over batches| inside each cell type, averaged");
  if (lanes.size() < view.datasets().size())
    for (StudyPage& page : pages.pages)
      page.drawing.description = page.caption += " Data sets with fewer than two batches are left out: " +
                                                 std::to_string(view.datasets().size() - lanes.size()) + ".";
  return pages;
}

StudyPages figure_s2(const StudyView& view) {
  const auto lanes = datasets_with_batches(view);
  if (lanes.empty()) return StudyPages::none("no data set has two or more batches");
  const std::string suffix = reduced_suffix(view);
  if (suffix.empty()) return StudyPages::none("no embedding was scored in reduced dimensions");
  ScoreGrids grids{method_rows(view), lanes, {}};
  StripChart chart;
  std::string shown;
  for (const char* metric : {"asw_batch", "asw_batch_global", "pcr_batch", "graph_connectivity"}) {
    PointGrid full = point_grid(view, grids.rows, lanes, metric);
    PointGrid reduced = point_grid(view, grids.rows, lanes, metric, suffix);
    if (!full.any() || !reduced.any()) continue;
    for (auto& [grid, where] :
         {std::pair{&full, std::string("full dimensions")}, {&reduced, suffix.substr(3) + " components"}}) {
      StripPanel panel;
      panel.title = view.metric_title(metric) + ", " + where;
      panel.axis = better_text(view.direction(metric));
      panel.grid = grids.grids.size();
      chart.panels.push_back(panel);
      grids.grids.push_back(std::move(*grid));
    }
    shown += (shown.empty() ? "" : ", ") + std::string(metric);
  }
  if (chart.panels.empty())
    return StudyPages::none("no batch score exists in both full and reduced dimensions");
  chart.columns = 2;
  chart.common_axis = true;
  chart.title = "Batch scores in full and in reduced dimensions";
  chart.caption = "Batch scores (" + shown +
                  ") of every embedding in its own dimensions (left) and brought to " + suffix.substr(3) +
                  " principal components (right), all on one axis: " + how_many(grids) +
                  " Methods with fewer dimensions than that keep theirs.";
  if (lanes.size() > 1) chart.caption += kMedianSentence;
  chart.caption += whisker_text(grids) + absence_text(grids);
  StudyPages pages;
  pages.pages.push_back({"", chart.caption, strip_drawing(chart, grids), points_csv(grids)});
  return pages;
}

}  // namespace zerocell
