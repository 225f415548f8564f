#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace zerocell {

/// Cuts a line at the delimiters. A field that begins with a double quote runs to the quote that closes it;
/// two quotes in a row inside stand for one (RFC 4180). Quotes inside a field that does not begin with one
/// are characters like others. False when a quote is never closed or something stands behind the closing
/// one; `fields` then holds what came before.
bool split_quoted(std::string_view line, std::string_view delimiters, std::vector<std::string>& fields);

}  // namespace zerocell
