#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string_view>
#include <vector>

#include "zerocell/core/error.h"

namespace zerocell::fuzz {

/// Runs a reader. An Error about the data or the usage is as good as success; whatever else comes out is a
/// finding.
template <class Body>
void accept_errors(Body body) {
  try {
    body();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::data || error.kind() == ErrorKind::usage) return;
    std::fprintf(stderr, "error of another kind: %s\n", error.what());
    throw;
  }
}

/// The bytes of a run in a block of their own: the sanitizer sees a read behind their end.
class Input {
 public:
  Input(const uint8_t* data, size_t size) : copy_(data, data + size) {}
  std::string_view text() const { return {reinterpret_cast<const char*>(copy_.data()), copy_.size()}; }
  std::span<const std::byte> bytes() const { return std::as_bytes(std::span(copy_)); }

 private:
  std::vector<uint8_t> copy_;
};

/// The parts of a text between bytes 0x1E, which ASCII calls the record separator; `n` of them, the last ones
/// empty where the text has fewer.
inline std::vector<std::string_view> split_parts(std::string_view text, size_t n) {
  std::vector<std::string_view> parts;
  while (parts.size() + 1 < n) {
    const size_t end = text.find('\x1e');
    parts.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  parts.push_back(text);
  return parts;
}

/// The first byte of a text, which chooses among variants, taken off it; 0 where there is none.
inline uint8_t take_choice(std::string_view& text) {
  if (text.empty()) return 0;
  const auto choice = static_cast<uint8_t>(text.front());
  text.remove_prefix(1);
  return choice;
}

/// A volatile sum keeps reads alive that nothing else would need.
inline void consume(double value) {
  volatile double kept = value;
  (void)kept;
}

}  // namespace zerocell::fuzz
