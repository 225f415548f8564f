#include "zerocell/data/metadata_checksum.h"

#include <algorithm>
#include <bit>

namespace zerocell::hdf5 {
namespace {

uint32_t word(std::span<const uint8_t> bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4 && at + i < bytes.size(); ++i)
    value |= static_cast<uint32_t>(bytes[at + i]) << (8 * i);
  return value;
}

}  // namespace

uint32_t metadata_checksum(std::span<const uint8_t> bytes) {
  uint32_t a = 0xdeadbeefu + static_cast<uint32_t>(bytes.size()), b = a, c = a;
  const auto step = [](uint32_t& x, uint32_t y, uint32_t& z, uint32_t other, int shift) {
    x -= y;
    x ^= std::rotl(y, shift);
    z = y + other;
  };
  size_t at = 0;
  for (; bytes.size() - at > 12; at += 12) {
    a += word(bytes, at);
    b += word(bytes, at + 4);
    c += word(bytes, at + 8);
    step(a, c, c, b, 4);
    step(b, a, a, c, 6);
    step(c, b, b, a, 8);
    step(a, c, c, b, 16);
    step(b, a, a, c, 19);
    step(c, b, b, a, 4);
  }
  if (at == bytes.size()) return c;
  a += word(bytes, at);
  b += word(bytes, at + 4);
  c += word(bytes, at + 8);
  const auto last = [](uint32_t& x, uint32_t y, int shift) {
    x ^= y;
    x -= std::rotl(y, shift);
  };
  last(c, b, 14);
  last(a, c, 11);
  last(b, a, 25);
  last(c, b, 16);
  last(a, c, 4);
  last(b, a, 14);
  last(c, b, 24);
  return c;
}

bool ends_with_checksum(std::span<const uint8_t> bytes) {
  return bytes.size() >= 4 &&
         metadata_checksum(bytes.first(bytes.size() - 4)) == word(bytes, bytes.size() - 4);
}

}  // namespace zerocell::hdf5
