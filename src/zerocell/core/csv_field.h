#pragma once
#include <string>
#include <string_view>

namespace zerocell {

/// The field as RFC 4180 writes it: in quotes where it holds a comma, a quote or a line break. Bytes that are
/// not UTF-8 become U+FFFD. A text that a spreadsheet would run as a formula (it begins with = + - @, a tab
/// or a line break, and is no number) gets an apostrophe in front, which text_of_csv_field() takes off.
std::string csv_field(std::string_view text);

/// The text that csv_field() was given, of a field without its quotes.
std::string text_of_csv_field(std::string_view field);

}  // namespace zerocell
