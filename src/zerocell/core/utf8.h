#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace zerocell {

/// Text fit to be drawn or written on one line: bytes that are not UTF-8 become U+FFFD, control characters
/// (newline, tab, escape ...) become spaces.
std::string printable(std::string_view text);

/// Text whose bytes that are not UTF-8 are replaced by U+FFFD; everything else, newlines too, is kept.
std::string valid_utf8(std::string_view text);

/// The characters (code points) of valid UTF-8, each as the bytes that encode it.
std::vector<std::string_view> characters(std::string_view text);

/// Columns of a terminal that the text takes: 0 for combining marks, 2 for East Asian wide characters,
/// else 1.
size_t display_width(std::string_view text);

/// The text cut to at most `width` columns, the last of which is "…" where something was cut off.
std::string truncate_to_width(std::string_view text, size_t width);

/// The same with "…" in place of a part behind the middle, because long names often differ at their end.
std::string truncate_middle(std::string_view text, size_t width);

}  // namespace zerocell
