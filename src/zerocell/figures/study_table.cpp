// Table 1: the data sets.
#include <fmt/format.h>

#include <algorithm>

#include "zerocell/core/number_text.h"
#include "zerocell/core/utf8.h"
#include "zerocell/figures/font.h"
#include "zerocell/figures/study_pages.h"

namespace zerocell {
namespace {

constexpr double kMargin = 12, kTitleSize = 13, kTextSize = 10, kRow = 19, kColumnGap = 22,
                 kMaxNameWidth = 230;

struct TableRow {
  std::vector<std::string> fields;
};

constexpr size_t kNumbers = 5;  ///< columns up to here hold numbers, but for the first

/// Columns of text are aligned to the left, those of numbers to the right.
Drawing table_drawing(const std::string& title, const std::string& caption,
                      const std::vector<TableRow>& rows) {
  Drawing drawing;
  drawing.title = title;
  drawing.description = caption;
  std::vector<double> widths(rows.front().fields.size());
  for (size_t r = 0; r < rows.size(); ++r)
    for (size_t c = 0; c < widths.size(); ++c)
      widths[c] = std::max(
          widths[c],
          text_width(fit_text(rows[r].fields[c], kMaxNameWidth, kTextSize, r == 0), kTextSize, r == 0));
  double width = kColumnGap * static_cast<double>(widths.size() - 1);
  for (const double w : widths) width += w;
  drawing.width = std::ceil(std::max(width, text_width(title, kTitleSize, true)) + 2 * kMargin);
  drawing.add(TextShape{kMargin, kMargin + 11, title, {.size = kTitleSize, .bold = true}});
  const double top = kMargin + 24, right = kMargin + width;
  const auto rule = [&](double y, double thickness) {
    drawing.add(LineShape{kMargin, y, right, y, thickness, kInk});
  };
  rule(top, 1.4);
  for (size_t r = 0; r < rows.size(); ++r) {
    double x = kMargin;
    const auto is_left = [](size_t c) { return c == 0 || c >= kNumbers; };
    for (size_t c = 0; c < widths.size(); ++c) {
      const double at = is_left(c) ? x : x + widths[c];
      drawing.add(
          TextShape{at,
                    top + (static_cast<double>(r) + 0.5) * kRow + 3.6,
                    fit_text(rows[r].fields[c], kMaxNameWidth, kTextSize, r == 0),
                    {.size = kTextSize, .bold = r == 0, .anchor = is_left(c) ? Anchor::start : Anchor::end}});
      x += widths[c] + kColumnGap;
    }
  }
  rule(top + kRow, 0.8);
  const double bottom = top + static_cast<double>(rows.size()) * kRow;
  rule(bottom, 1.4);
  drawing.height = std::ceil(bottom + kMargin);
  return drawing;
}

std::string table_csv(const StudyResults& study) {
  CsvLines csv{"dataset",
               "variant",
               "variant_of",
               "n_cells",
               "n_genes",
               "label_column",
               "n_labels",
               "n_cells_without_label",
               "batch_column",
               "n_batches",
               "n_cells_without_batch",
               "counts_source"};
  for (const StudyDataset& dataset : study.datasets) {
    const Evaluation& e = dataset.evaluation;
    csv.add({dataset.name, to_string(dataset.variant), dataset.variant_of, std::to_string(e.n_cells),
             std::to_string(e.n_genes), e.label_name, std::to_string(n_in_use(e.labels)),
             std::to_string(e.labels.n_missing()), e.batch_name, std::to_string(n_in_use(e.batches)),
             std::to_string(e.batches.n_missing()), e.counts_source});
  }
  return std::move(csv).text();
}

}  // namespace

StudyPages table_1(const StudyView& view) {
  const auto& datasets = view.study().datasets;
  if (datasets.empty()) return StudyPages::none("the study has no data set");
  const bool variants = std::ranges::any_of(
      datasets, [](const StudyDataset& dataset) { return dataset.variant != StudyVariant::whole; });
  std::vector<TableRow> rows{{{"Data set", "Cells", "Genes", "Labels", "Batches"}}};
  if (variants) rows.front().fields.push_back("Variant");
  bool unlabelled = false;
  for (const StudyDataset& dataset : datasets) {
    const Evaluation& e = dataset.evaluation;
    const auto number = [](size_t n) { return n > 0 ? with_commas(n) : std::string("–"); };
    rows.push_back({{printable(dataset.name), with_commas(e.n_cells), number(e.n_genes),
                     number(n_in_use(e.labels)), number(n_in_use(e.batches))}});
    if (variants) rows.back().fields.push_back(to_string(dataset.variant));
    unlabelled |= e.labels.n_missing() > 0;
  }
  std::string caption =
      "The data sets: cells that were evaluated, genes, and how many labels (cell types) and batches "
      "these cells have; –: none given.";
  if (unlabelled) caption += " Cells without a label are counted among the cells.";
  StudyPages pages;
  pages.pages.push_back({"", caption, table_drawing("Data sets", caption, rows), table_csv(view.study())});
  return pages;
}

}  // namespace zerocell
