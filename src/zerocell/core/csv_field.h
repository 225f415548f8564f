#pragma once
#include <string>
#include <string_view>

namespace zerocell {

/// The field as RFC 4180 writes it: in quotes where it holds a comma, a quote or a line break. Bytes that are
/// not UTF-8 become U+FFFD.
std::string csv_field(std::string_view text);

}  // namespace zerocell
