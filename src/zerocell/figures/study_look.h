#pragma once
#include "zerocell/figures/drawing.h"

namespace zerocell {

/// Tells methods apart whose colours are alike for some eyes: the first eight are solid, the next eight open,
/// the next eight solid with a white core.
enum class MarkFill { solid, open, cored };

/// How everything of one method looks in all figures of a study.
struct MethodLook {
  Colour colour = kInk;
  MarkFill fill = MarkFill::solid;
  bool operator==(const MethodLook&) const = default;
};

/// Of the method at this place of the study. No two of the first 24 are equal.
MethodLook method_look(size_t place);

/// Shapes of marks, one a data set.
enum class MarkShape { disc, square, up, diamond, down, hexagon, plus, cross, left, star };

/// Of the data set at this place of a figure; the ten shapes come back after ten data sets, in the size
/// that dataset_scale() gives.
MarkShape dataset_shape(size_t place);

/// Size of a data set's marks: 1 for the first ten, smaller for the next ten, and so on in turn.
double dataset_scale(size_t place);

struct Mark {
  MarkShape shape = MarkShape::disc;
  MethodLook look;
  double radius = 3.6;  ///< of a disc of about the same area
};

/// Draws the mark with its centre at (x, y), with a rim in a darker shade that keeps light colours visible on
/// white.
void draw_mark(Drawing& drawing, double x, double y, const Mark& mark);

/// A bar in a method's look: plain, crossed by white lines, or with a white stripe along its middle.
void draw_bar(Drawing& drawing, const Box& box, const MethodLook& look);

/// The shade for lines that belong to a mark of this colour.
Colour darker(Colour colour);

}  // namespace zerocell
