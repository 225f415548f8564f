#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "zerocell/figures/palette.h"

namespace zerocell {

/// x to the right, y down, in CSS pixels (1/96 inch).
struct Box {
  double x = 0, y = 0, width = 0, height = 0;
  double right() const { return x + width; }
  double bottom() const { return y + height; }
};

struct LineShape {
  double x1 = 0, y1 = 0, x2 = 0, y2 = 0;
  double width = 1;
  Colour colour = kInk;
  double dash = 0;  ///< length of strokes and of the gaps between them; 0: a solid line
};

struct BoxShape {
  Box box;
  std::optional<Colour> fill;
  std::optional<Colour> stroke;
};

struct DiscShape {
  double x = 0, y = 0, radius = 1;
  Colour fill = kInk;
  std::optional<Colour> stroke;
  double stroke_width = 1;
};

/// A closed shape of straight sides: markers, violins.
struct PolygonShape {
  std::vector<std::pair<double, double>> corners;  ///< (x, y)
  std::optional<Colour> fill;
  std::optional<Colour> stroke;
  double stroke_width = 1;
};

enum class Anchor { start, middle, end };

struct TextStyle {
  double size = 10;
  Colour colour = kInk;
  bool bold = false;
  Anchor anchor = Anchor::start;
  bool halo = false;    ///< a white rim, for text that lies on data
  bool upward = false;  ///< turned to read from below upwards, about its anchor
};

struct TextShape {
  double x = 0, y = 0;  ///< anchor on the baseline
  std::string text;     ///< one line of valid UTF-8 without control characters, see printable()
  TextStyle style;
};

/// Many round points in drawing order, the last on top.
struct PointCloud {
  Box box;                      ///< points lie inside; what reaches over it is cut off
  std::vector<float> x, y;      ///< (N) in the drawing's units
  std::vector<uint32_t> group;  ///< (N) index of colours
  std::vector<Colour> colours;
  double radius = 1, opacity = 1;
  bool rasterise = false;  ///< vector formats embed an image instead of N points
};

/// A box filled with a grid of coloured fields, without seams between them.
struct FieldGrid {
  Box box;
  size_t n_rows = 0, n_columns = 0;
  std::vector<Colour> colours;  ///< (n_rows, n_columns), first row on top
};

using Shape = std::variant<LineShape, BoxShape, DiscShape, PolygonShape, TextShape, PointCloud, FieldGrid>;

/// A figure as a list of shapes, first at the bottom: what every output format is made from.
struct Drawing {
  double width = 0, height = 0;
  std::string title, description;  ///< for screen readers and file managers; not drawn
  std::vector<Shape> shapes;

  template <class S>
  void add(S shape) {
    shapes.emplace_back(std::move(shape));
  }
};

}  // namespace zerocell
