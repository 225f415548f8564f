#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace zerocell {

/// Pixels as Cairo's ARGB32: one 32-bit word each, alpha highest, colours multiplied by alpha.
struct RasterView {
  uint32_t* pixels = nullptr;
  size_t width = 0, height = 0;
  size_t stride = 0;  ///< words from one row to the next
};

/// A PNG file (8 bits a channel; alpha only where a pixel is not opaque). `scale` pixels stand for one unit
/// of 1/96 inch. Same pixels, same bytes.
std::string encode_png(const RasterView& image, double scale);

/// RFC 4648
std::string encode_base64(std::string_view bytes);

}  // namespace zerocell
