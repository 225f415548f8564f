#pragma once
#include <string>

#include "zerocell/figures/drawing.h"

namespace zerocell {

/// The drawing as an SVG document. Text stays text. Same drawing, same bytes.
std::string to_svg(const Drawing& drawing);

/// The drawing as a PNG image on white, `scale` image pixels a unit. Throws Error(internal) where Cairo
/// fails.
std::string to_png(const Drawing& drawing, double scale = 2);

/// The drawing as a one-page PDF without dates. Throws Error(internal) where Cairo fails.
std::string to_pdf(const Drawing& drawing);

}  // namespace zerocell
