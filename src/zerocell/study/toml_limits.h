#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace zerocell {

/// What the parser should not see: a text nested more deeply than its recursion should follow, or with
/// characters beyond ASCII in places where its behaviour is undefined.
struct TomlExcess {
  size_t line = 0;      ///< from 1; 0: the text is within the limits
  std::string message;  ///< what is wrong
};

/// Looks at a text in TOML before it is parsed: at tables inside tables, lists inside lists and the parts of
/// keys, as the parser builds a table for each part of a key and takes them down by recursion; and at
/// characters beyond ASCII where white space may stand, which TOML does not allow and toml++ 3.3 looks up in
/// a table that lacks most of them.
TomlExcess find_toml_excess(std::string_view text);

}  // namespace zerocell
