// Figures 4A and 4B: layouts of all methods, a page a data set, coloured by cell type or by batch.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "zerocell/core/number_text.h"
#include "zerocell/core/utf8.h"
#include "zerocell/figures/font.h"
#include "zerocell/figures/study_pages.h"
#include "zerocell/figures/umap_figure.h"

namespace zerocell {
namespace {

constexpr size_t kColumns = 3;
constexpr double kSide = 208;  ///< three panels fill a page's width of 180 mm
constexpr size_t kMostNumbered = 99;
constexpr size_t kMostCounted = 24;                   ///< groups; longer legends go without numbers of cells
constexpr double kNameWidth = 190, kLegendSize = 10;  ///< three columns fill the page
constexpr size_t kFewPanels = 2;

struct Colouring {
  const char* what;  ///< "cell type" or "batch"
  std::string column;
  const Categorical* groups = nullptr;
  std::vector<const char*> metrics;
  bool numbered = false;
};

/// The first seed's result of a method that has a layout with a finite position; null where none has.
const EmbeddingResult* layout_of(const Evaluation& evaluation, const std::string& tag) {
  for (const EmbeddingResult& result : evaluation.embeddings)
    if (result.group_tag() == tag && result.umap.n_rows() > 0) return &result;
  return nullptr;
}

std::string scores_text(const StudyView& view, const StudyDataset& dataset, const std::string& tag,
                        const std::vector<const char*>& metrics) {
  std::string text;
  for (const char* metric : metrics)
    if (const auto value = view.value(dataset, tag, metric))
      text += fmt::format("{}{} {:.3f}", text.empty() ? "" : ", ", view.metric_title(metric), value->mean);
  return text;
}

/// Legend entries of the categories that some cell has, with the numbers that panels show.
Legend legend_of(const Colouring& colouring) {
  const Legend all = group_legend(colouring.column.empty() ? colouring.what : printable(colouring.column),
                                  *colouring.groups, colouring.groups->n_categories());
  Legend legend{all.title, {}};
  const bool is_long = n_in_use(*colouring.groups) > kMostCounted;
  for (size_t i = 0; i < all.entries.size(); ++i) {
    LegendEntry entry = all.entries[i];
    if (entry.count == 0u) continue;
    entry.name = printable(entry.name);
    if (is_long) entry.count.reset();
    if (colouring.numbered && i < colouring.groups->n_categories())
      entry.name = std::to_string(i + 1) + "  " + entry.name;
    entry.name = fit_text(entry.name, kNameWidth, kLegendSize);
    legend.entries.push_back(std::move(entry));
  }
  return legend;
}

std::string positions_csv(const StudyView& view, const StudyDataset& dataset, const Colouring& colouring) {
  std::vector<const EmbeddingResult*> layouts;
  std::vector<std::string> header{"cell", "group"};
  for (const StudyMethod& method : view.methods())
    if (const EmbeddingResult* layout = layout_of(dataset.evaluation, method.tag)) {
      layouts.push_back(layout);
      header.push_back(method.tag + "_umap1");
      header.push_back(method.tag + "_umap2");
    }
  CsvLines csv({});
  csv.add(header);
  const Evaluation& evaluation = dataset.evaluation;
  std::vector<std::string> fields;
  for (size_t cell = 0; cell < colouring.groups->codes.size(); ++cell) {
    const int32_t code = colouring.groups->codes[cell];
    fields = {cell < evaluation.cell_names.size() ? evaluation.cell_names[cell] : std::to_string(cell),
              code < 0 ? "" : colouring.groups->categories[static_cast<size_t>(code)]};
    for (const EmbeddingResult* layout : layouts)
      for (const size_t axis : {0, 1}) {
        const double position = cell < layout->umap.n_rows() ? layout->umap(cell, axis) : NAN;
        fields.push_back(std::isfinite(position) ? fmt::format("{:.5g}", position) : "");
      }
    csv.add(fields);
  }
  return std::move(csv).text();
}

std::string caption_of(const StudyDataset& dataset, const Colouring& colouring, const std::string& missing) {
  const Categorical& groups = *colouring.groups;
  std::string text = fmt::format(
      "{}: UMAP of every embedding of {}, coloured by {}{}, {}. Each panel has the same scale on both axes; "
      "cells lie in random order, so that no group hides another.",
      printable(dataset.name), counted(dataset.evaluation.n_cells, "cell"), colouring.what,
      colouring.column.empty() ? "" : " (obs column '" + printable(colouring.column) + "')",
      counted(n_in_use(groups), "group"));
  if (const size_t n = groups.n_missing(); n > 0)
    text += " " + counted(n, "cell") + " without a value in grey.";
  if (colouring.numbered)
    text +=
        " Numbers stand at the median position of a group, as in the legend; those that would cover numbers "
        "of "
        "larger groups are left out.";
  text += " Of methods with several seeds the first one's layout is drawn; scores are means over seeds.";
  return missing.empty() ? text : text + " Without a layout: " + missing + ".";
}

StudyPage page_of(const StudyView& view, const StudyDataset& dataset, const Colouring& colouring) {
  // Methods without a layout keep their place, so that pages of all data sets can be laid side by side.
  static const DenseMatrix<float> kNone(0, 2);
  UmapFigure figure;
  std::string missing;
  const auto colours = group_colours(colouring.groups->n_categories());
  for (const StudyMethod& method : view.methods()) {
    if (!view.runs(method.tag)) continue;
    UmapPanel panel;
    panel.title = method.tag;
    panel.subtitle = scores_text(view, dataset, method.tag, colouring.metrics);
    panel.colours = colours;
    panel.number_groups = colouring.numbered;
    panel.positions = &kNone;
    panel.note = "no layout";
    if (const EmbeddingResult* layout = layout_of(dataset.evaluation, method.tag)) {
      if (layout->umap.n_rows() == colouring.groups->codes.size()) {
        panel.positions = &layout->umap;
        panel.groups = colouring.groups->codes;
        panel.note = "no cell has a position";
      }
    }
    if (panel.positions == &kNone) missing += (missing.empty() ? "" : ", ") + printable(method.tag);
    figure.panels.push_back(std::move(panel));
  }
  figure.title = printable(dataset.name) + ": cells by " + colouring.what;
  figure.caption = caption_of(dataset, colouring, missing) + view.not_run_text();
  figure.legend = legend_of(colouring);
  figure.layout = {.columns = kColumns,
                   .side = figure.panels.size() <= kFewPanels ? 1.4 * kSide : kSide,
                   .draw_caption = false,
                   .first_number = 1,
                   .spread_numbers = true,
                   .legend_below = true};
  StudyPage page{dataset.name, figure.caption, umap_drawing(figure), positions_csv(view, dataset, colouring)};
  return page;
}

/// Why a data set has no page; empty where it has one.
std::string why_no_page(const StudyView& view, const StudyDataset& dataset, const Colouring& colouring) {
  const size_t n = n_in_use(*colouring.groups);
  if (n == 0) return std::string("no cell has a ") + colouring.what;
  if (n == 1 && !colouring.numbered) return std::string("all cells are of one ") + colouring.what;
  for (const StudyMethod& method : view.methods())
    if (const EmbeddingResult* layout = layout_of(dataset.evaluation, method.tag);
        layout != nullptr && layout->umap.n_rows() == colouring.groups->codes.size())
      return "";
  return "no embedding has a layout";
}

template <class ColouringOf>
StudyPages pages_of(const StudyView& view, ColouringOf&& colouring_of) {
  StudyPages pages;
  for (const StudyDataset* dataset : view.datasets()) {
    const Colouring colouring = colouring_of(dataset->evaluation);
    const std::string reason = why_no_page(view, *dataset, colouring);
    if (reason.empty())
      pages.pages.push_back(page_of(view, *dataset, colouring));
    else
      pages.absent.emplace_back(dataset->name, reason);
  }
  if (pages.pages.empty()) pages.reason = "no data set has layouts and groups to colour them by";
  return pages;
}

}  // namespace

StudyPages figure_4a(const StudyView& view) {
  return pages_of(view, [](const Evaluation& e) {
    const bool numbered = n_in_use(e.labels) > 0 && e.labels.n_categories() <= kMostNumbered;
    return Colouring{"cell type", e.label_name, &e.labels, {"asw_label", "avg_bio"}, numbered};
  });
}

StudyPages figure_4b(const StudyView& view) {
  return pages_of(view, [](const Evaluation& e) {
    return Colouring{"batch", e.batch_name, &e.batches, {"asw_batch"}, false};
  });
}

}  // namespace zerocell
