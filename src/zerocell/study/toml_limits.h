#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace zerocell {

/// A text that is nested more deeply than the parser's recursion should follow.
struct TomlExcess {
  size_t line = 0;      ///< from 1; 0: the text is within the limits
  std::string message;  ///< what is too much
};

/// Looks at a text in TOML before it is parsed: tables inside tables, lists inside lists and the parts of
/// keys. The parser builds a table for each part of a key and takes them down by recursion.
TomlExcess find_toml_excess(std::string_view text);

}  // namespace zerocell
