#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

namespace zerocell {

/// RFC 4648, section 4, with padding.
std::string base64(std::string_view bytes);

/// Group codes of the rows listed in one or two bytes each (four above 65,535 groups); the largest number
/// of that width stands for negative codes.
nlohmann::ordered_json packed_codes(std::span<const int32_t> codes, std::span<const uint32_t> rows);

/// Values in two bytes each, as 65,535 even steps between the smallest and the largest: a thousandth of a
/// pixel in a plot. Values that are not finite are missing.
nlohmann::ordered_json packed_coordinates(std::span<const float> values);

/// Values in [-1, 1] in steps of 1 / 32767; NaN is missing.
nlohmann::ordered_json packed_silhouettes(std::span<const float> values, std::span<const uint32_t> rows);

}  // namespace zerocell
