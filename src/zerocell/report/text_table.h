#pragma once
#include <string>
#include <vector>

namespace zerocell {

/// Lines of text: rows with columns as wide as their widest entry, two blanks apart and two before the first.
/// Entries must fit on one line, see printable().
std::string aligned(const std::vector<std::vector<std::string>>& rows);

}  // namespace zerocell
