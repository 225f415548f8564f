#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace zerocell {

/// The text of numpy's fixed-width type U: four bytes a character, filled up with zeros. Nothing where a
/// character does not exist; bytes beyond the last whole character are left.
std::optional<std::string> text_of_utf32(std::string_view bytes, bool big_endian);

}  // namespace zerocell
