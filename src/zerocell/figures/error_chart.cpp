#include "zerocell/figures/error_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "zerocell/core/number_text.h"
#include "zerocell/core/utf8.h"
#include "zerocell/figures/font.h"
#include "zerocell/figures/score_table.h"
#include "zerocell/figures/tick_step.h"

namespace zerocell {
namespace {

constexpr double kMargin = 16, kAxisRoom = 52, kPlotHeight = 250, kHeader = 32, kNamesRoom = 16;
constexpr double kGroupWidth = 112, kGroupGap = 18, kBarWidth = 36, kBarGap = 12, kLeastWidth = 430;
constexpr double kTitleSize = 14, kNameSize = 10.5, kTextSize = 9.5, kCaptionLine = 13, kNameLine = 13;
constexpr size_t kNameLines = 3;
constexpr double kMeanDash = 6, kLeftOutDash = 2;

struct Way {
  const char *name, *metric;
  Colour colour, number;
};
/// Blue and sky blue of Okabe and Ito.
constexpr Way kWays[] = {{"GEP", "mse_gep", {0x00, 0x72, 0xb2}, kPaper},
                         {"GEPC", "mse_gepc", {0x56, 0xb4, 0xe9}, kInk}};

class ErrorChart {
 public:
  explicit ErrorChart(const Reconstruction& reconstruction)
      : reconstruction_(reconstruction), results_(results_of(reconstruction, "bin")) {
    double most = 0;
    for (const Score& score : reconstruction.scores) {
      if (!score.metric.starts_with("mse_") || score.metric.find("gain") != std::string::npos) continue;
      const Score shown = presentable(score);
      most = std::max({most, shown.value.value_or(0), shown.high.value_or(0)});
    }
    step_ = most > 0 ? tick_step(0.6 * most) : 0.5;
    top_value_ = most > 0 ? most * 1.06 : 1;
  }

  Drawing draw() {
    const auto n = static_cast<double>(std::max<size_t>(results_.size(), 1));
    pitch_ = std::max(kGroupWidth + kGroupGap, kLeastWidth / n);
    plot_ = {kMargin + kAxisRoom, kMargin + 24 + kHeader, n * pitch_, kPlotHeight};
    drawing_.width = std::ceil(plot_.right() + kMargin);
    drawing_.title = printable(reconstruction_.dataset) + ": error of predicted bins";
    drawing_.description = error_caption(reconstruction_);
    const double room = drawing_.width - 2 * kMargin;
    text(kMargin, kMargin + 12, fit_text(drawing_.title, room, kTitleSize, true),
         {.size = kTitleSize, .bold = true});
    key(kMargin + kAxisRoom, kMargin + 36);
    axis();
    double y = plot_.bottom() + kNamesRoom;
    double lowest = y;
    for (size_t i = 0; i < results_.size(); ++i) lowest = std::max(lowest, group(i));
    y = lowest + kMargin;
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
  double y_of(double value) const { return plot_.bottom() - plot_.height * value / top_value_; }

  /// The score of a model, or one without a value.
  Score score_of(const ReconstructionResult& result, const std::string& metric) const {
    for (const Score& score : reconstruction_.scores)
      if (score.embedding == result.tag && score.metric == metric) return presentable(score);
    Score none;
    none.status = ScoreStatus::not_applicable;
    return none;
  }

  void key(double x, double y) {
    for (const Way& way : kWays) {
      drawing_.add(BoxShape{{x, y, 14, 10}, way.colour, std::nullopt});
      text(x + 20, y + 9, way.name, {.size = kTextSize});
      x += 34 + text_width(way.name, kTextSize);
    }
    const std::pair<const char*, double> baselines[] = {{"mean bin", kMeanDash},
                                                        {"gene mean, cell left out", kLeftOutDash}};
    for (const auto& [name, dash] : baselines) {
      drawing_.add(LineShape{x, y + 5, x + 26, y + 5, 1.6, kInk, dash});
      text(x + 32, y + 9, name, {.size = kTextSize});
      x += 48 + text_width(name, kTextSize);
    }
  }

  void axis() {
    const int decimals = std::max(0, static_cast<int>(std::ceil(-std::log10(step_) - 1e-9)));
    for (double i = 0; i * step_ <= top_value_; ++i) {
      const double y = y_of(i * step_);
      drawing_.add(LineShape{plot_.x, y, plot_.right(), y, 0.7, i == 0 ? kGrey : kRule});
      text(plot_.x - 7, y + 3.5, fmt::format("{:.{}f}", i * step_, decimals),
           {.size = kTextSize, .anchor = Anchor::end});
    }
    text(kMargin + 10, plot_.y + plot_.height / 2, "mean squared error (bins²)",
         {.anchor = Anchor::middle, .upward = true});
  }

  /// The bars of a model, its baselines and its name; returns where the name ends.
  double group(size_t i) {
    const ReconstructionResult& result = *results_[i];
    const double middle = plot_.x + (static_cast<double>(i) + 0.5) * pitch_, left = middle - kGroupWidth / 2;
    double x = middle - kBarWidth - kBarGap / 2;
    for (const Way& way : kWays) {
      bar(score_of(result, way.metric), way, x);
      x += kBarWidth + kBarGap;
    }
    baseline(score_of(result, "mse_mean"), left, kMeanDash);
    baseline(score_of(result, "mse_gene_mean_loo"), left, kLeftOutDash);
    double y = plot_.bottom() + kNamesRoom;
    auto lines = wrap_text(result.tag, pitch_ - 6, kNameSize);
    if (lines.size() > kNameLines) lines = {fit_text(result.tag, pitch_ - 6, kNameSize)};
    for (const std::string& line : lines) {
      text(middle, y, line, {.size = kNameSize, .anchor = Anchor::middle});
      y += kNameLine;
    }
    return y - kNameLine;
  }

  void bar(const Score& score, const Way& way, double x) {
    const double middle = x + kBarWidth / 2;
    if (!score.value) {
      text(middle, plot_.bottom() - 6, score.status == ScoreStatus::failed ? "failed" : "n/a",
           {.size = kTextSize, .colour = kGrey, .anchor = Anchor::middle});
      return;
    }
    const double y = y_of(*score.value);
    drawing_.add(BoxShape{{x, y, kBarWidth, plot_.bottom() - y}, way.colour, std::nullopt});
    if (score.low && score.high) {
      const double low = y_of(*score.low), high = y_of(*score.high);
      drawing_.add(LineShape{middle, low, middle, high, 1.4, kInk});
      for (const double end : {low, high})
        drawing_.add(LineShape{middle - 4, end, middle + 4, end, 1.4, kInk});
    }
    // At the foot of the bar, where no baseline and no interval runs.
    const std::string number = fmt::format("{:.{}f}", *score.value, *score.value < 100 ? 2 : 1);
    const double foot = plot_.bottom() - 6;
    const bool inside = y < foot - 12;
    text(middle, inside ? foot : y - 5, number,
         {.size = kTextSize,
          .colour = inside ? way.number : kInk,
          .bold = inside,
          .anchor = Anchor::middle,
          .halo = !inside});
  }

  void baseline(const Score& score, double left, double dash) {
    if (!score.value) return;
    const double y = y_of(*score.value);
    drawing_.add(LineShape{left - 4, y, left + kGroupWidth + 4, y, 1.6, kInk, dash});
  }

  const Reconstruction& reconstruction_;
  std::vector<const ReconstructionResult*> results_;
  double step_ = 1, top_value_ = 1, pitch_ = 0;
  Box plot_;
  Drawing drawing_;
};

}  // namespace

std::string error_caption(const Reconstruction& reconstruction) {
  bool intervals = false, left_out = false;
  for (const Score& score : reconstruction.scores) {
    intervals |= score.metric.starts_with("mse_gep") && score.low && score.high;
    left_out |= score.metric == "mse_gene_mean_loo" && score.value;
  }
  std::string caption = "Mean squared error of true and predicted bin over all scored genes of " +
                        counted(reconstruction.n_cells, "cell") +
                        ", from each gene's own output token (GEP) and given the cell embedding (GEPC); less "
                        "is better. Dashed: one "
                        "mean bin for all genes, the study's baseline.";
  if (left_out) caption += " Dotted: the mean bin of each gene over the other cells.";
  if (intervals) caption += " Thin lines: 95 % intervals.";
  return caption + " Baselines are of the genes and bins that each model sees.";
}

Drawing error_drawing(const Reconstruction& reconstruction) {
  return ErrorChart(reconstruction).draw();
}

}  // namespace zerocell
