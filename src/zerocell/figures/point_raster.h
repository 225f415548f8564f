#pragma once
#include "zerocell/figures/drawing.h"
#include "zerocell/figures/png.h"

namespace zerocell {

/// Paints a cloud into an image whose upper left corner is (origin_x, origin_y) of the drawing, `scale`
/// pixels a unit: each point is an antialiased disc laid over what is there. Points with coordinates that are
/// not finite are left out.
void paint_points(const PointCloud& cloud, double origin_x, double origin_y, double scale,
                  const RasterView& image);

/// The cloud alone on a transparent image of its box, as PNG.
std::string points_png(const PointCloud& cloud, double scale);

}  // namespace zerocell
