#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace zerocell {

/// JSON whose objects have no key twice (the last would win silently) and that is not nested beyond 32
/// levels. Throws Error(data) that begins with `path`.
nlohmann::json parse_json(std::string_view text, const std::string& path);

}  // namespace zerocell
