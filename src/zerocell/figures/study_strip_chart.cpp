#include "zerocell/figures/study_strip_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "zerocell/core/utf8.h"
#include "zerocell/figures/axis.h"
#include "zerocell/figures/font.h"
#include "zerocell/figures/study_key.h"
#include "zerocell/figures/study_look.h"
#include "zerocell/figures/tick_step.h"

namespace zerocell {
namespace {

constexpr double kMargin = 12, kPanelGap = 16, kValueRoom = 64, kMaxNameWidth = 180;
constexpr double kTitleSize = 13, kNameSize = 10.5, kTextSize = 9.5, kNoteSize = 8.5;
constexpr double kPanelHeader = 20, kAxisRoom = 36, kNameLine = 12.5;
constexpr double kLeastSpan = 0.1;  ///< of an axis, so that noise does not look like a difference
constexpr double kMedianDash = 3, kReferenceDash = 1.5;
constexpr Colour kBand{0xf4, 0xf4, 0xf4};

/// Sizes that follow from the number of data sets, and of rows where both together would fill more than a
/// page.
struct LaneSizes {
  double height = 0, radius = 0;
  LaneSizes(size_t n_lanes, size_t n_rows) {
    height = n_lanes <= 4 ? 9 : n_lanes <= 8 ? 8 : n_lanes <= 14 ? 6.4 : 5;
    const double room = (kMostHeight / static_cast<double>(std::max<size_t>(n_rows, 1)) - kRowGap) /
                        static_cast<double>(std::max<size_t>(n_lanes, 1));
    height = std::clamp(room, kLeastLane, height);
    radius = std::clamp(height * 0.46, kLeastRadius, kMostRadius);
  }
  static constexpr double kMostHeight = 900, kRowGap = 7, kLeastLane = 2.4, kLeastRadius = 2.6,
                          kMostRadius = 3.8;
};

/// The name, in two lines of about the same width where it is too long for one: broken behind a space or
/// punctuation, and shortened only where no such break makes both parts fit.
std::vector<std::string> name_lines(const std::string& name) {
  const std::string clean = printable(name);
  double narrowest = kMaxNameWidth;
  if (text_width(clean, kNameSize) <= narrowest) return {clean};
  std::vector<std::string> lines{fit_text(clean, kMaxNameWidth, kNameSize)};
  for (size_t i = 1; i < clean.size(); ++i) {
    if (std::string_view(" -_:,=/.").find(clean[i - 1]) == std::string_view::npos) continue;
    const std::string head = clean.substr(0, i), tail = clean.substr(i);
    const double width = std::max(text_width(head, kNameSize), text_width(tail, kNameSize));
    if (width > narrowest) continue;
    narrowest = width;
    lines = {head, tail};
  }
  return lines;
}

/// "+0.012", with a minus sign as long as the plus.
std::string signed_text(double value) {
  const std::string text = fmt::format("{:+.3f}", value);
  return text.front() == '-' ? "−" + text.substr(1) : text;
}

class StripPainter {
 public:
  StripPainter(const StripChart& chart, const ScoreGrids& grids)
      : chart_(chart), grids_(grids), lane_(grids.lanes.size(), grids.rows.size()) {
    size_t most_lines = 1;
    for (const StudyRow& row : grids.rows) {
      const auto lines = row_lines(row);
      most_lines = std::max(most_lines, lines.size());
      for (const TextShape& line : lines)
        name_width_ = std::max(name_width_, text_width(line.text, line.style.size));
    }
    row_height_ = std::max(9 + kNameLine * static_cast<double>(most_lines),
                           lane_.height * static_cast<double>(grids.lanes.size()) + LaneSizes::kRowGap);
    columns_ = std::clamp<size_t>(chart.columns, 1, std::max<size_t>(1, chart.panels.size()));
    plot_width_ = columns_ == 1 ? 290 : columns_ == 2 ? 190 : 150;
  }

  Drawing draw() {
    drawing_.title = chart_.title;
    drawing_.description = chart_.caption;
    drawing_.width =
        std::ceil(2 * kMargin + name_width_ + 8 + static_cast<double>(columns_) * pitch() - kPanelGap);
    const double room = drawing_.width - 2 * kMargin;
    double y = kMargin;
    for (const std::string& line : title_lines(room)) {
      text(kMargin, y + 11, line, {.size = kTitleSize, .bold = true});
      y += 17;
    }
    y += 4;
    for (size_t begin = 0; begin < chart_.panels.size(); begin += columns_) y = band_of_panels(begin, y);
    y = draw_key(drawing_, grids_.lanes.size() > 1 ? "Data sets, from above in each row" : "Data set",
                 dataset_key(lane_names()), {kMargin, y, room, 0});
    y = draw_key(drawing_, "", line_key(), {kMargin, y + 4, room, 0});
    drawing_.height = std::ceil(y + kMargin);
    return std::move(drawing_);
  }

 private:
  double pitch() const { return plot_width_ + kValueRoom + kPanelGap; }
  bool has_medians() const { return grids_.lanes.size() > 1; }

  void text(double x, double y, std::string words, TextStyle style) {
    drawing_.add(TextShape{x, y, std::move(words), style});
  }

  std::vector<std::string> title_lines(double room) const {
    // wrap_text measures the regular face; the bold one is about a tenth wider.
    return wrap_text(chart_.title, room * 0.88, kTitleSize);
  }

  std::vector<std::string> lane_names() const {
    std::vector<std::string> names;
    for (const StudyDataset* lane : grids_.lanes) names.push_back(printable(lane->name));
    return names;
  }

  /// Over all values and whiskers of the panels.
  Axis axis_of(std::span<const StripPanel> panels) const {
    double low = INFINITY, high = -INFINITY;
    const auto include = [&](double value) { low = std::min(low, value), high = std::max(high, value); };
    for (const StripPanel& panel : panels)
      for (const auto& grid : {std::optional(panel.grid), panel.other}) {
        if (!grid) continue;
        for (const StudyPoint& point : grids_.grids[*grid].points) {
          if (!point.value) continue;
          include(point.value->mean);
          if (const auto limits = whisker(*point.value)) include(limits->first), include(limits->second);
        }
        if (panel.is_difference && low <= high) include(0);
      }
    Axis axis = axis_over(low, high, kLeastSpan);
    axis.step = tick_step(0.6 * (axis.high - axis.low));
    return axis;
  }

  /// Panels of one line; returns where they end.
  double band_of_panels(size_t begin, double top) {
    const double first = top + kPanelHeader;
    const double bottom = first + row_height_ * static_cast<double>(grids_.rows.size());
    const size_t end = std::min(begin + columns_, chart_.panels.size());
    const double left = kMargin + name_width_ + 8;
    const double right = left + static_cast<double>(end - begin) * pitch() - kPanelGap;
    for (size_t i = 0; i < grids_.rows.size(); ++i) {
      const double y = first + static_cast<double>(i) * row_height_;
      if (i % 2 == 0) drawing_.add(BoxShape{{kMargin, y, right - kMargin, row_height_}, kBand, std::nullopt});
      row_name(grids_.rows[i], left - 8, y + row_height_ / 2);
    }
    const std::span line(chart_.panels.data() + begin, end - begin);
    for (size_t i = begin; i < end; ++i)
      panel(chart_.panels[i], chart_.common_axis ? axis_of(line) : axis_of({&chart_.panels[i], 1}),
            {left + static_cast<double>(i - begin) * pitch(), first, plot_width_, bottom - first});
    return bottom + kAxisRoom + 6;
  }

  static std::vector<TextShape> row_lines(const StudyRow& row) {
    std::vector<TextShape> lines;
    for (std::string& name : name_lines(row.name))
      lines.push_back({0, 0, std::move(name), {.size = kNameSize, .anchor = Anchor::end}});
    if (!row.note.empty())
      lines.push_back({0,
                       0,
                       fit_text(row.note, kMaxNameWidth, kNoteSize),
                       {.size = kNoteSize, .colour = kGrey, .anchor = Anchor::end}});
    return lines;
  }

  void row_name(const StudyRow& row, double right, double middle) {
    auto lines = row_lines(row);
    double y = middle + 3.7 - kNameLine * static_cast<double>(lines.size() - 1) / 2;
    for (TextShape& line : lines) {
      line.x = right;
      line.y = y;
      y += kNameLine;
      drawing_.add(std::move(line));
    }
  }

  void panel(const StripPanel& panel, const Axis& axis, const Box& box) {
    text(box.x, box.y - 7, fit_text(panel.title, box.width, kNameSize, true),
         {.size = kNameSize, .bold = true});
    text(box.right() + 8, box.y - 7,
         panel.other     ? "difference"
         : has_medians() ? "median"
                         : "value",
         {.size = kTextSize, .colour = kGrey});
    frame(panel, axis, box);
    for (size_t row = 0; row < grids_.rows.size(); ++row)
      draw_row(panel, row, axis,
               {box.x, box.y + static_cast<double>(row) * row_height_, box.width, row_height_});
  }

  void frame(const StripPanel& panel, const Axis& axis, const Box& box) {
    for (const double tick : axis.ticks()) {
      const double x = x_of(axis, box.x, tick);
      drawing_.add(LineShape{x, box.y, x, box.bottom(), 0.7, kRule});
      text(x, box.bottom() + 12, axis.tick_text(tick), {.size = kTextSize, .anchor = Anchor::middle});
    }
    text(box.x + box.width / 2, box.bottom() + 26, panel.axis, {.size = kTextSize, .anchor = Anchor::middle});
    if (shows_reference(panel, axis)) {
      const double x = x_of(axis, box.x, *panel.reference);
      drawing_.add(LineShape{x, box.y, x, box.bottom(), 1.1, kGrey, kReferenceDash});
      has_reference_ = true;
    }
    drawing_.add(BoxShape{box, std::nullopt, kGrey});
  }

  void draw_row(const StripPanel& panel, size_t row, const Axis& axis, const Box& box) {
    const PointGrid& grid = grids_.grids[panel.grid];
    const Colour colour = method_look(grids_.rows[row].method).colour;
    if (panel.other)
      pair_medians(panel, row, box);
    else
      median_of(grid, row, panel, box, axis);
    for (size_t lane = 0; lane < grid.n_lanes; ++lane) {
      const double shift = static_cast<double>(lane) - static_cast<double>(grid.n_lanes - 1) / 2;
      const Place place{box.x, box.y + box.height / 2 + shift * lane_.height};
      if (panel.other)
        pair(grid.at(row, lane), grids_.grids[*panel.other].at(row, lane), colour, lane, place, axis);
      else
        point(grid.at(row, lane), {colour, MarkFill::solid}, lane, place, axis);
    }
  }

  static bool shows_reference(const StripPanel& panel, const Axis& axis) {
    return panel.reference && *panel.reference >= axis.low && *panel.reference <= axis.high;
  }

  struct Place {
    double left = 0, y = 0;
  };

  double x_of(const Axis& axis, double left, double value) const {
    return left + axis.share(value) * plot_width_;
  }

  void point(const StudyPoint& point, const MethodLook& look, size_t lane, const Place& place,
             const Axis& axis) {
    if (!point.value) return;
    if (const auto limits = whisker(*point.value))
      drawing_.add(LineShape{x_of(axis, place.left, limits->first), place.y,
                             x_of(axis, place.left, limits->second), place.y, 1.3, darker(look.colour)});
    draw_mark(drawing_, x_of(axis, place.left, point.value->mean), place.y,
              {dataset_shape(lane), look, lane_.radius * dataset_scale(lane)});
  }

  void pair(const StudyPoint& solid, const StudyPoint& open, Colour colour, size_t lane, const Place& place,
            const Axis& axis) {
    if (solid.value && open.value)
      drawing_.add(LineShape{x_of(axis, place.left, solid.value->mean), place.y,
                             x_of(axis, place.left, open.value->mean), place.y, 0.9,
                             mix(colour, kPaper, 0.3)});
    for (const auto& [value, fill] : {std::pair{&open, MarkFill::open}, {&solid, MarkFill::solid}})
      if (value->value)
        draw_mark(drawing_, x_of(axis, place.left, value->value->mean), place.y,
                  {dataset_shape(lane), {colour, fill}, lane_.radius * 0.95 * dataset_scale(lane)});
  }

  void median_of(const PointGrid& grid, size_t row, const StripPanel& panel, const Box& box,
                 const Axis& axis) {
    const double x = box.right() + 8, y = box.y + box.height / 2 + 3.5;
    const auto middle = grid.row_median(row);
    if (!middle) {
      text(x, y, "n/a", {.size = kTextSize, .colour = kGrey});
      return;
    }
    if (has_medians()) {
      const double at = box.x + axis.share(*middle) * box.width;
      drawing_.add(LineShape{at, box.y + 1, at, box.bottom() - 1, 1.5, kInk, kMedianDash});
    }
    const std::string number = panel.is_difference ? signed_text(*middle) : fmt::format("{:.3f}", *middle);
    text(x, y, number, {.size = kTextSize});
    if (grid.n_in_row(row) < grid.n_lanes)
      text(x + text_width(number, kTextSize) + 4, y, fmt::format("{}/{}", grid.n_in_row(row), grid.n_lanes),
           {.size = kNoteSize, .colour = kGrey});
  }

  /// Median over the data sets that have both, of the open mark minus the solid one.
  void pair_medians(const StripPanel& panel, size_t row, const Box& box) {
    std::vector<double> differences;
    for (size_t lane = 0; lane < grids_.lanes.size(); ++lane) {
      const StudyPoint &solid = grids_.grids[panel.grid].at(row, lane),
                       &open = grids_.grids[*panel.other].at(row, lane);
      if (solid.value && open.value) differences.push_back(open.value->mean - solid.value->mean);
    }
    const auto difference = median(std::move(differences));
    text(box.right() + 8, box.y + box.height / 2 + 3.5, difference ? signed_text(*difference) : "n/a",
         {.size = kTextSize, .colour = difference ? kInk : kGrey});
  }

  std::vector<KeyEntry> line_key() const {
    std::vector<KeyEntry> entries;
    bool pairs = false, whiskers = false;
    for (const StripPanel& panel : chart_.panels) {
      pairs |= panel.other.has_value();
      if (panel.other) continue;
      for (const StudyPoint& point : grids_.grids[panel.grid].points)
        whiskers |= point.value && whisker(*point.value).has_value();
    }
    if (has_medians() && !pairs)
      entries.push_back({"median over data sets", [](Drawing& d, double x, double y) {
                           d.add(LineShape{x, y - 6.5, x, y + 6.5, 1.5, kInk, kMedianDash});
                         }});
    if (whiskers)
      entries.push_back({"95 % interval or range of seeds", [](Drawing& d, double x, double y) {
                           d.add(LineShape{x - 10, y, x + 10, y, 1.3, kGrey});
                           draw_mark(d, x, y, {MarkShape::disc, {kGrey, MarkFill::solid}, 3});
                         }});
    if (has_reference_)
      entries.push_back({chart_.reference_name, [](Drawing& d, double x, double y) {
                           d.add(LineShape{x, y - 6.5, x, y + 6.5, 1.1, kGrey, kReferenceDash});
                         }});
    if (pairs)
      for (const auto& [name, fill] :
           {std::pair{&chart_.solid_name, MarkFill::solid}, {&chart_.open_name, MarkFill::open}})
        entries.push_back({*name, [fill = fill](Drawing& d, double x, double y) {
                             draw_mark(d, x, y, {MarkShape::disc, {kGrey, fill}, 3.8});
                           }});
    return entries;
  }

  const StripChart& chart_;
  const ScoreGrids& grids_;
  LaneSizes lane_;
  double name_width_ = 0, row_height_ = 0, plot_width_ = 0;
  bool has_reference_ = false;
  size_t columns_ = 1;
  Drawing drawing_;
};

}  // namespace

Drawing strip_drawing(const StripChart& chart, const ScoreGrids& grids) {
  return StripPainter(chart, grids).draw();
}

}  // namespace zerocell
