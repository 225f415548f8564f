// Figure 7: squared error of predicted bins, a bar a variant, the data sets' mean bin dashed.
#include <fmt/format.h>

#include <algorithm>

#include "zerocell/core/number_text.h"
#include "zerocell/core/utf8.h"
#include "zerocell/figures/axis.h"
#include "zerocell/figures/font.h"
#include "zerocell/figures/study_key.h"
#include "zerocell/figures/study_look.h"
#include "zerocell/figures/study_pages.h"
#include "zerocell/figures/study_points.h"
#include "zerocell/figures/study_reconstruction.h"

namespace zerocell {
namespace {

constexpr double kMargin = 12, kAxisRoom = 50, kPlotHeight = 150, kPanelHeader = 24, kNamesRoom = 16;
constexpr double kTitleSize = 13, kTextSize = 9.5, kNameSize = 10, kNameLine = 12;
constexpr double kGroupGap = 18, kLeastGroup = 88, kRoomForBars = 560, kBarGap = 2, kMeanDash = 4;

struct Bar {
  std::optional<MethodValue> error, baseline;
};

/// (ways, data sets, methods)
struct ErrorTable {
  std::vector<const StudyDataset*> datasets;
  std::vector<size_t> methods;
  std::vector<Bar> bars;
  const Bar& at(size_t way, size_t dataset, size_t method) const {
    return bars[(way * datasets.size() + dataset) * methods.size() + method];
  }
};

constexpr std::pair<const char*, const char*> kWays[] = {{"mse_gep", "GEP: from each gene's own token"},
                                                         {"mse_gepc", "GEPC: given the cell embedding"}};

ErrorTable table_of(const StudyView& view) {
  const auto all = reconstructions_of(view, "bin");
  ErrorTable table{datasets_in(all), methods_in(all), {}};
  for (const auto& way : kWays)
    for (const StudyDataset* dataset : table.datasets)
      for (const size_t method : table.methods)
        table.bars.push_back({reconstruction_value(view, *dataset, method, way.first),
                              reconstruction_value(view, *dataset, method, "mse_mean")});
  return table;
}

class ErrorPainter {
 public:
  ErrorPainter(const StudyView& view, const ErrorTable& table) : view_(view), table_(table) {
    double most = 0;
    for (const Bar& bar : table.bars)
      for (const auto* value : {&bar.error, &bar.baseline}) {
        if (!*value) continue;
        most = std::max(most, (*value)->mean);
        if (const auto limits = whisker(**value); limits && value == &bar.error)
          most = std::max(most, limits->second);
      }
    axis_ = axis_over(0, most > 0 ? most : 1, 1e-9);
    axis_.low = 0;
    axis_.high = (most > 0 ? most : 1) * 1.06;
    const auto n_methods = static_cast<double>(table.methods.size()),
               n_sets = static_cast<double>(table.datasets.size());
    bar_ = std::clamp((kRoomForBars / n_sets - kGroupGap) / n_methods - kBarGap, 7.0, 22.0);
    group_ = std::max(kLeastGroup, n_methods * (bar_ + kBarGap) + kGroupGap);
  }

  Drawing draw(const std::string& caption) {
    drawing_.title = "Error of predicted expression bins";
    drawing_.description = caption;
    const double plot = std::max(220.0, group_ * static_cast<double>(table_.datasets.size()));
    group_ = plot / static_cast<double>(table_.datasets.size());
    drawing_.width = std::ceil(2 * kMargin + kAxisRoom + plot);
    text(kMargin, kMargin + 11, drawing_.title, {.size = kTitleSize, .bold = true});
    double y = kMargin + 20;
    for (size_t way = 0; way < std::size(kWays); ++way) {
      if (!has(way)) continue;
      const Box box{kMargin + kAxisRoom, y + kPanelHeader, plot, kPlotHeight};
      panel(way, box);
      y = dataset_names(box) + 10;
    }
    const double room = drawing_.width - 2 * kMargin;
    y = draw_key(drawing_, "", key(), {kMargin, y, room, 0});
    drawing_.height = std::ceil(y + kMargin);
    return std::move(drawing_);
  }

 private:
  bool has(size_t way) const {
    for (size_t d = 0; d < table_.datasets.size(); ++d)
      for (size_t m = 0; m < table_.methods.size(); ++m)
        if (table_.at(way, d, m).error) return true;
    return false;
  }
  void text(double x, double y, std::string words, TextStyle style) {
    drawing_.add(TextShape{x, y, std::move(words), style});
  }
  double y_of(const Box& box, double value) const { return box.bottom() - axis_.share(value) * box.height; }

  void panel(size_t way, const Box& box) {
    text(box.x, box.y - 8, fit_text(kWays[way].second, box.width, kNameSize, true),
         {.size = kNameSize, .bold = true});
    for (const double tick : axis_.ticks()) {
      const double y = y_of(box, tick);
      drawing_.add(LineShape{box.x, y, box.right(), y, 0.7, kRule});
      text(box.x - 6, y + 3.5, axis_.tick_text(tick), {.size = kTextSize, .anchor = Anchor::end});
    }
    text(kMargin + 9, box.y + box.height / 2, "MSE (bins²)",
         {.size = kTextSize, .anchor = Anchor::middle, .upward = true});
    for (size_t d = 0; d < table_.datasets.size(); ++d) group(way, d, box);
    drawing_.add(LineShape{box.x, box.bottom(), box.right(), box.bottom(), 1, kGrey});
  }

  void group(size_t way, size_t d, const Box& box) {
    const double bars = static_cast<double>(table_.methods.size()) * (bar_ + kBarGap) - kBarGap;
    const double left = box.x + (static_cast<double>(d) + 0.5) * group_ - bars / 2;
    for (size_t m = 0; m < table_.methods.size(); ++m) {
      const Bar& bar = table_.at(way, d, m);
      const double x = left + static_cast<double>(m) * (bar_ + kBarGap), middle = x + bar_ / 2;
      if (!bar.error) {
        text(middle, box.bottom() - 3, bar_ >= 18 ? "n/a" : "×",
             {.size = kTextSize, .colour = kGrey, .anchor = Anchor::middle});
        continue;
      }
      const double y = y_of(box, bar.error->mean);
      draw_bar(drawing_, {x, y, bar_, box.bottom() - y}, method_look(table_.methods[m]));
      if (const auto limits = whisker(*bar.error))
        drawing_.add(
            LineShape{middle, y_of(box, limits->first), middle, y_of(box, limits->second), 1.2, kInk});
    }
    baselines(way, d, left, box);
  }

  /// One line over neighbouring bars that see the same mean, as they do where the vocabulary is the same.
  void baselines(size_t way, size_t d, double left, const Box& box) {
    const size_t n = table_.methods.size();
    const auto mean_of = [&](size_t m) -> std::optional<double> {
      const Bar& bar = table_.at(way, d, m);
      return bar.error && bar.baseline ? std::optional(bar.baseline->mean) : std::nullopt;
    };
    for (size_t m = 0; m < n;) {
      const auto mean = mean_of(m);
      size_t end = m + 1;
      while (end < n && mean_of(end) == mean) ++end;
      if (mean) {
        const double from = left + static_cast<double>(m) * (bar_ + kBarGap),
                     to = left + static_cast<double>(end) * (bar_ + kBarGap) - kBarGap;
        const double y = y_of(box, *mean);
        drawing_.add(LineShape{from - 4, y, to + 4, y, 1.5, kInk, kMeanDash});
      }
      m = end;
    }
  }

  double dataset_names(const Box& box) {
    size_t most = 1;
    for (size_t d = 0; d < table_.datasets.size(); ++d) {
      auto lines = wrap_text(printable(table_.datasets[d]->name), group_ - 6, kNameSize);
      if (lines.size() > 4) lines = {fit_text(table_.datasets[d]->name, group_ - 6, kNameSize)};
      most = std::max(most, lines.size());
      for (size_t i = 0; i < lines.size(); ++i)
        text(box.x + (static_cast<double>(d) + 0.5) * group_,
             box.bottom() + 14 + static_cast<double>(i) * kNameLine, lines[i],
             {.size = kNameSize, .anchor = Anchor::middle});
    }
    return box.bottom() + kNamesRoom + static_cast<double>(most - 1) * kNameLine;
  }

  std::vector<KeyEntry> key() const {
    std::vector<KeyEntry> entries;
    for (const size_t method : table_.methods)
      entries.push_back({view_.methods()[method].tag, [method](Drawing& d, double x, double y) {
                           draw_bar(d, {x - 7, y - 5, 14, 10}, method_look(method));
                         }});
    entries.push_back({"mean bin of all genes", [](Drawing& d, double x, double y) {
                         d.add(LineShape{x - 12, y, x + 12, y, 1.5, kInk, kMeanDash});
                       }});
    return entries;
  }

  const StudyView& view_;
  const ErrorTable& table_;
  Axis axis_;
  double bar_ = 0, group_ = 0;
  Drawing drawing_;
};

std::string errors_csv(const StudyView& view, const ErrorTable& table) {
  CsvLines csv{"dataset",      "method",        "metric",  "value",   "lowest_seed", "highest_seed",
               "interval_low", "interval_high", "n_seeds", "n_cells", "mse_mean"};
  for (size_t way = 0; way < std::size(kWays); ++way)
    for (size_t d = 0; d < table.datasets.size(); ++d)
      for (size_t m = 0; m < table.methods.size(); ++m) {
        const Bar& bar = table.at(way, d, m);
        std::vector<std::string> fields{table.datasets[d]->name, view.methods()[table.methods[m]].tag,
                                        kWays[way].first};
        if (bar.error)
          fields.insert(fields.end(), {csv_number(bar.error->mean), csv_number(bar.error->lowest),
                                       csv_number(bar.error->highest), csv_number(bar.error->low),
                                       csv_number(bar.error->high), std::to_string(bar.error->n_seeds),
                                       std::to_string(bar.error->n_cells)});
        else
          fields.resize(fields.size() + 7);
        fields.push_back(bar.baseline ? csv_number(bar.baseline->mean) : "");
        csv.add(fields);
      }
  return std::move(csv).text();
}

}  // namespace

StudyPages figure_7(const StudyView& view) {
  const ErrorTable table = table_of(view);
  if (std::ranges::none_of(table.bars, [](const Bar& bar) { return bar.error.has_value(); }))
    return StudyPages::none("no model predicted bins, or none of its errors has a value");
  const bool intervals =
      std::ranges::any_of(table.bars, [](const Bar& bar) { return bar.error && whisker(*bar.error); });
  const auto absent = std::ranges::count_if(table.bars, [](const Bar& bar) { return !bar.error; });
  std::string caption =
      "Mean squared error of true and predicted bin over all scored genes, less is better, of " +
      counted(table.methods.size(), "model") + " on " + reconstructed_text(table.datasets) +
      ". Dashed: one mean bin for all genes that a model sees, the study's baseline.";
  if (intervals) caption += " Thin lines: 95 % intervals, or lowest to highest of several seeds.";
  if (absent > 0)
    caption += " Not available (n/a or ×): " + std::to_string(absent) + " of " +
               std::to_string(table.bars.size()) + " values.";
  StudyPages pages;
  pages.pages.push_back({"", caption, ErrorPainter(view, table).draw(caption), errors_csv(view, table)});
  return pages;
}

}  // namespace zerocell
