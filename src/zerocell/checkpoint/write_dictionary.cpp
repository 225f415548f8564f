#include <bit>
#include <cstdint>

#include "zerocell/checkpoint/dictionary_file.h"
#include "zerocell/core/atomic_file.h"
#include "zerocell/core/error.h"

namespace zerocell {
namespace {

// Opcodes of Python's pickle protocol 2 (docs.python.org/3/library/pickletools.html).
constexpr std::string_view kStart = "\x80\x02}";
constexpr char kMark = '(', kSetItems = 'u', kStop = '.';
constexpr char kText = 'X', kInt32 = 'J', kLong = '\x8a', kFloat = 'G';

void append_little_endian(std::string& out, uint64_t value, int n_bytes) {
  for (int i = 0; i < n_bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
}

void append_text(std::string& out, const std::string& text) {
  out += kText;
  append_little_endian(out, text.size(), 4);
  out += text;
}

void append_value(std::string& out, const DictionaryValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    append_text(out, *text);
  } else if (const auto* number = std::get_if<double>(&value)) {
    out += kFloat;
    const auto bits = std::bit_cast<uint64_t>(*number);
    for (int i = 7; i >= 0; --i) out += static_cast<char>(bits >> (8 * i) & 0xff);
  } else {
    const auto integer = std::get<int64_t>(value);
    const bool is_short = integer >= INT32_MIN && integer <= INT32_MAX;
    out += is_short ? kInt32 : kLong;
    if (!is_short) out += static_cast<char>(8);
    append_little_endian(out, static_cast<uint64_t>(integer), is_short ? 4 : 8);
  }
}

}  // namespace

void write_dictionary(const std::string& path, const Dictionary& dictionary) {
  std::string bytes(kStart);
  bytes += kMark;
  for (const auto& [key, value] : dictionary.entries) {
    if (key.size() > UINT32_MAX) throw Error::internal("a dictionary's key is too long");
    append_text(bytes, key);
    append_value(bytes, value);
  }
  bytes += kSetItems;
  bytes += kStop;
  write_text_file(path, bytes);
}

}  // namespace zerocell
