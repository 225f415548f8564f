// Quality against the time that it took.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "zerocell/core/number_text.h"
#include "zerocell/core/utf8.h"
#include "zerocell/figures/axis.h"
#include "zerocell/figures/font.h"
#include "zerocell/figures/study_key.h"
#include "zerocell/figures/study_look.h"
#include "zerocell/figures/study_pages.h"
#include "zerocell/figures/study_points.h"
#include "zerocell/figures/tick_step.h"

namespace zerocell {
namespace {

constexpr double kMargin = 12, kAxisRoom = 48, kPlotWidth = 400, kPlotHeight = 280, kTitleSize = 13,
                 kTextSize = 9.5;

struct CostPoint {
  size_t method = 0, lane = 0;
  MethodValue quality;
  MethodCost cost;
};

/// Seconds on a logarithmic axis, at least one power of ten long.
struct SecondsAxis {
  double low = 0, high = 1;  ///< powers of ten

  explicit SecondsAxis(const std::vector<CostPoint>& points) {
    low = INFINITY, high = -INFINITY;
    for (const CostPoint& point : points) {
      const double power = std::log10(point.cost.seconds);
      low = std::min(low, power), high = std::max(high, power);
    }
    const double span = std::max(1.0, (high - low) * 1.1 + 0.1), middle = (low + high) / 2;
    low = middle - span / 2, high = middle + span / 2;
  }
  double share(double seconds) const { return (std::log10(seconds) - low) / (high - low); }
  /// Powers of ten; with 2 and 5 times them where the axis is short.
  std::vector<double> ticks() const {
    std::vector<double> out;
    for (double power = std::floor(low); power <= high; ++power)
      for (const double factor : {1.0, 2.0, 5.0}) {
        if (factor > 1 && high - low > 2.2) continue;
        const double tick = factor * std::pow(10, power);
        if (share(tick) >= 0 && share(tick) <= 1) out.push_back(tick);
      }
    return out;
  }
  static std::string text(double seconds) {
    return seconds >= 1 ? with_commas(static_cast<uint64_t>(std::llround(seconds)))
                        : fmt::format("{:g}", seconds);
  }
};

class CostPainter {
 public:
  CostPainter(const StudyView& view, const std::vector<CostPoint>& points)
      : view_(view), points_(points), seconds_(points) {
    double low = INFINITY, high = -INFINITY;
    for (const CostPoint& point : points) {
      const auto limits = whisker(point.quality).value_or(std::pair{point.quality.mean, point.quality.mean});
      low = std::min(low, limits.first), high = std::max(high, limits.second);
    }
    quality_ = axis_over(low, high, 0.1);
    quality_.step = tick_step(0.6 * (quality_.high - quality_.low));
  }

  Drawing draw(const std::string& caption) {
    drawing_.title = "Quality and cost";
    drawing_.description = caption;
    drawing_.width = std::ceil(2 * kMargin + kAxisRoom + kPlotWidth);
    text(kMargin, kMargin + 11, drawing_.title, {.size = kTitleSize, .bold = true});
    const Box box{kMargin + kAxisRoom, kMargin + 24, kPlotWidth, kPlotHeight};
    axes(box);
    for (const CostPoint& point : points_) whiskers(point, box);
    for (const CostPoint& point : points_)
      draw_mark(drawing_, x_of(box, point), y_of(box, point.quality.mean),
                {dataset_shape(point.lane), method_look(point.method), 4.2 * dataset_scale(point.lane)});
    double y = box.bottom() + 46;
    const double room = drawing_.width - 2 * kMargin;
    y = draw_key(drawing_, "Methods", method_key(), {kMargin, y, room, 0}) + 6;
    std::vector<std::string> names;
    for (const StudyDataset* dataset : view_.datasets()) names.push_back(printable(dataset->name));
    y = draw_key(drawing_, "Data sets", dataset_key(names), {kMargin, y, room, 0});
    drawing_.height = std::ceil(y + kMargin);
    return std::move(drawing_);
  }

 private:
  void text(double x, double y, std::string words, TextStyle style) {
    drawing_.add(TextShape{x, y, std::move(words), style});
  }
  double x_of(const Box& box, const CostPoint& point) const {
    return box.x + seconds_.share(point.cost.seconds) * box.width;
  }
  double y_of(const Box& box, double value) const {
    return box.bottom() - quality_.share(value) * box.height;
  }

  void axes(const Box& box) {
    for (const double tick : seconds_.ticks()) {
      const double x = box.x + seconds_.share(tick) * box.width;
      drawing_.add(LineShape{x, box.y, x, box.bottom(), 0.7, kRule});
      text(x, box.bottom() + 13, SecondsAxis::text(tick), {.size = kTextSize, .anchor = Anchor::middle});
    }
    for (const double tick : quality_.ticks()) {
      const double y = y_of(box, tick);
      drawing_.add(LineShape{box.x, y, box.right(), y, 0.7, kRule});
      text(box.x - 6, y + 3.5, quality_.tick_text(tick), {.size = kTextSize, .anchor = Anchor::end});
    }
    drawing_.add(BoxShape{box, std::nullopt, kGrey});
    text(box.x + box.width / 2, box.bottom() + 29, "seconds from counts to embedding (logarithmic)",
         {.size = kTextSize, .anchor = Anchor::middle});
    text(kMargin + 9, box.y + box.height / 2, view_.metric_title("avg_bio") + ", higher is better →",
         {.size = kTextSize, .anchor = Anchor::middle, .upward = true});
  }

  void whiskers(const CostPoint& point, const Box& box) {
    const auto limits = whisker(point.quality);
    if (!limits) return;
    const double x = x_of(box, point);
    drawing_.add(LineShape{x, y_of(box, limits->first), x, y_of(box, limits->second), 1.2,
                           darker(method_look(point.method).colour)});
  }

  std::vector<KeyEntry> method_key() const {
    std::vector<KeyEntry> entries;
    for (size_t i = 0; i < view_.methods().size(); ++i)
      if (std::ranges::any_of(points_, [&](const CostPoint& point) { return point.method == i; }))
        entries.push_back({view_.methods()[i].tag, [i](Drawing& d, double x, double y) {
                             draw_mark(d, x, y, {MarkShape::disc, method_look(i), 4.2});
                           }});
    return entries;
  }

  const StudyView& view_;
  const std::vector<CostPoint>& points_;
  SecondsAxis seconds_;
  Axis quality_;
  Drawing drawing_;
};

}  // namespace

StudyPages cost_figure(const StudyView& view) {
  std::vector<CostPoint> points;
  CsvLines csv{"dataset",    "method",  "avg_bio", "seconds", "cells_per_second",
               "peak_bytes", "n_seeds", "n_cells", "reason"};
  size_t left_out = 0;
  for (size_t method = 0; method < view.methods().size(); ++method)
    for (size_t lane = 0; lane < view.datasets().size(); ++lane) {
      const StudyDataset& dataset = *view.datasets()[lane];
      const std::string& tag = view.methods()[method].tag;
      const auto quality = view.value(dataset, tag, "avg_bio");
      const auto cost = method_cost(dataset.evaluation, tag);
      const bool timed = cost && cost->seconds > 0 && std::isfinite(cost->seconds);
      if (quality && timed)
        points.push_back({method, lane, *quality, *cost});
      else
        ++left_out;
      csv.add({dataset.name, tag, quality ? csv_number(quality->mean) : "",
               timed ? csv_number(cost->seconds) : "", timed ? csv_number(cost->cells_per_second) : "",
               timed ? std::to_string(cost->peak_bytes) : "", quality ? std::to_string(quality->n_seeds) : "",
               quality ? std::to_string(quality->n_cells) : "",
               !quality ? view.why_absent(dataset, tag, "avg_bio")
               : !timed ? "no time was recorded"
                        : ""});
    }
  if (points.empty())
    return StudyPages::none("no method has both avg_bio and a recorded time on any data set");
  std::string caption =
      "AvgBIO of every method (colour) and data set (shape) against the seconds from counts to embedding on "
      "the "
      "machine of the study; with several seeds means of both, lines from lowest to highest AvgBIO. Data: " +
      datasets_text(view.datasets()) + ".";
  if (view.methods().size() > 8)
    caption += " Filled, open and cored marks tell methods of like colours apart.";
  if (left_out > 0)
    caption +=
        " Without score or time, and not shown: " + counted(left_out, "pair") + " of method and data set.";
  StudyPages pages;
  pages.pages.push_back({"", caption, CostPainter(view, points).draw(caption), std::move(csv).text()});
  return pages;
}

}  // namespace zerocell
