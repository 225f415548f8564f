#pragma once
#include <string>

#include "zerocell/figures/drawing.h"
#include "zerocell/figures/png.h"

namespace zerocell {

/// Paints the grid over the whole image, whose sides are multiples of its numbers of rows and columns. Throws
/// Error(internal) where the colours are not n_rows x n_columns.
void paint_fields(const FieldGrid& grid, const RasterView& image);

/// The grid alone as PNG, eight pixels a field, so that viewers that smooth images keep its edges.
std::string field_grid_png(const FieldGrid& grid);

}  // namespace zerocell
