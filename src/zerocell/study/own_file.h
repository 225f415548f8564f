#pragma once
#include <string>
#include <string_view>

namespace zerocell {

/// True for a file that zerocell wrote by the looks of it: an .h5ad with zerocell's entries in uns, a table
/// of training, a list of cell hashes, a STUDY.toml as `study init` wrote it. --force overwrites no other
/// file.
bool is_own_file(const std::string& path);

/// The text with a last line that holds its hash, by which a file is known that nobody changed.
std::string with_hash_line(const std::string& text);
bool has_true_hash_line(std::string_view text);

}  // namespace zerocell
