#include "zerocell/figures/rank_density.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "zerocell/core/number_text.h"
#include "zerocell/core/utf8.h"
#include "zerocell/figures/font.h"

namespace zerocell {
namespace {

constexpr double kMargin = 16, kPanelGap = 24, kAxisRoom = 48, kTicksRoom = 40;
constexpr double kTitleSize = 14, kTextSize = 9.5, kCaptionLine = 13;
constexpr double kBarWidth = 12, kBarRoom = 76;
constexpr size_t kBarSteps = 128;

using Results = std::vector<const ReconstructionResult*>;

Results results_in(const PanelPage& page) {
  Results results;
  for (const ReconstructionPanel& panel : page.panels) results.push_back(panel.result);
  return results;
}

std::string axis_name(const Results& results) {
  for (const ReconstructionResult* result : results)
    if (!result->target.empty()) return printable(result->target);
  return "value";
}

const PairDensity& density_of(const ReconstructionResult& result) {
  static const PairDensity none;
  return result.densities.empty() ? none : result.densities.front();
}

/// Logarithmic: 0 for one, 1 for the largest count of the figure.
struct CountScale {
  uint64_t most = 0;
  explicit CountScale(const Results& results) {
    for (const ReconstructionResult* result : results)
      for (const uint64_t count : density_of(*result).counts) most = std::max(most, count);
  }
  double place(double count) const {
    return most > 1 ? std::log(count) / std::log(static_cast<double>(most)) : 1;
  }
  Colour colour(uint64_t count) const {
    return count == 0 ? kPaper : sequential_colour(place(static_cast<double>(count)));
  }
};

FieldGrid fields(const PairDensity& density, const CountScale& scale, const Box& box) {
  const size_t n_true = density.truth.n_bins, n_predicted = density.predicted.n_bins;
  FieldGrid grid{box, n_predicted, n_true, std::vector<Colour>(n_predicted * n_true)};
  for (size_t truth = 0; truth < n_true; ++truth)
    for (size_t predicted = 0; predicted < n_predicted; ++predicted)  // predicted values grow upwards
      grid.colours[(n_predicted - 1 - predicted) * n_true + truth] =
          scale.colour(density.counts[truth * n_predicted + predicted]);
  return grid;
}

class DensityFigure {
 public:
  explicit DensityFigure(const PanelPage& page)
      : page_(page), scale_(results_in(page)), axis_(axis_name(results_in(page))) {}

  Drawing draw() {
    const auto n = std::max<size_t>(page_.panels.size(), 1);
    columns_ = page_.columns > 0 ? page_.columns : n <= 3 ? n : n == 4 ? 2 : 3;
    side_ = page_.width > 0 ? page_.width : n == 1 ? 360 : n == 2 ? 300 : 250;
    header_ = panel_header(page_, side_);
    const auto rows = static_cast<double>((n + columns_ - 1) / columns_);
    const double panel_width = kAxisRoom + side_ + kPanelGap;
    const double panel_height = header_ + side_ + kTicksRoom + kPanelGap / 2;
    drawing_.width = std::ceil(2 * kMargin + static_cast<double>(columns_) * panel_width - kPanelGap +
                               kPanelGap + kBarRoom);
    drawing_.title = page_.title;
    drawing_.description = page_.caption;
    const double room = drawing_.width - 2 * kMargin;
    text(kMargin, kMargin + 12, fit_text(drawing_.title, room, kTitleSize, true),
         {.size = kTitleSize, .bold = true});
    const double top = kMargin + 24;
    for (size_t i = 0; i < page_.panels.size(); ++i) {
      const auto column = static_cast<double>(i % columns_), row = static_cast<double>(i / columns_);
      panel(page_.panels[i],
            {kMargin + kAxisRoom + column * panel_width, top + row * panel_height + header_, side_, side_});
    }
    if (scale_.most > 0)
      colour_bar({drawing_.width - kMargin - kBarRoom + 4, top + header_, kBarWidth, side_});
    double bottom = top + rows * panel_height + kMargin / 2;
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

  void panel(const ReconstructionPanel& panel, const Box& box) {
    const ReconstructionResult& result = *panel.result;
    const PairDensity& density = density_of(result);
    const uint64_t total = density.total();
    draw_panel_header(drawing_, panel, box, header_, total);
    if (total == 0) {
      text(box.x + box.width / 2, box.y + box.height / 2, "no gene was predicted",
           {.colour = kGrey, .anchor = Anchor::middle});
    } else {
      drawing_.add(fields(density, scale_, box));
      drawing_.add(LineShape{box.x, box.bottom(), box.right(), box.y, 3, kPaper});
      drawing_.add(LineShape{box.x, box.bottom(), box.right(), box.y, 1, kInk});
    }
    drawing_.add(BoxShape{box, std::nullopt, kGrey});
    axes(density, box);
  }

  void axes(const PairDensity& density, const Box& box) {
    for (int i = 0; i <= 4; ++i) {
      const double share = i / 4.0;
      const double x = box.x + share * box.width, y = box.bottom() - share * box.height;
      const auto label = [&](const GridAxis& axis) {
        return fmt::format("{:.3g}", axis.low + (axis.high - axis.low) * share);
      };
      drawing_.add(LineShape{x, box.bottom(), x, box.bottom() + 4, 1, kGrey});
      drawing_.add(LineShape{box.x - 4, y, box.x, y, 1, kGrey});
      text(x, box.bottom() + 15, label(density.truth), {.size = kTextSize, .anchor = Anchor::middle});
      text(box.x - 7, y + 3.5, label(density.predicted), {.size = kTextSize, .anchor = Anchor::end});
    }
    text(box.x + box.width / 2, box.bottom() + 31, "true " + axis_, {.anchor = Anchor::middle});
    text(box.x - kAxisRoom + 10, box.y + box.height / 2, "predicted " + axis_,
         {.anchor = Anchor::middle, .upward = true});
  }

  void colour_bar(const Box& box) {
    FieldGrid bar{box, kBarSteps, 1, {}};
    for (size_t i = 0; i < kBarSteps; ++i)
      bar.colours.push_back(
          sequential_colour(1 - static_cast<double>(i) / static_cast<double>(kBarSteps - 1)));
    drawing_.add(std::move(bar));
    drawing_.add(BoxShape{box, std::nullopt, kGrey});
    text(box.x, box.y - 8, "genes", {.size = kTextSize});
    const auto tick = [&](uint64_t count) {
      const double y = box.bottom() - scale_.place(static_cast<double>(count)) * box.height;
      drawing_.add(LineShape{box.right(), y, box.right() + 4, y, 1, kGrey});
      text(box.right() + 7, y + 3.5, with_commas(count), {.size = kTextSize});
    };
    tick(scale_.most);
    if (scale_.most == 1) return;
    // Powers of ten that keep clear of the largest count's own tick.
    for (uint64_t power = 1; power < scale_.most && power <= UINT64_MAX / 10; power *= 10)
      if ((1 - scale_.place(static_cast<double>(power))) * box.height > 11) tick(power);
  }

  const PanelPage& page_;
  CountScale scale_;
  std::string axis_;
  size_t columns_ = 1;
  double side_ = 0, header_ = 0;
  Drawing drawing_;
};

}  // namespace

std::string density_caption(const Reconstruction& reconstruction) {
  const std::string axis = axis_name(results_of(reconstruction, "rank"));
  std::string caption = "True " + axis + " against the " + axis +
                        " that the model predicts for its own input, over the genes of " +
                        counted(reconstruction.n_cells, "cell") + ". ";
  if (axis == "rank") caption += "Rank 1: first position of the cell; 0: last, or absent on that side. ";
  return caption +
         "Colour: number of genes in each field, on a logarithmic scale that all panels share; white: none. "
         "On the diagonal both agree.";
}

Drawing density_drawing(const Reconstruction& reconstruction) {
  const std::string axis = axis_name(results_of(reconstruction, "rank"));
  return density_drawing(page_of(reconstruction, "rank",
                                 printable(reconstruction.dataset) + ": true and predicted " + axis,
                                 density_caption(reconstruction)));
}

Drawing density_drawing(const PanelPage& page) {
  return DensityFigure(page).draw();
}

}  // namespace zerocell
