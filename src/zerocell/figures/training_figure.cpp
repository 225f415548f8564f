#include "zerocell/figures/training_figure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "zerocell/core/number_text.h"
#include "zerocell/core/utf8.h"
#include "zerocell/figures/axis.h"
#include "zerocell/figures/font.h"
#include "zerocell/figures/tick_step.h"

namespace zerocell {
namespace {

constexpr double kMargin = 16, kAxisRoom = 62, kPlotWidth = 430, kPlotHeight = 250, kKeyLine = 17;
constexpr double kTitleSize = 14, kTextSize = 9.5, kNameSize = 10.5, kCaptionLine = 13, kDash = 4,
                 kPanelGap = 22;

/// A line of the figure.
struct Curve {
  std::vector<double> step, loss;
  size_t colour = 0;
  bool is_validation = false;
};

/// A method of the key.
struct Entry {
  std::string name;
  size_t colour = 0, n_seeds = 0;
};

/// Curves of one loss: those of another share neither its unit nor its axis.
struct Curves {
  std::vector<Curve> lines;
  std::vector<Entry> entries;
  std::string loss, step;
  double first_step = 1, last_step = 1, low = INFINITY, high = -INFINITY;
  bool is_cut = false, has_validation = false;
};

/// The largest loss of a curve behind the first twentieth of its steps.
double settled_high(const Curve& curve) {
  const double from = curve.step.front() + std::floor(curve.step.back() / 20);
  double high = -INFINITY;
  for (size_t i = 0; i < curve.loss.size(); ++i)
    if (curve.step[i] >= from || i + 1 == curve.loss.size()) high = std::max(high, curve.loss[i]);
  return high;
}

void add(Curves& curves, Curve curve) {
  if (curve.loss.empty()) return;
  curves.has_validation |= curve.is_validation;
  curves.first_step = std::min(curves.first_step, curve.step.front());
  curves.last_step = std::max(curves.last_step, curve.step.back());
  curves.low = std::min(curves.low, *std::ranges::min_element(curve.loss));
  curves.high = std::max(curves.high, settled_high(curve));
  curves.lines.push_back(std::move(curve));
}

/// In the order in which the losses occur.
std::vector<Curves> curves_of(const Evaluation& evaluation) {
  std::vector<Curves> panels;
  std::vector<std::string> groups;  // places of methods in the run fix their colours
  for (const EmbeddingResult& embedding : evaluation.embeddings) {
    const auto known = std::ranges::find(groups, embedding.group_tag());
    const auto colour = static_cast<size_t>(known - groups.begin());
    if (known == groups.end()) groups.push_back(embedding.group_tag());
    const TrainingCurve& training = embedding.training;
    if (training.empty()) continue;
    auto panel = std::ranges::find(panels, training.loss, &Curves::loss);
    if (panel == panels.end()) {
      panels.emplace_back();
      panel = panels.end() - 1;
      panel->loss = training.loss;
      panel->step = training.step;
    }
    const auto entry = std::ranges::find(panel->entries, colour, &Entry::colour);
    if (entry == panel->entries.end())
      panel->entries.push_back({embedding.group_tag(), colour, 1});
    else
      ++entry->n_seeds;
    Curve train{{}, training.train, colour, false}, validation{{}, training.validation, colour, true};
    for (size_t i = 0; i < training.train.size(); ++i)
      train.step.push_back(static_cast<double>(training.first_step + i));
    for (const uint64_t step : training.validated_after) validation.step.push_back(static_cast<double>(step));
    validation.step.resize(validation.loss.size(), 0);
    add(*panel, std::move(train));
    add(*panel, std::move(validation));
  }
  for (Curves& panel : panels)
    for (const Curve& curve : panel.lines)
      for (const double loss : curve.loss) panel.is_cut |= loss > panel.high;
  return panels;
}

/// What to know about the curves of a panel.
std::string words_about(const Curves& curves) {
  std::string words, loss = curves.loss;
  if (!loss.empty() && loss[0] >= 'a' && loss[0] <= 'z') loss[0] = static_cast<char>(loss[0] - 'a' + 'A');
  if (curves.has_validation)
    words = fmt::format(
        "{}, by {}: on training cells as it is minimised (with dropout and with the weight that the KL term "
        "had then), on validation cells without dropout and with the whole KL term.",
        loss, curves.step);
  else
    words = fmt::format("{}, {}by {}.", loss, curves.first_step == 0 ? "at the start and " : "", curves.step);
  if (curves.is_cut) words += fmt::format(" The first {}s lie above the axis.", curves.step);
  return words;
}

/// One panel: key, axes and lines of the curves of a loss, below `top`.
class TrainingPanel {
 public:
  TrainingPanel(const Curves& curves, double top, Drawing& drawing)
      : curves_(curves), top_(top), drawing_(drawing) {
    y_ = axis_over(curves.low, curves.high, std::max(1e-9, std::abs(curves.high) * 1e-3));
    x_ = {0, curves.last_step, std::max(1.0, tick_step(curves.last_step))};
    plot_ = {kMargin + kAxisRoom, top + 4 + kKeyLine * n_key_lines(), kPlotWidth, kPlotHeight};
  }

  void draw() {
    key();
    axes();
    for (const Curve& curve : curves_.lines) line(curve);
  }
  double bottom() const { return plot_.bottom() + 38; }

 private:
  void text(double x, double y, std::string words, TextStyle style) {
    drawing_.add(TextShape{x, y, std::move(words), style});
  }
  double x_of(double step) const { return plot_.x + plot_.width * x_.share(step); }
  double y_of(double loss) const { return plot_.bottom() - plot_.height * y_.share(loss); }
  double n_key_lines() const {
    return static_cast<double>(curves_.entries.size() + (curves_.has_validation ? 1 : 0));
  }

  void key() {
    const double x = kMargin + kAxisRoom;
    double y = top_ + 6;
    for (const Entry& entry : curves_.entries) {
      drawing_.add(BoxShape{{x, y - 5, 14, 10}, method_colour(entry.colour), std::nullopt});
      std::string name = entry.name;
      if (entry.n_seeds > 1) name += fmt::format(" ({} seeds)", entry.n_seeds);
      text(x + 20, y + 4, fit_text(name, kPlotWidth - 20, kNameSize), {.size = kNameSize});
      y += kKeyLine;
    }
    if (!curves_.has_validation) return;
    drawing_.add(LineShape{x, y, x + 26, y, 1.6, kInk});
    text(x + 32, y + 3.5, "training cells", {.size = kTextSize});
    const double next = x + 52 + text_width("training cells", kTextSize);
    drawing_.add(LineShape{next, y, next + 26, y, 1.6, kInk, kDash});
    text(next + 32, y + 3.5, "validation cells", {.size = kTextSize});
  }

  void axes() {
    for (const double tick : y_.ticks()) {
      drawing_.add(LineShape{plot_.x, y_of(tick), plot_.right(), y_of(tick), 0.7, kRule});
      text(plot_.x - 7, y_of(tick) + 3.5, y_.tick_text(tick), {.size = kTextSize, .anchor = Anchor::end});
    }
    drawing_.add(LineShape{plot_.x, plot_.bottom(), plot_.right(), plot_.bottom(), 0.8, kGrey});
    for (const double tick : x_.ticks()) {
      drawing_.add(LineShape{x_of(tick), plot_.bottom(), x_of(tick), plot_.bottom() + 4, 0.8, kGrey});
      text(x_of(tick), plot_.bottom() + 15, x_.tick_text(tick),
           {.size = kTextSize, .anchor = Anchor::middle});
    }
    text(plot_.x + plot_.width / 2, plot_.bottom() + 31, curves_.step, {.anchor = Anchor::middle});
    text(kMargin + 10, plot_.y + plot_.height / 2, fit_text(curves_.loss, kPlotHeight, 10),
         {.anchor = Anchor::middle, .upward = true});
  }

  /// Segment by segment; what lies above the axis is cut off at its end.
  void line(const Curve& curve) {
    const Colour colour = method_colour(curve.colour);
    const double width = curve.is_validation ? 1.3 : 1.6, dash = curve.is_validation ? kDash : 0;
    for (size_t i = 1; i < curve.loss.size(); ++i) {
      double x1 = curve.step[i - 1], y1 = curve.loss[i - 1], x2 = curve.step[i], y2 = curve.loss[i];
      if (!std::isfinite(y1) || !std::isfinite(y2) || std::min(y1, y2) > y_.high) continue;
      if (y1 > y_.high) x1 += (x2 - x1) * (y1 - y_.high) / (y1 - y2), y1 = y_.high;
      if (y2 > y_.high) x2 -= (x2 - x1) * (y2 - y_.high) / (y2 - y1), y2 = y_.high;
      drawing_.add(LineShape{x_of(x1), y_of(y1), x_of(x2), y_of(y2), width, colour, dash});
    }
    // A single epoch, or one look at the validation cells, makes no line.
    if (curve.loss.size() == 1 && curve.loss[0] <= y_.high)
      drawing_.add(DiscShape{x_of(curve.step[0]), y_of(curve.loss[0]), 3,
                             curve.is_validation ? kPaper : colour, colour, 1.3});
  }

  const Curves& curves_;
  double top_;
  Drawing& drawing_;
  Axis x_, y_;
  Box plot_;
};

}  // namespace

bool has_training(const Evaluation& evaluation) {
  return std::ranges::any_of(evaluation.embeddings,
                             [](const EmbeddingResult& e) { return !e.training.empty(); });
}

std::string training_caption(const Evaluation& evaluation) {
  std::string caption = "What the methods that were fitted to this data set minimised.";
  for (const Curves& curves : curves_of(evaluation)) caption += " " + words_about(curves);
  return caption;
}

Drawing training_drawing(const Evaluation& evaluation) {
  Drawing drawing;
  drawing.width = std::ceil(kMargin + kAxisRoom + kPlotWidth + 2 * kMargin);
  drawing.title = printable(evaluation.dataset) + ": training";
  drawing.description = training_caption(evaluation);
  const double room = drawing.width - 2 * kMargin;
  drawing.add(TextShape{kMargin,
                        kMargin + 12,
                        fit_text(drawing.title, room, kTitleSize, true),
                        {.size = kTitleSize, .bold = true}});
  double y = kMargin + 26;
  for (const Curves& curves : curves_of(evaluation)) {
    TrainingPanel panel(curves, y, drawing);
    panel.draw();
    y = panel.bottom() + kPanelGap;
  }
  y -= kPanelGap - 6;
  for (const std::string& words : wrap_text(drawing.description, room, kTextSize)) {
    drawing.add(TextShape{kMargin, y + 8, words, {.size = kTextSize, .colour = kGrey}});
    y += kCaptionLine;
  }
  drawing.height = std::ceil(y + kMargin / 2);
  return drawing;
}

}  // namespace zerocell
