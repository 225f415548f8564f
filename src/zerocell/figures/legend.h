#pragma once
#include <optional>
#include <string>
#include <vector>

#include "zerocell/core/data_frame.h"
#include "zerocell/figures/drawing.h"

namespace zerocell {

struct LegendEntry {
  std::string name;
  std::optional<size_t> count;
  std::optional<Colour> colour;  ///< empty: no dot, as in "… and 12 more"
};

struct Legend {
  std::string title;
  std::vector<LegendEntry> entries;
};

/// An entry per category with its number of cells, in the order of the categories, coloured by group_colour;
/// then cells without one. Beyond `max_entries` only the largest are named and the others are counted in one
/// last entry.
Legend group_legend(const std::string& title, const Categorical& groups, size_t max_entries = 96);

/// How a legend is folded into columns, filled from top to bottom.
struct LegendLayout {
  size_t rows = 0, columns = 0;
  double column_width = 0;
  double width = 0, height = 0;  ///< of all, title included
};

LegendLayout fold_by_height(const Legend& legend, double max_height);
LegendLayout fold_by_width(const Legend& legend, double max_width);

/// Draws with the upper left corner at (x, y).
void draw_legend(Drawing& drawing, const Legend& legend, const LegendLayout& layout, double x, double y);

}  // namespace zerocell
