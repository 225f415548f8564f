#include "zerocell/checkpoint/json_text.h"

#include <fmt/format.h>

#include <set>
#include <vector>

#include "zerocell/checkpoint/stored_tensor.h"
#include "zerocell/core/error.h"
#include "zerocell/core/utf8.h"

namespace zerocell {
namespace {

constexpr int kMaxDepth = 32;

}  // namespace

nlohmann::json parse_json(std::string_view text, const std::string& path) {
  using json = nlohmann::json;
  const auto fail = [&path](const std::string& found) {
    throw Error::data({.read = path,
                       .expected = "JSON whose objects have every key once",
                       .found = found,
                       .advice = "The file is damaged or cut off; fetch it again"});
  };
  std::vector<std::set<std::string>> keys;  // of the objects that are open
  const auto check = [&](int depth, json::parse_event_t event, json& parsed) {
    if (depth > kMaxDepth) fail(fmt::format("more than {} levels", kMaxDepth));
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end) keys.pop_back();
    if (event == json::parse_event_t::key && !keys.back().insert(parsed.get_ref<const std::string&>()).second)
      fail(fmt::format("'{}' twice", shown(parsed.get_ref<const std::string&>())));
    return true;
  };
  try {
    return json::parse(text, check);
  } catch (const json::exception& error) {
    fail(truncate_to_width(printable(error.what()), 200));
  }
  return {};
}

}  // namespace zerocell
