#include "zerocell/models/json_config.h"

#include <fmt/format.h>

#include <span>
#include <utility>

#include "zerocell/checkpoint/wrong_file.h"
#include "zerocell/core/error.h"
#include "zerocell/core/json_depth.h"
#include "zerocell/core/utf8.h"
#include "zerocell/data/byte_source.h"

namespace zerocell {
namespace {

using Json = nlohmann::json;

constexpr uint64_t kMaxBytes = uint64_t{1} << 20;
constexpr size_t kMaxDepth = 32;
constexpr size_t kShownWidth = 60;

}  // namespace

JsonConfig JsonConfig::read(const std::string& path, const std::string& name) {
  const ByteSource source = open_bytes(path, kMaxBytes);
  if (source.size > kMaxBytes)
    throw Error::data({path, fmt::format("a {} of at most 1 MiB", name), fmt::format("{} bytes", source.size),
                       fmt::format("check that this is the {} that belongs to the weights", name)});
  const std::string text = read_rest(source);
  if (!text.empty()) refuse_download_remains(std::as_bytes(std::span(text)), path);
  return JsonConfig(text, path, name);
}

JsonConfig::JsonConfig(std::string_view text, const std::string& path, const std::string& name)
    : path_(path), name_(name) {
  // Deeper values would be printed, in a message, by recursion.
  if (json_depth(text) > kMaxDepth)
    fail("a JSON object", fmt::format("one of more than {} levels", kMaxDepth));
  object_ = Json::parse(text, nullptr, false);
  if (!object_.is_object()) fail("a JSON object", object_.is_discarded() ? "no JSON" : "another JSON value");
}

bool JsonConfig::has(const char* key) const {
  const auto found = object_.find(key);
  return found != object_.end() && !found->is_null();
}

bool JsonConfig::filled(const char* key) const {
  return has(key) && object_[key] != Json(false) && !(object_[key].is_structured() && object_[key].empty()) &&
         object_[key] != Json("");
}

size_t JsonConfig::size(const char* key, size_t most) const {
  if (!has(key)) fail(fmt::format("the entry {}", key), "none");
  return static_cast<size_t>(integer(key, 0, 1, static_cast<int64_t>(most)));
}

size_t JsonConfig::size_or(const char* key, size_t fallback) const {
  return has(key) ? size(key) : fallback;
}

int64_t JsonConfig::integer(const char* key, int64_t fallback, int64_t low, int64_t high) const {
  if (!has(key)) return fallback;
  const Json& value = object_[key];
  // Integers above 2^63 are unsigned ones in the parser.
  const bool fits = value.is_number_integer() &&
                    (!value.is_number_unsigned() || std::in_range<int64_t>(value.get<uint64_t>()));
  if (!fits || value.get<int64_t>() < low || value.get<int64_t>() > high)
    fail_value(fmt::format("{} between {} and {}", key, low, high), key);
  return value.get<int64_t>();
}

std::string JsonConfig::text(const char* key, const std::string& fallback) const {
  if (!has(key)) return fallback;
  if (!object_[key].is_string()) fail_value(fmt::format("a text as {}", key), key);
  return object_[key].get<std::string>();
}

float JsonConfig::epsilon(const char* key, float fallback) const {
  if (!has(key)) return fallback;
  const Json& value = object_[key];
  const double eps = value.is_number() ? value.get<double>() : -1.0;
  if (!(eps > 0.0 && eps < 1.0) || static_cast<float>(eps) == 0.0f)
    fail_value(fmt::format("{} between 0 and 1", key), key);
  return static_cast<float>(eps);
}

bool JsonConfig::boolean(const char* key, bool fallback) const {
  if (!has(key)) return fallback;
  if (!object_[key].is_boolean()) fail_value(fmt::format("true or false as {}", key), key);
  return object_[key].get<bool>();
}

void JsonConfig::require_text(const char* key, const char* only) const {
  if (text(key, only) != only) unsupported(fmt::format("{} {}", key, only), shown_value(key));
}

void JsonConfig::fail(const std::string& expected, const std::string& found) const {
  throw Error::data(
      {path_, expected, found, fmt::format("check that this is the {} that belongs to the weights", name_)});
}

void JsonConfig::unsupported(const std::string& expected, const std::string& found) const {
  throw Error::data(
      {path_, expected, found,
       fmt::format("models of another kind are not computed here: take one as expected, or the right {} "
                   "where this one is another model's",
                   name_)});
}

std::string JsonConfig::shown_value(const char* key) const {
  return truncate_to_width(object_[key].dump(-1, ' ', true, Json::error_handler_t::replace), kShownWidth);
}

void JsonConfig::fail_value(const std::string& expected, const char* key) const {
  fail(expected, shown_value(key));
}

}  // namespace zerocell
