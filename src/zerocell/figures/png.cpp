#include "zerocell/figures/png.h"

#include <libdeflate.h>

#include <array>
#include <cmath>
#include <memory>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

constexpr int kCompressionLevel = 5;

void append_u32(std::string& out, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
}

void append_chunk(std::string& out, std::string_view type, std::string_view data) {
  append_u32(out, static_cast<uint32_t>(data.size()));
  const size_t begin = out.size();
  out += type;
  out += data;
  append_u32(out, libdeflate_crc32(0, out.data() + begin, out.size() - begin));
}

bool is_opaque(const RasterView& image) {
  for (size_t y = 0; y < image.height; ++y)
    for (size_t x = 0; x < image.width; ++x)
      if (image.pixels[y * image.stride + x] >> 24 != 0xFF) return false;
  return true;
}

/// Rows of RGB or RGBA, each after its filter byte: 0, none, which suits flat areas and costs nothing.
std::string scanlines(const RasterView& image, bool opaque) {
  const size_t channels = opaque ? 3 : 4;
  std::string out((image.width * channels + 1) * image.height, '\0');
  char* p = out.data();
  for (size_t y = 0; y < image.height; ++y) {
    *p++ = 0;
    for (size_t x = 0; x < image.width; ++x) {
      const uint32_t pixel = image.pixels[y * image.stride + x];
      const uint32_t alpha = pixel >> 24;
      for (int shift = 16; shift >= 0; shift -= 8) {
        const uint32_t channel = (pixel >> shift) & 0xFF;
        // PNG keeps colours not multiplied by alpha.
        *p++ = static_cast<char>(alpha == 0xFF || alpha == 0 ? channel : (channel * 255 + alpha / 2) / alpha);
      }
      if (!opaque) *p++ = static_cast<char>(alpha);
    }
  }
  return out;
}

std::string zlib_compressed(const std::string& data) {
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(
      libdeflate_alloc_compressor(kCompressionLevel), libdeflate_free_compressor);
  if (!compressor) throw Error::internal("figure: no memory to compress an image");
  std::string out(libdeflate_zlib_compress_bound(compressor.get(), data.size()), '\0');
  out.resize(libdeflate_zlib_compress(compressor.get(), data.data(), data.size(), out.data(), out.size()));
  if (out.empty()) throw Error::internal("figure: an image could not be compressed");
  return out;
}

}  // namespace

std::string encode_png(const RasterView& image, double scale) {
  const bool opaque = is_opaque(image);
  std::string out = "\x89PNG\r\n\x1a\n";
  std::string header;
  append_u32(header, static_cast<uint32_t>(image.width));
  append_u32(header, static_cast<uint32_t>(image.height));
  header += {'\x08', opaque ? '\x02' : '\x06', '\0', '\0', '\0'};
  append_chunk(out, "IHDR", header);
  std::string density;
  const auto pixels_per_metre = static_cast<uint32_t>(std::lround(96 * scale / 0.0254));
  append_u32(density, pixels_per_metre);
  append_u32(density, pixels_per_metre);
  density += '\x01';
  append_chunk(out, "pHYs", density);
  append_chunk(out, "IDAT", zlib_compressed(scanlines(image, opaque)));
  append_chunk(out, "IEND", "");
  return out;
}

std::string encode_base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t triple = 0;
    for (size_t j = 0; j < 3; ++j)
      triple = triple << 8 | (i + j < bytes.size() ? static_cast<uint8_t>(bytes[i + j]) : 0u);
    for (size_t j = 0; j < 4; ++j)
      out += i + j <= bytes.size() ? kDigits[(triple >> (18 - 6 * j)) & 63] : '=';
  }
  return out;
}

}  // namespace zerocell
