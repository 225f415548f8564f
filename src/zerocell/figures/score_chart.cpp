#include "zerocell/figures/score_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "zerocell/core/number_text.h"
#include "zerocell/core/utf8.h"
#include "zerocell/figures/axis.h"
#include "zerocell/figures/font.h"
#include "zerocell/figures/score_table.h"

namespace zerocell {
namespace {

constexpr double kMargin = 16, kPlotWidth = 104, kValueWidth = 40, kPanelGap = 16;
constexpr double kPanelHeader = 34, kAxisHeight = 18, kBandHeader = 26, kMaxNameWidth = 200;
constexpr double kTitleSize = 14, kNameSize = 10.5, kSmall = 8.5, kCaptionSize = 9.5;
constexpr size_t kPanelsPerBand = 6;
constexpr double kLeastSpan = 0.1;  ///< of an axis, so that noise does not look like a difference

Axis axis_for(const ScoreTable& table, size_t column) {
  double low = INFINITY, high = -INFINITY;
  for (size_t row = 0; row < table.rows().size(); ++row) {
    const Score* score = table.at(row, column);
    if (score == nullptr || !score->value) continue;
    low = std::min({low, *score->value, score->low.value_or(*score->value)});
    high = std::max({high, *score->value, score->high.value_or(*score->value)});
  }
  return axis_over(low, high, kLeastSpan);
}

/// The methods in their order, each with its row in full dimensions and those in reduced ones.
struct MethodRow {
  std::string name;
  std::vector<size_t> table_rows;
};

std::vector<MethodRow> method_rows(const ScoreTable& table) {
  std::vector<MethodRow> methods;
  std::map<std::string, size_t> place;
  for (size_t i = 0; i < table.rows().size(); ++i) {
    const auto [entry, is_new] = place.emplace(table.rows()[i].tag, methods.size());
    if (is_new) methods.push_back({table.rows()[i].tag, {}});
    methods[entry->second].table_rows.push_back(i);
  }
  return methods;
}

class ScoreChart {
 public:
  ScoreChart(const Evaluation& evaluation, std::span<const MetricInfo> metrics)
      : evaluation_(evaluation), table_(evaluation, metrics), methods_(method_rows(table_)) {
    for (const MethodRow& method : methods_)
      name_width_ =
          std::max(name_width_, text_width(fit_text(method.name, kMaxNameWidth, kNameSize), kNameSize));
    row_height_ = has_reduced() ? 25 : methods_.size() > 10 ? 16 : 19;
  }

  Drawing draw() {
    drawing_.title = printable(evaluation_.dataset) + ": scores";
    drawing_.width = std::ceil(2 * kMargin + name_width_ + 10 + widest_band() * panel_pitch() - kPanelGap);
    const double text_room = drawing_.width - 2 * kMargin;
    text(kMargin, kMargin + 12, fit_text(drawing_.title, text_room, kTitleSize, true),
         {.size = kTitleSize, .bold = true});
    double y = kMargin + 22;
    for (size_t begin = 0; begin < table_.columns().size();) {
      const size_t end = band_end(begin);
      y = draw_band(begin, end, y);
      begin = end;
    }
    for (const std::string& line : wrap_text(legend_line(), text_room, kCaptionSize)) {
      text(kMargin, y + 16, line, {.size = kCaptionSize, .colour = kGrey});
      y += 13;
    }
    drawing_.height = std::ceil(y + 16 + kMargin / 2);
    return std::move(drawing_);
  }

 private:
  static constexpr double panel_pitch() { return kPlotWidth + kValueWidth + kPanelGap; }
  bool has_reduced() const { return methods_.size() < table_.rows().size(); }

  /// A band holds metrics of one group, at most kPanelsPerBand.
  size_t band_end(size_t begin) const {
    size_t end = begin + 1;
    while (end < table_.columns().size() && end - begin < kPanelsPerBand &&
           table_.columns()[end].group == table_.columns()[begin].group)
      ++end;
    return end;
  }

  double widest_band() const {
    size_t widest = 3;  // room for title and caption
    for (size_t begin = 0; begin < table_.columns().size(); begin = band_end(begin))
      widest = std::max(widest, band_end(begin) - begin);
    return static_cast<double>(widest);
  }

  void text(double x, double y, std::string line, TextStyle style) {
    drawing_.add(TextShape{x, y, std::move(line), style});
  }

  double draw_band(size_t begin, size_t end, double y) {
    const bool continued = begin > 0 && table_.columns()[begin - 1].group == table_.columns()[begin].group;
    text(kMargin, y + 16, group_title(table_.columns()[begin].group) + (continued ? ", continued" : ""),
         {.size = 12, .bold = true});
    y += kBandHeader;
    const double rows_top = y + kPanelHeader;
    for (size_t i = 0; i < methods_.size(); ++i)
      text(kMargin + name_width_, row_middle(rows_top, i) + 3.5,
           fit_text(methods_[i].name, kMaxNameWidth, kNameSize), {.size = kNameSize, .anchor = Anchor::end});
    for (size_t column = begin; column < end; ++column)
      draw_panel(column, kMargin + name_width_ + 10 + static_cast<double>(column - begin) * panel_pitch(), y);
    return rows_top + static_cast<double>(methods_.size()) * row_height_ + kAxisHeight + 8;
  }

  double row_middle(double rows_top, size_t i) const {
    return rows_top + (static_cast<double>(i) + 0.5) * row_height_;
  }

  void draw_panel(size_t column, double x, double y) {
    const ScoreColumn& info = table_.columns()[column];
    const double width = kPlotWidth + kValueWidth;
    text(x, y + 11, fit_text(info.title, width, kNameSize, true), {.size = kNameSize, .bold = true});
    text(x, y + 24, info.direction == Direction::higher ? "higher is better →" : "← lower is better",
         {.size = kSmall, .colour = kGrey});
    const double rows_top = y + kPanelHeader;
    const double rows_bottom = rows_top + static_cast<double>(methods_.size()) * row_height_;
    const Axis axis = axis_for(table_, column);
    for (const double tick : axis.ticks()) {
      const double at = position(axis, tick, x);
      drawing_.add(LineShape{at, rows_top, at, rows_bottom, 0.7, kRule});
      text(at, rows_bottom + 11, axis.tick_text(tick),
           {.size = kSmall, .colour = kGrey, .anchor = Anchor::middle});
    }
    drawing_.add(BoxShape{{x, rows_top, kPlotWidth, rows_bottom - rows_top}, std::nullopt, kRule});
    for (size_t i = 0; i < methods_.size(); ++i) draw_row(column, i, axis, x, row_middle(rows_top, i));
  }

  static double position(const Axis& axis, double value, double x) {
    return x + axis.share(value) * kPlotWidth;
  }

  void draw_row(size_t column, size_t method, const Axis& axis, double x, double y) {
    const std::vector<size_t>& rows = methods_[method].table_rows;
    const double spread = rows.size() > 1 ? row_height_ * 0.38 / static_cast<double>(rows.size() - 1) : 0;
    for (size_t i = 0; i < rows.size(); ++i) {
      const Score* score = table_.at(rows[i], column);
      if (score == nullptr) continue;
      const double dot_y = y + (static_cast<double>(i) - static_cast<double>(rows.size() - 1) / 2) * spread;
      const bool reduced = !table_.rows()[rows[i]].dims.empty();
      if (score->value) draw_dot(*score, axis, x, dot_y, method_colour(method), reduced);
      if (i == 0) draw_value(*score, table_.is_best(rows[i], column), x + kPlotWidth + 6, y + 3.5);
    }
  }

  void draw_dot(const Score& score, const Axis& axis, double x, double y, Colour colour, bool open) {
    if (score.low && score.high)
      drawing_.add(
          LineShape{position(axis, *score.low, x), y, position(axis, *score.high, x), y, 1.6, colour});
    drawing_.add(DiscShape{position(axis, *score.value, x), y, open ? 2.9 : 3.6, open ? kPaper : colour,
                           open ? std::optional(colour) : std::nullopt, 1.3});
  }

  void draw_value(const Score& score, bool best, double x, double y) {
    if (score.value)
      text(x, y, fmt::format("{:.3f}", *score.value),
           {.size = 9.5, .colour = best ? kInk : kGrey, .bold = best});
    else
      text(x, y, score.status == ScoreStatus::failed ? "failed" : "n/a", {.size = 9.5, .colour = kGrey});
  }

  std::string legend_line() const {
    bool intervals = false, not_applicable = false;
    for (const Score& score : evaluation_.scores) {
      intervals |= score.low && score.high;
      not_applicable |= score.status == ScoreStatus::not_applicable;
    }
    std::string line = counted(evaluation_.n_cells, "cell") + ".";
    if (intervals) line += " Lines: 95 % intervals, for the metrics that have them.";
    if (has_reduced()) line += " Filled dots and numbers: full dimensions; open dots: reduced dimensions.";
    if (methods_.size() > 1) line += " Bold: best.";
    line += " Each axis spans its own values.";
    if (not_applicable) line += " n/a: not applicable, for the reason in scores.csv.";
    return line;
  }

  const Evaluation& evaluation_;
  ScoreTable table_;
  std::vector<MethodRow> methods_;
  double name_width_ = 0, row_height_ = 18;
  Drawing drawing_;
};

}  // namespace

Drawing score_chart(const Evaluation& evaluation, std::span<const MetricInfo> metrics) {
  return ScoreChart(evaluation, metrics).draw();
}

}  // namespace zerocell
