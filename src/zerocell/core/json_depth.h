#pragma once
#include <cstddef>
#include <string_view>

namespace zerocell {

/// How many lists and objects stand inside each other at most, in a text in JSON, or in one that is not:
/// found before it is parsed, for deep values are printed and taken down by recursion, and a parser that is
/// asked to look at the depth on its way takes time that grows with the square of the entries.
size_t json_depth(std::string_view text);

}  // namespace zerocell
