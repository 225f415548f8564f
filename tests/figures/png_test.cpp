#include "zerocell/figures/png.h"

#include <gtest/gtest.h>
#include <libdeflate.h>

#include <map>
#include <stdexcept>

namespace zerocell {
namespace {

uint32_t u32(const std::string& bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<uint8_t>(bytes.at(at + i));
  return value;
}

/// Chunks by type; fails where a checksum is wrong.
std::map<std::string, std::string> chunks(const std::string& png) {
  EXPECT_EQ(png.substr(0, 8), "\x89PNG\r\n\x1a\n");
  std::map<std::string, std::string> out;
  for (size_t at = 8; at < png.size();) {
    const size_t length = u32(png, at);
    EXPECT_EQ(u32(png, at + 8 + length), libdeflate_crc32(0, png.data() + at + 4, length + 4));
    out[png.substr(at + 4, 4)] = png.substr(at + 8, length);
    at += length + 12;
  }
  return out;
}

std::string inflated(const std::string& data, size_t size) {
  std::string out(size, '\0');
  libdeflate_decompressor* decompressor = libdeflate_alloc_decompressor();
  size_t actual = 0;
  const auto result =
      libdeflate_zlib_decompress(decompressor, data.data(), data.size(), out.data(), out.size(), &actual);
  libdeflate_free_decompressor(decompressor);
  if (result != LIBDEFLATE_SUCCESS || actual != size) throw std::runtime_error("bad zlib data");
  return out;
}

TEST(Png, OpaquePixelsBecomeRgb) {
  std::vector<uint32_t> pixels = {0xFF010203, 0xFF0A0B0C, 0xFFFFFFFF, 0xFF000000};
  const auto parts = chunks(encode_png({pixels.data(), 2, 2, 2}, 2));
  EXPECT_EQ(u32(parts.at("IHDR"), 0), 2u);
  EXPECT_EQ(u32(parts.at("IHDR"), 4), 2u);
  EXPECT_EQ(parts.at("IHDR").substr(8), std::string("\x08\x02\0\0\0", 5));
  EXPECT_EQ(u32(parts.at("pHYs"), 0), 7559u);  // 192 dots an inch
  EXPECT_EQ(inflated(parts.at("IDAT"), 14), std::string("\0\1\2\3\x0A\x0B\x0C\0\xFF\xFF\xFF\0\0\0", 14));
}

TEST(Png, TransparentPixelsAreDividedByAlpha) {
  std::vector<uint32_t> pixels = {0x80804000, 0x00000000, 0xDEADBEEF};
  const auto parts = chunks(encode_png({pixels.data(), 2, 1, 3}, 1));
  EXPECT_EQ(parts.at("IHDR").substr(8), std::string("\x08\x06\0\0\0", 5));
  EXPECT_EQ(inflated(parts.at("IDAT"), 9), std::string("\0\xFF\x80\0\x80\0\0\0\0", 9));
}

TEST(Base64, VectorsOfRfc4648) {
  EXPECT_EQ(encode_base64(""), "");
  EXPECT_EQ(encode_base64("f"), "Zg==");
  EXPECT_EQ(encode_base64("fo"), "Zm8=");
  EXPECT_EQ(encode_base64("foo"), "Zm9v");
  EXPECT_EQ(encode_base64("foob"), "Zm9vYg==");
  EXPECT_EQ(encode_base64("fooba"), "Zm9vYmE=");
  EXPECT_EQ(encode_base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(encode_base64("\xFF\xFE"), "//4=");
}

}  // namespace
}  // namespace zerocell
