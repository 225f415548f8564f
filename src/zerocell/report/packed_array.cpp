#include "zerocell/report/packed_array.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace zerocell {
namespace {

using Json = nlohmann::ordered_json;

/// Little-endian bytes of `n` stored numbers, the i-th of which is `stored(i)`.
template <class T, class Stored>
Json packed(const char* type, size_t n, Stored&& stored) {
  using Bits = std::make_unsigned_t<T>;
  std::string bytes;
  bytes.reserve(n * sizeof(T));
  for (size_t i = 0; i < n; ++i) {
    const auto bits = static_cast<Bits>(static_cast<T>(stored(i)));
    for (size_t b = 0; b < sizeof(T); ++b) bytes += static_cast<char>((bits >> (8 * b)) & 0xff);
  }
  return {{"type", type}, {"data", base64(bytes)}};
}

template <class T>
Json packed_codes_as(const char* type, std::span<const int32_t> codes, std::span<const uint32_t> rows) {
  constexpr T kMissing = std::numeric_limits<T>::max();
  Json json = packed<T>(type, rows.size(), [&](size_t i) {
    const int32_t code = codes[rows[i]];
    return code < 0 ? kMissing : static_cast<T>(code);
  });
  json["missing"] = kMissing;
  return json;
}

}  // namespace

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t n = std::min<size_t>(3, bytes.size() - i);
    uint32_t bits = 0;
    for (size_t b = 0; b < 3; ++b) bits = bits << 8 | (b < n ? static_cast<uint8_t>(bytes[i + b]) : 0u);
    for (size_t d = 0; d < 4; ++d) text += d <= n ? kDigits[(bits >> (18 - 6 * d)) & 63] : '=';
  }
  return text;
}

Json packed_codes(std::span<const int32_t> codes, std::span<const uint32_t> rows) {
  const int32_t largest = codes.empty() ? -1 : *std::max_element(codes.begin(), codes.end());
  if (largest < 255) return packed_codes_as<uint8_t>("u8", codes, rows);
  if (largest < 65535) return packed_codes_as<uint16_t>("u16", codes, rows);
  return packed_codes_as<uint32_t>("u32", codes, rows);
}

Json packed_coordinates(std::span<const float> values) {
  constexpr uint16_t kMissing = 65535;
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const float value : values) {
    if (!std::isfinite(value)) continue;
    low = std::min<double>(low, value);
    high = std::max<double>(high, value);
  }
  const double scale = high > low ? (high - low) / 65534 : 1.0;
  Json json = packed<uint16_t>("u16", values.size(), [&](size_t i) {
    return std::isfinite(values[i]) ? static_cast<uint16_t>(std::lround((values[i] - low) / scale))
                                    : kMissing;
  });
  json["scale"] = scale;
  json["offset"] = low <= high ? low : 0.0;
  json["missing"] = kMissing;
  return json;
}

Json packed_silhouettes(std::span<const float> values, std::span<const uint32_t> rows) {
  constexpr int16_t kMissing = -32768;
  Json json = packed<int16_t>("i16", rows.size(), [&](size_t i) {
    const float value = values[rows[i]];
    if (std::isnan(value)) return kMissing;
    return static_cast<int16_t>(std::lround(std::clamp(value, -1.0f, 1.0f) * 32767));
  });
  json["scale"] = 1.0 / 32767;
  json["missing"] = kMissing;
  return json;
}

}  // namespace zerocell
