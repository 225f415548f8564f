#include "zerocell/figures/bin_figure.h"

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

constexpr double kMargin = 16, kPanelGap = 22, kAxisRoom = 44, kTicksRoom = 40;
constexpr double kTitleSize = 14, kTextSize = 9.5, kCaptionLine = 13;
constexpr double kKeyGap = 20, kKeyRoom = 128, kKeyLine = 18, kBarHeight = 110, kBarWidth = 12;
constexpr size_t kBarSteps = 64;
constexpr Colour kDeepest{0x4a, 0x8f, 0xc4};   ///< of the shading: lines in ink stay readable on it
constexpr Colour kMeanLine{0xd5, 0x5e, 0x00};  ///< vermilion of Okabe and Ito

struct LineStyle {
  double width = 1;
  Colour colour = kInk;
  double dash = 0;
};
constexpr LineStyle kMedianStyle{2.2, kInk, 0}, kQuartileStyle{1.1, kInk, 0}, kRangeStyle{1, kInk, 2.5},
    kDiagonalStyle{1.1, kInk, 5}, kHaloStyle{2.6, kPaper, 0}, kMeanStyle{1.6, kMeanLine, 5};

/// Shares of the genes of each true bin in fields of one unit of prediction.
struct Shading {
  size_t n_true = 0, n_fields = 0;
  std::vector<double> shares;  ///< (n_true, n_fields)

  explicit Shading(const PairDensity& density) : n_true(density.truth.n_bins) {
    const GridAxis& axis = density.predicted;
    n_fields = std::max<size_t>(1, static_cast<size_t>(std::lround(axis.high - axis.low)));
    shares.assign(n_true * n_fields, 0);
    for (size_t t = 0; t < n_true; ++t) {
      const std::span counts(density.counts.data() + t * axis.n_bins, axis.n_bins);
      double n = 0;
      for (const uint64_t count : counts) n += static_cast<double>(count);
      for (size_t i = 0; i < counts.size() && n > 0; ++i)
        shares[t * n_fields + i * n_fields / axis.n_bins] += static_cast<double>(counts[i]) / n;
    }
  }
};

/// Square root: faint tails stay visible beside narrow peaks.
struct ShareScale {
  double most = 0;
  Colour colour(double share) const {
    return share > 0 ? mix(kPaper, kDeepest, 0.06 + 0.94 * std::sqrt(share / most)) : kPaper;
  }
};

class BinFigure {
 public:
  BinFigure(const PanelPage& page, const std::string& way) : page_(page), way_(way) {
    for (const ReconstructionPanel& panel : page_.panels)
      if (const PairDensity* density = panel.result->density(way_))
        for (const double share : Shading(*density).shares) scale_.most = std::max(scale_.most, share);
  }

  Drawing draw() {
    const auto n = std::max<size_t>(page_.panels.size(), 1);
    const size_t columns = page_.columns > 0 ? page_.columns : n == 4 ? 2 : std::min<size_t>(n, 3);
    const double width = page_.width > 0 ? page_.width : n == 1 ? 330 : n == 2 ? 280 : 235;
    const double height = std::round(width * aspect());
    header_ = panel_header(page_, width);
    const auto rows = static_cast<double>((n + columns - 1) / columns);
    const double pitch = kAxisRoom + width + kPanelGap;
    drawing_.width =
        std::ceil(2 * kMargin + static_cast<double>(columns) * pitch - kPanelGap + kKeyGap + kKeyRoom);
    drawing_.title = page_.title;
    drawing_.description = page_.caption;
    const double room = drawing_.width - 2 * kMargin;
    text(kMargin, kMargin + 12, fit_text(drawing_.title, room, kTitleSize, true),
         {.size = kTitleSize, .bold = true});
    const double top = kMargin + 24;
    for (size_t i = 0; i < page_.panels.size(); ++i) {
      const auto column = static_cast<double>(i % columns), row = static_cast<double>(i / columns);
      panel(page_.panels[i],
            {kMargin + kAxisRoom + column * pitch,
             top + row * (header_ + height + kTicksRoom + kPanelGap / 2) + header_, width, height});
    }
    if (scale_.most > 0) key(drawing_.width - kMargin - kKeyRoom, top + header_);
    double bottom = top + rows * (header_ + height + kTicksRoom + kPanelGap / 2) + kMargin / 2;
    const std::string caption = page_.draw_caption ? page_.caption : "";
    for (const std::string& line : wrap_text(caption, room, kTextSize)) {
      text(kMargin, bottom + 8, line, {.size = kTextSize, .colour = kGrey});
      bottom += kCaptionLine;
    }
    drawing_.height = std::ceil(bottom + kMargin / 2);
    return std::move(drawing_);
  }

 private:
  void text(double x, double y, std::string words, TextStyle style) {
    drawing_.add(TextShape{x, y, std::move(words), style});
  }
  void line(double x1, double y1, double x2, double y2, const LineStyle& style) {
    drawing_.add(LineShape{x1, y1, x2, y2, style.width, style.colour, style.dash});
  }

  /// A bin is as long on both axes.
  double aspect() const {
    for (const ReconstructionPanel& panel : page_.panels)
      if (const PairDensity* d = panel.result->density(way_))
        return (d->predicted.high - d->predicted.low) / (d->truth.high - d->truth.low);
    return 1;
  }

  void panel(const ReconstructionPanel& panel, const Box& box) {
    const ReconstructionResult& result = *panel.result;
    const PairDensity* density = result.density(way_);
    const uint64_t total = density == nullptr ? 0 : density->total();
    draw_panel_header(drawing_, panel, box, header_,
                      density == nullptr ? std::nullopt : std::optional(total));
    if (total == 0) {
      text(box.x + box.width / 2, box.y + box.height / 2,
           density == nullptr ? "not predicted by this model" : "no gene was scored",
           {.colour = kGrey, .anchor = Anchor::middle});
      drawing_.add(BoxShape{box, std::nullopt, kGrey});
      return;
    }
    shading(*density, box);
    lines(*density, box);
    drawing_.add(BoxShape{box, std::nullopt, kGrey});
    axes(*density, box);
  }

  static double x_of(const PairDensity& density, const Box& box, double truth) {
    return box.x + box.width * (truth - density.truth.low) / (density.truth.high - density.truth.low);
  }
  static double y_of(const PairDensity& density, const Box& box, double predicted) {
    const GridAxis& axis = density.predicted;
    return box.bottom() - box.height * (predicted - axis.low) / (axis.high - axis.low);
  }

  void shading(const PairDensity& density, const Box& box) {
    const Shading shading(density);
    FieldGrid grid{box, shading.n_fields, shading.n_true, {}};
    grid.colours.resize(shading.n_fields * shading.n_true);
    for (size_t t = 0; t < shading.n_true; ++t)
      for (size_t i = 0; i < shading.n_fields; ++i)  // predictions grow upwards
        grid.colours[(shading.n_fields - 1 - i) * shading.n_true + t] =
            scale_.colour(shading.shares[t * shading.n_fields + i]);
    drawing_.add(std::move(grid));
  }

  void lines(const PairDensity& density, const Box& box) {
    const double low = std::max(density.truth.low, density.predicted.low);
    const double high = std::min(density.truth.high, density.predicted.high);
    for (const LineStyle& style : {kHaloStyle, kDiagonalStyle})
      line(x_of(density, box, low), y_of(density, box, low), x_of(density, box, high),
           y_of(density, box, high), style);
    if (density.constant) {
      const double y = y_of(density, box, *density.constant);
      for (const LineStyle& style : {kHaloStyle, kMeanStyle}) line(box.x, y, box.right(), y, style);
    }
    const auto spreads = predicted_spreads(density);
    for (double PredictedSpread::*value : {&PredictedSpread::p5, &PredictedSpread::p95})
      curve(density, box, spreads, value, kRangeStyle);
    for (double PredictedSpread::*value : {&PredictedSpread::q1, &PredictedSpread::q3})
      curve(density, box, spreads, value, kQuartileStyle);
    curve(density, box, spreads, &PredictedSpread::median, kMedianStyle);
  }

  /// A step over every true bin that has genes, joined to its neighbours by slanted lines; a bin between two
  /// without genes is a step alone.
  void curve(const PairDensity& density, const Box& box, const std::vector<PredictedSpread>& spreads,
             double PredictedSpread::*value, const LineStyle& style) {
    const double half = box.width / static_cast<double>(spreads.size()) / 4;
    for (size_t t = 0; t < spreads.size(); ++t) {
      if (spreads[t].n == 0) continue;
      const double x = x_of(density, box, spreads[t].truth), y = y_of(density, box, spreads[t].*value);
      line(x - half, y, x + half, y, style);
      if (t + 1 < spreads.size() && spreads[t + 1].n > 0)
        line(x + half, y, x_of(density, box, spreads[t + 1].truth) - half,
             y_of(density, box, spreads[t + 1].*value), style);
    }
  }

  void axes(const PairDensity& density, const Box& box) {
    const double step = tick_step(0.6 * (density.truth.high - density.truth.low));
    for (double tick = std::ceil(density.truth.low / step) * step; tick <= density.truth.high; tick += step) {
      const double x = x_of(density, box, tick);
      drawing_.add(LineShape{x, box.bottom(), x, box.bottom() + 4, 1, kGrey});
      text(x, box.bottom() + 15, fmt::format("{:.0f}", tick), {.size = kTextSize, .anchor = Anchor::middle});
    }
    for (double tick = std::ceil(density.predicted.low / step) * step; tick <= density.predicted.high;
         tick += step) {
      const double y = y_of(density, box, tick);
      drawing_.add(LineShape{box.x - 4, y, box.x, y, 1, kGrey});
      text(box.x - 7, y + 3.5, fmt::format("{:.0f}", tick + 0.0), {.size = kTextSize, .anchor = Anchor::end});
    }
    text(box.x + box.width / 2, box.bottom() + 31, "true bin", {.anchor = Anchor::middle});
    text(box.x - kAxisRoom + 12, box.y + box.height / 2, "predicted bin",
         {.anchor = Anchor::middle, .upward = true});
  }

  void key(double x, double y) {
    const auto entry = [&](const char* words, const LineStyle& style) {
      line(x, y + 5, x + 22, y + 5, style);
      text(x + 29, y + 8.5, words, {.size = kTextSize});
      y += kKeyLine;
    };
    entry("median", kMedianStyle);
    entry("quartiles", kQuartileStyle);
    entry("5 % and 95 %", kRangeStyle);
    entry("prediction = truth", kDiagonalStyle);
    entry("mean bin", kMeanStyle);
    y += 14;
    text(x, y + 8, "share of the genes", {.size = kTextSize});
    text(x, y + 20, "of a true bin", {.size = kTextSize});
    const Box bar{x, y + 32, kBarWidth, kBarHeight};
    FieldGrid grid{bar, kBarSteps, 1, {}};
    for (size_t i = 0; i < kBarSteps; ++i)
      grid.colours.push_back(
          scale_.colour(scale_.most * (1 - static_cast<double>(i) / static_cast<double>(kBarSteps - 1))));
    drawing_.add(std::move(grid));
    drawing_.add(BoxShape{bar, std::nullopt, kGrey});
    for (const double part : {0.0, 0.5, 1.0}) {
      const double at = bar.bottom() - part * bar.height;
      drawing_.add(LineShape{bar.right(), at, bar.right() + 4, at, 1, kGrey});
      const double percent = 100 * part * scale_.most;
      text(bar.right() + 7, at + 3.5,
           percent >= 10 ? fmt::format("{:.0f} %", percent) : fmt::format("{:.2g} %", percent),
           {.size = kTextSize});
    }
  }

  const PanelPage& page_;
  const std::string way_;
  ShareScale scale_;
  double header_ = 0;  ///< above each panel
  Drawing drawing_;
};

}  // namespace

std::string bin_caption(const Reconstruction& reconstruction, const std::string& way) {
  std::string caption = "Expression bins that the model predicts for its own input ";
  caption += way == "GEPC" ? "given the cell embedding (GEPC)" : "from each gene's own output token (GEP)";
  caption +=
      ", against the true bin, over the scored genes of " + counted(reconstruction.n_cells, "cell") +
      ". Lines: median, quartiles and 5 % to 95 % range of the predictions for each true bin, the "
      "diagonal on which both agree, and the mean bin of all genes, the study's baseline. Colour: share "
      "of the genes of a true bin per unit of prediction, on a square-root scale that all panels share; "
      "white: none.";
  uint64_t beyond = 0;
  for (const ReconstructionResult* result : results_of(reconstruction, "bin"))
    if (const PairDensity* density = result->density(way)) beyond += density->n_below + density->n_above;
  if (beyond > 0)
    caption +=
        " " + counted(beyond, "prediction lies", "predictions lie") + " beyond the axis, drawn at its edge.";
  return caption;
}

Drawing bin_drawing(const Reconstruction& reconstruction, const std::string& way) {
  return bin_drawing(page_of(reconstruction, "bin",
                             printable(reconstruction.dataset) + ": predicted against true bin, " + way,
                             bin_caption(reconstruction, way)),
                     way);
}

Drawing bin_drawing(const PanelPage& page, const std::string& way) {
  return BinFigure(page, way).draw();
}

}  // namespace zerocell
