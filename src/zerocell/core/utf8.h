#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace zerocell {

/// Text fit to be drawn or written on one line: bytes that are not UTF-8, characters that XML forbids and
/// marks that turn the direction of text or are not seen become U+FFFD, control characters (newline, tab,
/// escape ...) become spaces.
std::string printable(std::string_view text);

/// Text fit for a terminal: control characters but newline, marks that turn the direction of text or are not
/// seen, and bytes that are not UTF-8 stand as escapes: \u001b, \u202e, \xff. A JSON document stays one, and
/// the same.
std::string terminal_text(std::string_view text);

/// A message for a terminal: the same, newlines too unless the next line is indented or empty, so that a name
/// cannot look like a message of its own. Of more than 40 lines the rest is counted; of a line of more than
/// 1,500 bytes the middle is left out.
std::string terminal_message(std::string_view text);

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
