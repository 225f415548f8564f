#include "zerocell/figures/umap_figure.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "zerocell/core/error.h"
#include "zerocell/core/random.h"
#include "zerocell/core/utf8.h"
#include "zerocell/figures/font.h"

namespace zerocell {
namespace {

constexpr double kMargin = 16, kPanelGap = 18;
constexpr double kTitleSize = 14, kPanelTitleSize = 12, kSubtitleSize = 9.5, kCaptionSize = 9.5,
                 kNumberSize = 9.5, kSmallestTitle = 10;
constexpr double kCaptionLine = 13;
constexpr size_t kMaxVectorCells = 20000;    ///< of one panel
constexpr size_t kMaxVectorPoints = 120000;  ///< of one figure
constexpr uint64_t kOrderSeed = 20;          ///< of the drawing order; any will do, but always the same

struct Grid {
  size_t columns = 1, rows = 1;
  double side = 0;    ///< of a square panel
  double header = 0;  ///< above each panel
  double width() const { return static_cast<double>(columns) * (side + kPanelGap) - kPanelGap; }
  double height() const { return static_cast<double>(rows) * (side + header + kPanelGap) - kPanelGap; }
};

Grid grid_for(const UmapFigure& figure) {
  const size_t n = figure.panels.size();
  Grid grid;
  grid.columns = n <= 4 ? std::max<size_t>(n, 1) : n <= 6 ? 3 : n <= 12 ? 4 : 5;
  if (figure.layout.columns > 0) grid.columns = std::min(figure.layout.columns, std::max<size_t>(n, 1));
  grid.rows = (n + grid.columns - 1) / grid.columns;
  grid.side = n <= 1 ? 400 : n == 2 ? 340 : n == 3 ? 300 : 240;
  if (figure.layout.side > 0) grid.side = figure.layout.side;
  const bool subtitles = std::any_of(figure.panels.begin(), figure.panels.end(),
                                     [](const UmapPanel& panel) { return !panel.subtitle.empty(); });
  grid.header = subtitles ? 36 : 22;
  return grid;
}

/// Missing cells first, all others in one random order that depends on N alone.
std::vector<uint32_t> drawing_order(std::span<const int32_t> groups) {
  Random random(kOrderSeed);
  std::vector<uint32_t> order = permutation(groups.size(), random);
  std::stable_partition(order.begin(), order.end(), [&](uint32_t cell) { return groups[cell] < 0; });
  return order;
}

/// Maps layout coordinates into a box with the same scale on both axes, centred, y upwards.
struct Projection {
  double scale = 1, centre_x = 0, centre_y = 0;
  Box box;

  Projection(const DenseMatrix<float>& positions, const Box& target, double padding) : box(target) {
    double low_x = INFINITY, high_x = -INFINITY, low_y = INFINITY, high_y = -INFINITY;
    for (size_t i = 0; i < positions.n_rows(); ++i) {
      const double px = positions(i, 0), py = positions(i, 1);
      if (!std::isfinite(px) || !std::isfinite(py)) continue;
      low_x = std::min(low_x, px), high_x = std::max(high_x, px);
      low_y = std::min(low_y, py), high_y = std::max(high_y, py);
    }
    if (low_x > high_x) return;  // no cell has a position
    const double extent = std::max(high_x - low_x, high_y - low_y);
    scale = extent > 0 ? (box.width - 2 * padding) / extent : 1;
    centre_x = (low_x + high_x) / 2;
    centre_y = (low_y + high_y) / 2;
  }
  double x(double value) const { return box.x + box.width / 2 + (value - centre_x) * scale; }
  double y(double value) const { return box.y + box.height / 2 - (value - centre_y) * scale; }
};

PointCloud cloud_of(const UmapPanel& panel, const Projection& projection, bool rasterise) {
  const size_t n = panel.groups.size();
  PointCloud cloud;
  cloud.box = projection.box;
  cloud.rasterise = rasterise;
  cloud.radius = std::clamp(projection.box.width * 0.33 / std::sqrt(std::max<double>(1, n)), 0.5, 2.4);
  cloud.opacity = n <= 2000 ? 0.9 : n <= 50000 ? 0.8 : 0.65;
  cloud.colours = panel.colours;
  cloud.colours.push_back(kMissing);
  const auto missing = static_cast<uint32_t>(panel.colours.size());
  for (uint32_t cell : drawing_order(panel.groups)) {
    const float x = (*panel.positions)(cell, 0), y = (*panel.positions)(cell, 1);
    if (!std::isfinite(x) || !std::isfinite(y)) continue;
    cloud.x.push_back(static_cast<float>(projection.x(x)));
    cloud.y.push_back(static_cast<float>(projection.y(y)));
    cloud.group.push_back(panel.groups[cell] < 0 ? missing : static_cast<uint32_t>(panel.groups[cell]));
  }
  return cloud;
}

float median(std::vector<float>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

struct GroupNumber {
  size_t group = 0, n_cells = 0;
  double x = 0, y = 0;  ///< middle of the text's foot
};

/// The numbers that keep clear of those of larger groups, moved into the box where they reach over it.
std::vector<GroupNumber> spread(std::vector<GroupNumber> numbers, const Box& box, size_t first_number) {
  std::stable_sort(numbers.begin(), numbers.end(),
                   [](const GroupNumber& a, const GroupNumber& b) { return a.n_cells > b.n_cells; });
  std::vector<GroupNumber> placed;
  std::vector<double> widths;
  for (GroupNumber number : numbers) {
    const double width = text_width(std::to_string(number.group + first_number), kNumberSize, true) + 4;
    number.x = std::clamp(number.x, box.x + width / 2, box.right() - width / 2);
    number.y = std::clamp(number.y, box.y + kNumberSize, box.bottom() - 2);
    bool is_free = true;
    for (size_t i = 0; i < placed.size(); ++i)
      is_free &= std::abs(placed[i].x - number.x) >= (widths[i] + width) / 2 ||
                 std::abs(placed[i].y - number.y) >= kNumberSize + 1;
    if (!is_free) continue;
    placed.push_back(number);
    widths.push_back(width);
  }
  return placed;
}

void draw_numbers(Drawing& drawing, const PointCloud& cloud, const UmapLayout& layout) {
  const size_t n_groups = cloud.colours.size() - 1;
  std::vector<std::vector<float>> x(n_groups), y(n_groups);
  for (size_t i = 0; i < cloud.x.size(); ++i)
    if (cloud.group[i] < n_groups) {
      x[cloud.group[i]].push_back(cloud.x[i]);
      y[cloud.group[i]].push_back(cloud.y[i]);
    }
  std::vector<GroupNumber> numbers;
  for (size_t group = 0; group < n_groups; ++group)
    if (!x[group].empty())
      numbers.push_back({group, x[group].size(), median(x[group]), median(y[group]) + 3.5});
  if (layout.spread_numbers) numbers = spread(std::move(numbers), cloud.box, layout.first_number);
  for (const GroupNumber& number : numbers)
    drawing.add(TextShape{number.x,
                          number.y,
                          std::to_string(number.group + layout.first_number),
                          {.size = kNumberSize, .bold = true, .anchor = Anchor::middle, .halo = true}});
}

void check(const UmapPanel& panel) {
  if (panel.positions == nullptr || panel.positions->n_cols() != 2 ||
      panel.positions->n_rows() != panel.groups.size())
    throw Error::internal("umap figure: layout and groups of '" + panel.title + "' differ in shape");
  for (int32_t group : panel.groups)
    if (group >= static_cast<int64_t>(panel.colours.size()))
      throw Error::internal("umap figure: a group of '" + panel.title + "' has no colour");
}

void draw_panel(Drawing& drawing, const UmapPanel& panel, const Box& box, double header,
                const UmapLayout& layout, bool rasterise) {
  check(panel);
  const double baseline = box.y - header + 14;
  double size = kPanelTitleSize;  // a long title is set smaller before it is shortened
  while (size > kSmallestTitle && text_width(printable(panel.title), size, true) > box.width) size -= 0.5;
  drawing.add(
      TextShape{box.x, baseline, fit_text(panel.title, box.width, size, true), {.size = size, .bold = true}});
  if (!panel.subtitle.empty())
    drawing.add(TextShape{box.x,
                          baseline + 14,
                          fit_text(panel.subtitle, box.width, kSubtitleSize),
                          {.size = kSubtitleSize, .colour = kGrey}});
  const PointCloud cloud = cloud_of(panel, Projection(*panel.positions, box, 10), rasterise);
  drawing.add(cloud);
  if (panel.number_groups) draw_numbers(drawing, cloud, layout);
  drawing.add(BoxShape{box, std::nullopt, kRule});
  if (cloud.x.empty())
    drawing.add(TextShape{box.x + box.width / 2,
                          box.y + box.height / 2,
                          fit_text(panel.note, box.width - 12, 10),
                          {.colour = kGrey, .anchor = Anchor::middle}});
}

}  // namespace

Drawing umap_drawing(const UmapFigure& figure) {
  const Grid grid = grid_for(figure);
  const bool has_legend = !figure.legend.entries.empty();
  // At the right where it fits into few columns there, because eyes read from points to names; else below.
  const LegendLayout beside = fold_by_height(figure.legend, grid.height());
  const bool at_right =
      has_legend && !figure.layout.legend_below && beside.columns <= (figure.panels.size() <= 2 ? 2u : 1u);
  const LegendLayout below = fold_by_width(figure.legend, grid.width());

  Drawing drawing;
  drawing.title = figure.title;
  drawing.description = figure.caption;
  drawing.width = 2 * kMargin + grid.width() + (at_right ? 1.5 * kMargin + beside.width : 0);
  if (has_legend && !at_right) drawing.width = std::max(drawing.width, 2 * kMargin + below.width);
  const double text_room = drawing.width - 2 * kMargin;
  drawing.add(TextShape{kMargin,
                        kMargin + 12,
                        fit_text(figure.title, text_room, kTitleSize, true),
                        {.size = kTitleSize, .bold = true}});
  const double top = kMargin + 24;

  size_t n_points = 0;
  for (const UmapPanel& panel : figure.panels) n_points += panel.groups.size();
  for (size_t i = 0; i < figure.panels.size(); ++i) {
    const auto column = static_cast<double>(i % grid.columns), row = static_cast<double>(i / grid.columns);
    const Box box{kMargin + column * (grid.side + kPanelGap),
                  top + row * (grid.header + grid.side + kPanelGap) + grid.header, grid.side, grid.side};
    draw_panel(drawing, figure.panels[i], box, grid.header, figure.layout,
               figure.panels[i].groups.size() > kMaxVectorCells || n_points > kMaxVectorPoints);
  }
  double bottom = top + grid.height() + kMargin;
  if (at_right) {
    draw_legend(drawing, figure.legend, beside, kMargin + grid.width() + 1.5 * kMargin, top + grid.header);
    bottom = std::max(bottom, top + grid.header + beside.height + kMargin);
  } else if (has_legend) {
    draw_legend(drawing, figure.legend, below, kMargin, bottom);
    bottom += below.height + kMargin;
  }
  const std::string caption = figure.layout.draw_caption ? figure.caption : "";
  for (const std::string& line : wrap_text(caption, text_room, kCaptionSize)) {
    drawing.add(TextShape{kMargin, bottom + 8, line, {.size = kCaptionSize, .colour = kGrey}});
    bottom += kCaptionLine;
  }
  drawing.height = std::ceil(bottom + kMargin / 2);
  drawing.width = std::ceil(drawing.width);
  return drawing;
}

std::vector<Colour> cluster_colours(std::span<const int32_t> cluster, const Categorical& labels) {
  size_t n_clusters = 0;
  std::map<std::pair<int32_t, int32_t>, size_t> shared;  // (cluster, label) -> cells
  for (size_t i = 0; i < cluster.size(); ++i) {
    if (cluster[i] < 0) continue;
    n_clusters = std::max(n_clusters, static_cast<size_t>(cluster[i]) + 1);
    if (i < labels.codes.size() && labels.codes[i] >= 0) ++shared[{cluster[i], labels.codes[i]}];
  }
  std::vector<std::pair<std::pair<int32_t, int32_t>, size_t>> overlaps(shared.begin(), shared.end());
  std::stable_sort(overlaps.begin(), overlaps.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::vector<int64_t> chosen(n_clusters, -1);
  std::vector<uint8_t> label_used(labels.n_categories(), 0);
  for (const auto& [pair, count] : overlaps) {
    const auto [c, label] = pair;
    if (chosen[c] >= 0 || label_used[label]) continue;
    chosen[c] = label;
    label_used[label] = 1;
  }
  std::vector<Colour> colours(n_clusters);
  size_t next = labels.n_categories();
  for (size_t c = 0; c < n_clusters; ++c)
    colours[c] = group_colour(chosen[c] >= 0 ? static_cast<size_t>(chosen[c]) : next++);
  return colours;
}

}  // namespace zerocell
