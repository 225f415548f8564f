#include "zerocell/figures/per_cell_figure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "zerocell/core/number_text.h"
#include "zerocell/core/reconstruction_summary.h"
#include "zerocell/core/utf8.h"
#include "zerocell/figures/font.h"
#include "zerocell/figures/tick_step.h"

namespace zerocell {
namespace {

constexpr double kMargin = 16, kPlotWidth = 420, kRowHeight = 54, kHalfHeight = 20, kHeader = 24;
constexpr double kNumbersRoom = 146, kTicksRoom = 34, kPanelGap = 14, kCaptionLine = 13;
constexpr double kTitleSize = 14, kPanelTitleSize = 12, kTextSize = 9.5, kMaxNameWidth = 180;
constexpr double kOverlap = 0.3;  ///< of neighbouring bins, so that no seam shows

std::string title_of(const std::string& name, std::span<const MetricInfo> metrics) {
  for (const MetricInfo& metric : metrics)
    if (metric.name == name && !metric.title.empty()) return metric.title;
  return name;
}

class PerCellFigure {
 public:
  PerCellFigure(const Reconstruction& reconstruction, std::span<const MetricInfo> metrics,
                const std::string& target)
      : reconstruction_(reconstruction),
        metrics_(metrics),
        target_(target),
        summaries_(column_summaries(reconstruction)) {
    for (const ReconstructionResult* result : results_of(reconstruction, target))
      models_.push_back(static_cast<size_t>(result - reconstruction.results.data()));
    for (const size_t model : models_)
      for (const ColumnSummary& column : summaries_[model]) {
        low_ = column.values.low, high_ = column.values.high;
        name_width_ = std::max(name_width_, text_width(title_of(column.name, metrics_), kTextSize + 0.5));
      }
    name_width_ = std::min(name_width_, kMaxNameWidth) + 14;
  }

  Drawing draw() {
    drawing_.width = std::ceil(2 * kMargin + name_width_ + kPlotWidth + kNumbersRoom);
    drawing_.title =
        printable(reconstruction_.dataset) +
        (target_ == "bin" ? ": mean squared error of every cell" : ": rank correlation of every cell");
    drawing_.description = per_cell_caption(reconstruction_, target_);
    const double room = drawing_.width - 2 * kMargin;
    text(kMargin, kMargin + 12, fit_text(drawing_.title, room, kTitleSize, true),
         {.size = kTitleSize, .bold = true});
    double y = kMargin + 28;
    for (const size_t model : models_) y = panel(model, y) + kPanelGap;
    for (const std::string& line : wrap_text(drawing_.description, room, kTextSize)) {
      text(kMargin, y + 8, line, {.size = kTextSize, .colour = kGrey});
      y += kCaptionLine;
    }
    drawing_.height = std::ceil(y + kMargin / 2);
    return std::move(drawing_);
  }

 private:
  void text(double x, double y, std::string words, TextStyle style) {
    drawing_.add(TextShape{x, y, std::move(words), style});
  }
  double left() const { return kMargin + name_width_; }
  double x_of(double value) const { return left() + (value - low_) / (high_ - low_) * kPlotWidth; }

  /// Returns where the panel ends.
  double panel(size_t model, double top) {
    const ReconstructionResult& result = reconstruction_.results[model];
    text(kMargin, top + 12,
         fit_text(result.tag, drawing_.width - 2 * kMargin - kNumbersRoom, kPanelTitleSize, true),
         {.size = kPanelTitleSize, .bold = true});
    text(left() + kPlotWidth + 12, top + 12, "median (quartiles)", {.size = kTextSize, .colour = kGrey});
    const double first = top + kHeader;
    const double bottom = first + kRowHeight * static_cast<double>(summaries_[model].size());
    axis(first, bottom);
    // Baselines above, the model's own columns below them, next to the axis.
    double y = first + kRowHeight / 2;
    for (const bool baselines : {true, false})
      for (size_t i = 0; i < result.cells.size(); ++i) {
        if (result.cells[i].is_baseline != baselines) continue;
        row(summaries_[model][i], baselines ? kGrey : method_colour(model), y);
        y += kRowHeight;
      }
    return bottom + kTicksRoom;
  }

  void axis(double top, double bottom) {
    const double span = high_ - low_;
    const double step = target_ == "bin" ? tick_step(span) : span > 4 ? span / 4 : span > 1.5 ? 0.5 : 0.2;
    const int decimals = target_ == "bin" ? std::max(0, static_cast<int>(std::ceil(-std::log10(step)))) : 1;
    for (double i = std::ceil(low_ / step - 1e-9); i * step <= high_ + 1e-9; ++i) {
      const double x = x_of(i * step);
      const bool is_zero = i == 0;
      drawing_.add(LineShape{x, top, x, bottom, 1, is_zero ? kGrey : kRule});
      text(x, bottom + 13, fmt::format("{:.{}f}", i * step + 0.0, decimals),
           {.size = kTextSize, .anchor = Anchor::middle});
    }
    drawing_.add(LineShape{left(), bottom, left() + kPlotWidth, bottom, 1, kGrey});
    text(left() + kPlotWidth / 2, bottom + 27,
         target_ == "bin" ? "mean squared error of true and predicted bin, a value a cell"
                          : "correlation of true and predicted rank, a value a cell",
         {.size = kTextSize, .anchor = Anchor::middle});
  }

  void row(const ColumnSummary& column, Colour colour, double y) {
    text(kMargin, y + 3.5, fit_text(title_of(column.name, metrics_), name_width_ - 12, kTextSize + 0.5),
         {.size = kTextSize + 0.5});
    const Distribution& values = column.values;
    const double numbers = left() + kPlotWidth + 12;
    if (!values.quartiles) {
      text(x_of((low_ + high_) / 2), y + 3.5, "no cell has a value",
           {.size = kTextSize, .colour = kGrey, .anchor = Anchor::middle, .halo = true});
      text(numbers, y + 3.5, "n/a", {.size = kTextSize, .colour = kGrey});
      return;
    }
    histogram(values, mix(colour, kPaper, 0.55), y);
    box(values, y);
    const Quartiles& q = *values.quartiles;
    const int decimals = target_ == "bin" ? 1 : 3;
    text(numbers, y - 1,
         fmt::format("{:.{}f} ({:.{}f} to {:.{}f})", q.median, decimals, q.q1, decimals, q.q3, decimals),
         {.size = kTextSize});
    text(numbers, y + 12, counted(values.n, "cell"), {.size = kTextSize, .colour = kGrey});
  }

  void histogram(const Distribution& values, Colour colour, double y) {
    const uint64_t most = *std::max_element(values.counts.begin(), values.counts.end());
    const double width = kPlotWidth / static_cast<double>(values.counts.size());
    for (size_t i = 0; i < values.counts.size(); ++i) {
      if (values.counts[i] == 0) continue;
      const double half =
          std::max(0.5, kHalfHeight * static_cast<double>(values.counts[i]) / static_cast<double>(most));
      drawing_.add(BoxShape{
          {left() + static_cast<double>(i) * width, y - half, width + kOverlap, 2 * half}, colour, {}});
    }
  }

  void box(const Distribution& values, double y) {
    const Quartiles& q = *values.quartiles;
    drawing_.add(LineShape{x_of(q.lowest), y, x_of(q.highest), y, 1, kInk});
    drawing_.add(BoxShape{{x_of(q.q1), y - 5, x_of(q.q3) - x_of(q.q1), 10}, kPaper, kInk});
    drawing_.add(LineShape{x_of(q.median), y - 7, x_of(q.median), y + 7, 2.5, kInk});
    drawing_.add(DiscShape{x_of(values.mean), y, 2.5, kPaper, kInk});
  }

  const Reconstruction& reconstruction_;
  std::span<const MetricInfo> metrics_;
  const std::string target_;
  std::vector<size_t> models_;  ///< places among the results
  std::vector<std::vector<ColumnSummary>> summaries_;
  double low_ = 0, high_ = 1, name_width_ = 0;
  Drawing drawing_;
};

}  // namespace

std::string per_cell_caption(const Reconstruction& reconstruction, const std::string& target) {
  size_t missing = 0;
  for (const ReconstructionResult* result : results_of(reconstruction, target))
    missing += reconstruction.n_cells - n_scored(*result, reconstruction.n_cells);
  const std::string cells = counted(reconstruction.n_cells, "cell");
  std::string caption =
      target == "bin"
          ? "Mean squared error of true and predicted bin over the scored genes of a cell, for " + cells +
                ": one mean bin for all genes (the study's baseline), the mean bin of each gene with the "
                "cell "
                "itself left out of the mean, and the model from gene tokens (GEP) and given the cell "
                "embedding (GEPC). Less is better."
          : "Correlation of true and predicted rank over the genes of a cell, for " + cells +
                ": the mean rank of each gene over all cells (as published; and with the cell itself left "
                "out "
                "of the mean) and the model.";
  caption +=
      " Shapes: share of the cells per bin, each as wide at its peak; box: quartiles; line in it: median; "
      "dot: mean; thin line: lowest to highest.";
  if (missing > 0) caption += " Values that do not exist: " + with_commas(missing) + ".";
  return caption;
}

Drawing per_cell_drawing(const Reconstruction& reconstruction, std::span<const MetricInfo> metrics,
                         const std::string& target) {
  return PerCellFigure(reconstruction, metrics, target).draw();
}

}  // namespace zerocell
