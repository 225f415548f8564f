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
constexpr double kTitleSize = 14, kTextSize = 9.5, kNameSize = 10.5, kCaptionLine = 13, kDash = 4;

const std::string& group_of(const EmbeddingResult& embedding) {
  return embedding.group.empty() ? embedding.tag : embedding.group;
}

/// A line of the figure: loss behind each epoch, counted from 1.
struct Curve {
  std::vector<double> epoch, loss;
  size_t colour = 0;
  bool is_validation = false;
};

/// A method of the key.
struct Entry {
  std::string name;
  size_t colour = 0, n_seeds = 0;
};

struct Curves {
  std::vector<Curve> lines;
  std::vector<Entry> entries;
  std::string loss;
  double last_epoch = 1, low = INFINITY, high = -INFINITY;
  bool is_cut = false;
};

/// The largest loss of a curve behind the first twentieth of its epochs.
double settled_high(const Curve& curve) {
  const double from = 1 + curve.epoch.back() / 20;
  double high = -INFINITY;
  for (size_t i = 0; i < curve.loss.size(); ++i)
    if (curve.epoch[i] >= from || i + 1 == curve.loss.size()) high = std::max(high, curve.loss[i]);
  return high;
}

void add(Curves& curves, Curve curve) {
  if (curve.loss.empty()) return;
  curves.last_epoch = std::max(curves.last_epoch, curve.epoch.back());
  curves.low = std::min(curves.low, *std::ranges::min_element(curve.loss));
  curves.high = std::max(curves.high, settled_high(curve));
  curves.lines.push_back(std::move(curve));
}

Curves curves_of(const Evaluation& evaluation) {
  Curves curves;
  std::vector<std::string> groups;  // places of methods in the run fix their colours
  for (const EmbeddingResult& embedding : evaluation.embeddings) {
    const auto known = std::ranges::find(groups, group_of(embedding));
    const auto colour = static_cast<size_t>(known - groups.begin());
    if (known == groups.end()) groups.push_back(group_of(embedding));
    const TrainingCurve& training = embedding.training;
    if (training.empty()) continue;
    curves.loss = training.loss;
    const auto entry = std::ranges::find(curves.entries, colour, &Entry::colour);
    if (entry == curves.entries.end())
      curves.entries.push_back({group_of(embedding), colour, 1});
    else
      ++entry->n_seeds;
    Curve train{{}, training.train, colour, false}, validation{{}, training.validation, colour, true};
    for (size_t i = 0; i < training.train.size(); ++i) train.epoch.push_back(static_cast<double>(i + 1));
    for (const uint64_t epoch : training.validated_after)
      validation.epoch.push_back(static_cast<double>(epoch));
    validation.epoch.resize(validation.loss.size(), 0);
    add(curves, std::move(train));
    add(curves, std::move(validation));
  }
  for (const Curve& curve : curves.lines)
    for (const double loss : curve.loss) curves.is_cut |= loss > curves.high;
  return curves;
}

class TrainingFigure {
 public:
  explicit TrainingFigure(const Evaluation& evaluation)
      : evaluation_(evaluation), curves_(curves_of(evaluation)) {
    y_ = axis_over(curves_.low, curves_.high, std::max(1e-9, std::abs(curves_.high) * 1e-3));
    x_ = {0, curves_.last_epoch, tick_step(curves_.last_epoch)};
  }

  Drawing draw() {
    plot_ = {kMargin + kAxisRoom, kMargin + 30 + key_height(), kPlotWidth, kPlotHeight};
    drawing_.width = std::ceil(plot_.right() + 2 * kMargin);
    drawing_.title = printable(evaluation_.dataset) + ": training";
    drawing_.description = training_caption(evaluation_);
    const double room = drawing_.width - 2 * kMargin;
    text(kMargin, kMargin + 12, fit_text(drawing_.title, room, kTitleSize, true),
         {.size = kTitleSize, .bold = true});
    key();
    axes();
    for (const Curve& curve : curves_.lines) line(curve);
    double y = plot_.bottom() + 44;
    for (const std::string& words : wrap_text(drawing_.description, room, kTextSize)) {
      text(kMargin, y + 8, words, {.size = kTextSize, .colour = kGrey});
      y += kCaptionLine;
    }
    drawing_.height = std::ceil(y + kMargin / 2);
    return std::move(drawing_);
  }

 private:
  void text(double x, double y, std::string words, TextStyle style) {
    drawing_.add(TextShape{x, y, std::move(words), style});
  }
  double x_of(double epoch) const { return plot_.x + plot_.width * x_.share(epoch); }
  double y_of(double loss) const { return plot_.bottom() - plot_.height * y_.share(loss); }
  double key_height() const { return kKeyLine * static_cast<double>(curves_.entries.size() + 1); }

  void key() {
    const double x = kMargin + kAxisRoom;
    double y = kMargin + 32;
    for (const Entry& entry : curves_.entries) {
      drawing_.add(BoxShape{{x, y - 5, 14, 10}, method_colour(entry.colour), std::nullopt});
      std::string name = entry.name;
      if (entry.n_seeds > 1) name += fmt::format(" ({} seeds)", entry.n_seeds);
      text(x + 20, y + 4, fit_text(name, kPlotWidth - 20, kNameSize), {.size = kNameSize});
      y += kKeyLine;
    }
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
    text(plot_.x + plot_.width / 2, plot_.bottom() + 31, "epoch", {.anchor = Anchor::middle});
    text(kMargin + 10, plot_.y + plot_.height / 2, fit_text(curves_.loss, kPlotHeight, 10),
         {.anchor = Anchor::middle, .upward = true});
  }

  /// Segment by segment; what lies above the axis is cut off at its end.
  void line(const Curve& curve) {
    const Colour colour = method_colour(curve.colour);
    const double width = curve.is_validation ? 1.3 : 1.6, dash = curve.is_validation ? kDash : 0;
    for (size_t i = 1; i < curve.loss.size(); ++i) {
      double x1 = curve.epoch[i - 1], y1 = curve.loss[i - 1], x2 = curve.epoch[i], y2 = curve.loss[i];
      if (!std::isfinite(y1) || !std::isfinite(y2) || std::min(y1, y2) > y_.high) continue;
      if (y1 > y_.high) x1 += (x2 - x1) * (y1 - y_.high) / (y1 - y2), y1 = y_.high;
      if (y2 > y_.high) x2 -= (x2 - x1) * (y2 - y_.high) / (y2 - y1), y2 = y_.high;
      drawing_.add(LineShape{x_of(x1), y_of(y1), x_of(x2), y_of(y2), width, colour, dash});
    }
    // A single epoch, or one look at the validation cells, makes no line.
    if (curve.loss.size() == 1 && curve.loss[0] <= y_.high)
      drawing_.add(DiscShape{x_of(curve.epoch[0]), y_of(curve.loss[0]), 3,
                             curve.is_validation ? kPaper : colour, colour, 1.3});
  }

  const Evaluation& evaluation_;
  Curves curves_;
  Axis x_, y_;
  Box plot_;
  Drawing drawing_;
};

}  // namespace

bool has_training(const Evaluation& evaluation) {
  return std::ranges::any_of(evaluation.embeddings,
                             [](const EmbeddingResult& e) { return !e.training.empty(); });
}

std::string training_caption(const Evaluation& evaluation) {
  const Curves curves = curves_of(evaluation);
  std::string caption =
      "Loss of the methods that were trained on this data set, by epoch: on training cells as it is "
      "minimised "
      "(with dropout and with the weight that the KL term had in that epoch), on validation cells without "
      "dropout and with the whole KL term.";
  if (curves.is_cut) caption += " The first epochs lie above the axis.";
  return caption;
}

Drawing training_drawing(const Evaluation& evaluation) {
  return TrainingFigure(evaluation).draw();
}

}  // namespace zerocell
