#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "zerocell/checkpoint/dictionary_file.h"

namespace zerocell {

/// read_dictionary on the bytes of a file; `path` is for messages.
Dictionary parse_dictionary(std::span<const std::byte> bytes, const std::string& path);

/// The same for a JSON object.
Dictionary parse_json_dictionary(std::string_view text, const std::string& path);

}  // namespace zerocell
