#pragma once
#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace zerocell {

using Bytes = std::span<const std::byte>;

// Every format read here is little-endian, and tensors are used as they lie in the file.
static_assert(std::endian::native == std::endian::little);

/// A number at `offset`, which the caller has checked to lie within the bytes.
template <class T>
requires std::integral<T> || std::floating_point<T> T load(Bytes bytes, size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

inline bool begins_with(Bytes bytes, std::string_view text) {
  return as_text(bytes.first(std::min(bytes.size(), text.size()))) == text;
}

}  // namespace zerocell
