// Figures 2A, 2B, 5 and S2: scores of all methods on all data sets.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

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
                      const std::string& metric, const std::string& title, const std::string& what) {
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
  chart.title = title;
  chart.panels.push_back(panel);
  chart.caption = title + " (" + what + "), one mark a method and data set: " + how_many(grids);
  if (lanes.size() > 1) chart.caption += kMedianSentence;
  chart.caption += whisker_text(grids) + absence_text(grids) + view.not_run_text();
  StudyPages pages;
  pages.pages.push_back({"", chart.caption, strip_drawing(chart, grids), points_csv(grids)});
  return pages;
}

/// One batch score in full dimensions beside reduced ones; nothing where one of them has no value.
std::optional<StudyPage> full_and_reduced(const StudyView& view,
                                          const std::vector<const StudyDataset*>& lanes,
                                          const std::string& metric, const std::string& suffix) {
  ScoreGrids grids{method_rows(view), lanes, {}};
  grids.grids.push_back(point_grid(view, grids.rows, lanes, metric));
  grids.grids.push_back(point_grid(view, grids.rows, lanes, metric, suffix));
  if (!grids.grids[0].any() || !grids.grids[1].any()) return std::nullopt;
  const std::string n = suffix.substr(3);
  StripChart chart;
  for (const size_t i : {0, 1}) {
    StripPanel panel;
    panel.title = i == 0 ? "Full dimensions" : n + " principal components";
    panel.axis = better_text(view.direction(metric));
    panel.grid = i;
    chart.panels.push_back(panel);
  }
  chart.columns = 2;
  chart.common_axis = true;
  chart.title = view.metric_title(metric) + " in full and in reduced dimensions";
  chart.caption = "The batch score " + metric +
                  " of every embedding in its own dimensions (left) and brought to " + n +
                  " principal components (right), on one axis: " + how_many(grids) +
                  " Embeddings with no more dimensions than that keep theirs.";
  if (lanes.size() > 1) chart.caption += kMedianSentence;
  chart.caption += whisker_text(grids) + absence_text(grids) + view.not_run_text();
  return StudyPage{metric == "asw_batch" ? "" : metric, chart.caption, strip_drawing(chart, grids),
                   points_csv(grids)};
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
  return one_metric(view, view.datasets(), "asw_label", "Cell-type clustering: ASW of the cell types",
                    "the average silhouette width of the cell types, rescaled to 0 to 1");
}

StudyPages figure_2b(const StudyView& view) {
  return one_metric(view, view.datasets(), "avg_bio", "Cell-type clustering: AvgBIO",
                    "the mean of ASW, NMI and ARI, both of these at the best of 20 resolutions");
}

StudyPages figure_5(const StudyView& view) {
  const auto lanes = datasets_with_batches(view);
  if (lanes.empty()) return StudyPages::none("no data set has two or more batches");
  auto pages = one_metric(view, lanes, "asw_batch", "Batch integration: ASW of the batches",
                          "1 - |silhouette over batches| inside each cell type, averaged over cell types");
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
  StudyPages pages;
  for (const char* metric : {"asw_batch", "asw_batch_global", "pcr_batch", "graph_connectivity"})
    if (auto page = full_and_reduced(view, lanes, metric, suffix)) pages.pages.push_back(std::move(*page));
  if (pages.pages.empty()) pages.reason = "no batch score exists in both full and reduced dimensions";
  return pages;
}

}  // namespace zerocell
