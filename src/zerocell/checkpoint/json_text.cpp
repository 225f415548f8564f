#include "zerocell/checkpoint/json_text.h"

#include <fmt/format.h>

#include <set>
#include <utility>
#include <vector>

#include "zerocell/checkpoint/stored_tensor.h"
#include "zerocell/core/error.h"
#include "zerocell/core/json_depth.h"
#include "zerocell/core/utf8.h"

namespace zerocell {
namespace {

using json = nlohmann::json;

constexpr size_t kMaxDepth = 32;

/// Passes over a text and keeps the first key that an object has twice. The parser's own callback would look
/// at all entries of an object again whenever one ends.
class KeyCheck final : public nlohmann::json_sax<json> {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override {
    open_.emplace_back();
    return true;
  }
  bool key(string_t& name) override {
    if (open_.back().insert(name).second) return true;
    twice_ = std::move(name);
    is_twice_ = true;
    return false;
  }
  bool end_object() override {
    open_.pop_back();
    return true;
  }
  bool start_array(std::size_t) override { return true; }
  bool end_array() override { return true; }
  // What is no JSON is told of by the parse that follows.
  bool parse_error(std::size_t, const std::string&, const json::exception&) override { return false; }

  bool is_twice() const { return is_twice_; }
  const std::string& twice() const { return twice_; }

 private:
  std::vector<std::set<std::string>> open_;  ///< keys of the objects that are open
  std::string twice_;
  bool is_twice_ = false;
};

}  // namespace

json parse_json(std::string_view text, const std::string& path) {
  const auto fail = [&path](const std::string& found) {
    throw Error::data({.read = path,
                       .expected = "JSON whose objects have every key once",
                       .found = found,
                       .advice = "The file is damaged or cut off; fetch it again"});
  };
  if (json_depth(text) > kMaxDepth) fail(fmt::format("more than {} levels", kMaxDepth));
  KeyCheck keys;
  json::sax_parse(text, &keys);
  if (keys.is_twice()) fail(fmt::format("'{}' twice", shown(keys.twice())));
  try {
    return json::parse(text);
  } catch (const json::exception& error) {
    fail(truncate_to_width(printable(error.what()), 200));
  }
  return {};
}

}  // namespace zerocell
