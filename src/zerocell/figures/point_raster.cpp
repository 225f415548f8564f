#include "zerocell/figures/point_raster.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace zerocell {
namespace {

constexpr int kSubpixels = 4;  ///< positions are rounded to a quarter of a pixel

/// Coverage (0..255, times opacity) of a disc whose centre is at one of the subpixel offsets.
class DiscMasks {
 public:
  DiscMasks(double radius, double opacity) : reach_(static_cast<int>(std::ceil(radius + 1))) {
    const int side = this->side();
    for (int offset_y = 0; offset_y < kSubpixels; ++offset_y)
      for (int offset_x = 0; offset_x < kSubpixels; ++offset_x)
        for (int y = 0; y < side; ++y)
          for (int x = 0; x < side; ++x) {
            const double dx = x + 0.5 - reach_ - (offset_x + 0.5) / kSubpixels;
            const double dy = y + 0.5 - reach_ - (offset_y + 0.5) / kSubpixels;
            const double coverage = std::clamp(radius + 0.5 - std::hypot(dx, dy), 0.0, 1.0);
            values_.push_back(static_cast<uint8_t>(std::lround(255 * coverage * opacity)));
          }
  }
  int reach() const { return reach_; }
  int side() const { return 2 * reach_ + 1; }
  const uint8_t* mask(int offset_x, int offset_y) const {
    return values_.data() + static_cast<size_t>(offset_y * kSubpixels + offset_x) * side() * side();
  }

 private:
  int reach_;
  std::vector<uint8_t> values_;
};

uint32_t divided_by_255(uint32_t x) {
  return (x + 128 + ((x + 128) >> 8)) >> 8;
}

/// `colour` with the coverage given, over a pixel multiplied by alpha.
uint32_t blended(uint32_t pixel, Colour colour, uint32_t coverage) {
  const std::array<uint32_t, 4> source = {colour.blue, colour.green, colour.red, 255};
  uint32_t out = 0;
  for (int channel = 0; channel < 4; ++channel) {
    const uint32_t below = (pixel >> (8 * channel)) & 0xFF;
    out |= divided_by_255(source[channel] * coverage + below * (255 - coverage)) << (8 * channel);
  }
  return out;
}

struct PixelBounds {
  long left, top, right, bottom;
};

}  // namespace

void paint_points(const PointCloud& cloud, double origin_x, double origin_y, double scale,
                  const RasterView& image) {
  const DiscMasks masks(cloud.radius * scale, cloud.opacity);
  const auto inside = [](double value, size_t limit) {
    return std::clamp<long>(std::lround(value), 0, static_cast<long>(limit));
  };
  const PixelBounds bounds = {inside((cloud.box.x - origin_x) * scale, image.width),
                              inside((cloud.box.y - origin_y) * scale, image.height),
                              inside((cloud.box.right() - origin_x) * scale, image.width),
                              inside((cloud.box.bottom() - origin_y) * scale, image.height)};
  const int side = masks.side();
  for (size_t i = 0; i < cloud.x.size(); ++i) {
    const double x = (cloud.x[i] - origin_x) * scale, y = (cloud.y[i] - origin_y) * scale;
    if (!(std::abs(x) < 1e6 && std::abs(y) < 1e6)) continue;  // NaN too
    const double floor_x = std::floor(x), floor_y = std::floor(y);
    const uint8_t* mask = masks.mask(static_cast<int>((x - floor_x) * kSubpixels),
                                     static_cast<int>((y - floor_y) * kSubpixels));
    const long left = static_cast<long>(floor_x) - masks.reach(),
               top = static_cast<long>(floor_y) - masks.reach();
    const long x_end = std::min<long>(left + side, bounds.right),
               y_end = std::min<long>(top + side, bounds.bottom);
    const Colour colour = cloud.colours[cloud.group[i]];
    for (long row = std::max(top, bounds.top); row < y_end; ++row)
      for (long column = std::max(left, bounds.left); column < x_end; ++column) {
        const uint32_t coverage = mask[(row - top) * side + (column - left)];
        if (coverage == 0) continue;
        uint32_t& pixel = image.pixels[static_cast<size_t>(row) * image.stride + static_cast<size_t>(column)];
        pixel = blended(pixel, colour, coverage);
      }
  }
}

std::string points_png(const PointCloud& cloud, double scale) {
  const auto width = static_cast<size_t>(std::ceil(cloud.box.width * scale));
  const auto height = static_cast<size_t>(std::ceil(cloud.box.height * scale));
  std::vector<uint32_t> pixels(width * height, 0);
  const RasterView image{pixels.data(), width, height, width};
  paint_points(cloud, cloud.box.x, cloud.box.y, scale, image);
  return encode_png(image, scale);
}

}  // namespace zerocell
