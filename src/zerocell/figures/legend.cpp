#include "zerocell/figures/legend.h"

#include <algorithm>
#include <numeric>

#include "zerocell/core/number_text.h"
#include "zerocell/figures/font.h"

namespace zerocell {
namespace {

constexpr double kTextSize = 10, kTitleSize = 10.5;
constexpr double kLineHeight = 14.5, kTitleHeight = 20;
constexpr double kDotSpace = 14, kCountGap = 8, kColumnGap = 18;
constexpr double kMaxNameWidth = 210;

std::string count_text(const LegendEntry& entry) {
  return entry.count ? with_commas(*entry.count) : "";
}

LegendLayout layout_of(const Legend& legend, size_t columns, double column_width) {
  LegendLayout layout;
  columns = std::clamp<size_t>(columns, 1, std::max<size_t>(1, legend.entries.size()));
  layout.rows = (legend.entries.size() + columns - 1) / columns;
  layout.columns = layout.rows == 0 ? 1 : (legend.entries.size() + layout.rows - 1) / layout.rows;
  layout.column_width = column_width;
  layout.width = static_cast<double>(layout.columns) * (column_width + kColumnGap) - kColumnGap;
  layout.height = kTitleHeight + static_cast<double>(layout.rows) * kLineHeight;
  return layout;
}

double widest_entry(const Legend& legend) {
  double name = 0, count = 0;
  for (const LegendEntry& entry : legend.entries) {
    name = std::max(name, text_width(fit_text(entry.name, kMaxNameWidth, kTextSize), kTextSize));
    count = std::max(count, text_width(count_text(entry), kTextSize));
  }
  const double title = text_width(fit_text(legend.title, kMaxNameWidth, kTitleSize, true), kTitleSize, true);
  return std::max(title, kDotSpace + name + (count > 0 ? kCountGap + count : 0));
}

}  // namespace

Legend group_legend(const std::string& title, const Categorical& groups, size_t max_entries) {
  Legend legend{title, {}};
  const std::vector<size_t> counts = groups.counts();
  std::vector<size_t> shown(counts.size());
  std::iota(shown.begin(), shown.end(), size_t{0});
  size_t hidden_cells = 0;
  const size_t n_hidden = counts.size() > max_entries ? counts.size() - max_entries : 0;
  if (n_hidden > 0) {
    std::stable_sort(shown.begin(), shown.end(), [&](size_t a, size_t b) { return counts[a] > counts[b]; });
    for (size_t i = max_entries; i < shown.size(); ++i) hidden_cells += counts[shown[i]];
    shown.resize(max_entries);
    std::sort(shown.begin(), shown.end());
  }
  for (size_t i : shown) legend.entries.push_back({groups.categories[i], counts[i], group_colour(i)});
  if (n_hidden > 0)
    legend.entries.push_back(
        {"… and " + with_commas(n_hidden) + " smaller ones", hidden_cells, std::nullopt});
  if (const size_t missing = groups.n_missing(); missing > 0)
    legend.entries.push_back({"missing", missing, kMissing});
  return legend;
}

LegendLayout fold_by_height(const Legend& legend, double max_height) {
  const auto rows = static_cast<size_t>(std::max(1.0, (max_height - kTitleHeight) / kLineHeight));
  return layout_of(legend, (legend.entries.size() + rows - 1) / rows, widest_entry(legend));
}

LegendLayout fold_by_width(const Legend& legend, double max_width) {
  const double column = widest_entry(legend);
  return layout_of(
      legend, static_cast<size_t>(std::max(1.0, (max_width + kColumnGap) / (column + kColumnGap))), column);
}

void draw_legend(Drawing& drawing, const Legend& legend, const LegendLayout& layout, double x, double y) {
  drawing.add(TextShape{x,
                        y + 11,
                        fit_text(legend.title, kMaxNameWidth, kTitleSize, true),
                        {.size = kTitleSize, .bold = true}});
  for (size_t i = 0; i < legend.entries.size(); ++i) {
    const LegendEntry& entry = legend.entries[i];
    const double left = x + static_cast<double>(i / layout.rows) * (layout.column_width + kColumnGap);
    const double middle = y + kTitleHeight + (static_cast<double>(i % layout.rows) + 0.5) * kLineHeight;
    if (entry.colour) drawing.add(DiscShape{left + 5, middle, 4.5, *entry.colour, std::nullopt, 1});
    drawing.add(TextShape{
        left + kDotSpace, middle + 3.5, fit_text(entry.name, kMaxNameWidth, kTextSize), {.size = kTextSize}});
    if (entry.count)
      drawing.add(TextShape{left + layout.column_width,
                            middle + 3.5,
                            count_text(entry),
                            {.size = kTextSize, .colour = kGrey, .anchor = Anchor::end}});
  }
}

}  // namespace zerocell
