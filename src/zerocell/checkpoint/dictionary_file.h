#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace zerocell {

/// Value of an entry of a dictionary file.
using DictionaryValue = std::variant<int64_t, double, std::string>;

/// A dictionary from strings to numbers or strings, in the order of the file. Keys are unique.
struct Dictionary {
  std::string path;
  std::vector<std::pair<std::string, DictionaryValue>> entries;
};

/// Reads a flat dictionary from a Python pickle (protocols 2 to 5, numpy scalars allowed, no code executed)
/// or a JSON object, told apart by content. Throws Error(data) for anything else, a repeated key (JSON), a
/// key that is no string or a value that is neither number nor string.
Dictionary read_dictionary(const std::string& path);

/// Writes a dictionary as a Python pickle (protocol 2), atomically.
void write_dictionary(const std::string& path, const Dictionary& dictionary);

}  // namespace zerocell
