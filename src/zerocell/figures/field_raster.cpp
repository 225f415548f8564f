#include "zerocell/figures/field_raster.h"

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

constexpr size_t kPixelsPerField = 8;

}  // namespace

void paint_fields(const FieldGrid& grid, const RasterView& image) {
  if (grid.colours.size() != grid.n_rows * grid.n_columns)
    throw Error::internal("figure: a grid of fields has another number of colours");
  for (size_t y = 0; y < image.height; ++y)
    for (size_t x = 0; x < image.width; ++x) {
      const Colour colour =
          grid.colours[(y * grid.n_rows / image.height) * grid.n_columns + x * grid.n_columns / image.width];
      image.pixels[y * image.stride + x] = 0xff000000u | static_cast<uint32_t>(colour.red) << 16 |
                                           static_cast<uint32_t>(colour.green) << 8 | colour.blue;
    }
}

std::string field_grid_png(const FieldGrid& grid) {
  const size_t width = grid.n_columns * kPixelsPerField, height = grid.n_rows * kPixelsPerField;
  std::vector<uint32_t> pixels(width * height);
  const RasterView image{pixels.data(), width, height, width};
  paint_fields(grid, image);
  return encode_png(image, 1);
}

}  // namespace zerocell
