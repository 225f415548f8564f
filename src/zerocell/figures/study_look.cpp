#include "zerocell/figures/study_look.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace zerocell {
namespace {

constexpr size_t kPerFill = 8, kFills = 3, kShapes = 10;

using Corners = std::vector<std::pair<double, double>>;

/// n corners on a circle, the first at `turn` of a full turn from straight up.
Corners regular(size_t n, double radius, double turn) {
  Corners corners;
  for (size_t i = 0; i < n; ++i) {
    const double angle = 2 * std::numbers::pi * (turn + static_cast<double>(i) / static_cast<double>(n)) -
                         std::numbers::pi / 2;
    corners.emplace_back(radius * std::cos(angle), radius * std::sin(angle));
  }
  return corners;
}

Corners star(double radius) {
  Corners corners = regular(10, radius, 0);
  for (size_t i = 1; i < corners.size(); i += 2) {
    corners[i].first *= 0.45;
    corners[i].second *= 0.45;
  }
  return corners;
}

/// A plus whose arms are `arm` long and twice `half` wide.
Corners plus(double arm, double half) {
  return {{-half, -arm}, {half, -arm}, {half, -half}, {arm, -half}, {arm, half},   {half, half},
          {half, arm},   {-half, arm}, {-half, half}, {-arm, half}, {-arm, -half}, {-half, -half}};
}

Corners turned(Corners corners, double turn) {
  const double c = std::cos(2 * std::numbers::pi * turn), s = std::sin(2 * std::numbers::pi * turn);
  for (auto& [x, y] : corners) {
    const double old_x = x;
    x = c * old_x - s * y;
    y = s * old_x + c * y;
  }
  return corners;
}

/// Corners about (0, 0), with an area near that of a disc of radius r.
Corners corners_of(MarkShape shape, double r) {
  switch (shape) {
    case MarkShape::square:
      return regular(4, r * 1.25, 0.125);
    case MarkShape::up:
      return regular(3, r * 1.42, 0);
    case MarkShape::diamond:
      return regular(4, r * 1.36, 0);
    case MarkShape::down:
      return regular(3, r * 1.42, 0.5);
    case MarkShape::hexagon:
      return regular(6, r * 1.2, 0);
    case MarkShape::plus:
      return plus(r * 1.3, r * 0.5);
    case MarkShape::cross:
      return turned(plus(r * 1.35, r * 0.48), 0.125);
    case MarkShape::left:
      return regular(3, r * 1.42, 0.75);
    case MarkShape::star:
      return star(r * 1.6);
    case MarkShape::disc:
      break;
  }
  return regular(24, r, 0);
}

}  // namespace

double dataset_scale(size_t place) {
  constexpr double kSmall = 0.66;
  return (place / kShapes) % 2 == 0 ? 1 : kSmall;
}

Colour darker(Colour colour) {
  return mix(colour, Colour{0, 0, 0}, 0.3);
}

MethodLook method_look(size_t place) {
  return {method_colour(place), static_cast<MarkFill>((place / kPerFill) % kFills)};
}

MarkShape dataset_shape(size_t place) {
  return static_cast<MarkShape>(place % kShapes);
}

void draw_mark(Drawing& drawing, double x, double y, const Mark& mark) {
  Corners corners = corners_of(mark.shape, mark.radius);
  for (auto& [corner_x, corner_y] : corners) corner_x += x, corner_y += y;
  const bool open = mark.look.fill == MarkFill::open;
  drawing.add(PolygonShape{std::move(corners), open ? kPaper : mark.look.colour, darker(mark.look.colour),
                           open ? 1.4 : 0.8});
  if (mark.look.fill == MarkFill::cored)
    drawing.add(DiscShape{x, y, mark.radius * 0.36, kPaper, std::nullopt, 1});
}

void draw_bar(Drawing& drawing, const Box& box, const MethodLook& look) {
  drawing.add(BoxShape{box, look.colour, std::nullopt});
  if (look.fill == MarkFill::open)
    for (double y = box.bottom() - 4; y > box.y + 1; y -= 4)
      drawing.add(LineShape{box.x, y, box.right(), y, 1.3, kPaper});
  if (look.fill == MarkFill::cored) {
    const double width = std::min(3.0, box.width / 3);
    drawing.add(BoxShape{{box.x + (box.width - width) / 2, box.y, width, box.height}, kPaper, std::nullopt});
  }
}

}  // namespace zerocell
