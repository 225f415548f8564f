#include "zerocell/checkpoint/utf32.h"

#include "zerocell/checkpoint/byte_reader.h"

namespace zerocell {
namespace {

void append_character(std::string& text, uint32_t c) {
  const auto tail = [&](int shift) { text += static_cast<char>(0x80 | (c >> shift & 0x3F)); };
  if (c < 0x80) {
    text += static_cast<char>(c);
  } else if (c < 0x800) {
    text += static_cast<char>(0xC0 | c >> 6);
    tail(0);
  } else if (c < 0x10000) {
    text += static_cast<char>(0xE0 | c >> 12);
    tail(6), tail(0);
  } else {
    text += static_cast<char>(0xF0 | c >> 18);
    tail(12), tail(6), tail(0);
  }
}

}  // namespace

std::optional<std::string> text_of_utf32(std::string_view bytes, bool big_endian) {
  const Bytes all = as_bytes(bytes);
  std::string text;
  for (size_t at = 0; at + 4 <= all.size(); at += 4) {
    auto c = load<uint32_t>(all, at);
    if (big_endian) c = __builtin_bswap32(c);
    if (c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) return std::nullopt;
    append_character(text, c);
  }
  text.erase(text.find_last_not_of('\0') + 1);
  return text;
}

}  // namespace zerocell
