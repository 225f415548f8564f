#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <unordered_set>

#include "zerocell/checkpoint/dictionary_parser.h"
#include "zerocell/checkpoint/stored_tensor.h"
#include "zerocell/core/error.h"
#include "zerocell/core/utf8.h"

namespace zerocell {
namespace {

using nlohmann::json;

/// Takes the entries of a flat object in their order as the parser meets them (nlohmann's SAX interface).
class EntryTaker : public json::json_sax_t {
 public:
  explicit EntryTaker(const std::string& path) : path_(path) { dictionary_.path = path; }
  Dictionary take() { return std::move(dictionary_); }

  bool null() override { refuse("null"); }
  bool boolean(bool) override { refuse("a truth value"); }
  bool number_integer(number_integer_t value) override { return add(static_cast<int64_t>(value)); }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<uint64_t>(INT64_MAX)) refuse("an integer beyond 64 bits");
    return add(static_cast<int64_t>(value));
  }
  bool number_float(number_float_t value, const string_t&) override { return add(value); }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t&) override { refuse("bytes"); }
  bool start_object(std::size_t) override {
    if (is_open_) refuse("an object");
    is_open_ = true;
    return true;
  }
  bool key(string_t& name) override {
    if (!keys_.insert(name).second) fail(fmt::format("the key '{}' twice", shown(name)));
    key_ = std::move(name);
    return true;
  }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { refuse("a list"); }
  bool end_array() override { return true; }
  bool parse_error(std::size_t, const std::string&, const json::exception& error) override {
    fail(truncate_to_width(printable(error.what()), 200));
  }

 private:
  [[noreturn]] void fail(const std::string& found) const {
    throw Error::data({.read = path_,
                       .expected = "a JSON object of numbers or texts",
                       .found = found,
                       .advice = "Put the dictionary that belongs to the model in its place"});
  }
  [[noreturn]] void refuse(const char* found) const { fail(fmt::format("{} for '{}'", found, shown(key_))); }
  bool add(DictionaryValue value) {
    dictionary_.entries.emplace_back(std::move(key_), std::move(value));
    return true;
  }

  const std::string& path_;
  Dictionary dictionary_;
  std::unordered_set<std::string> keys_;
  std::string key_;
  bool is_open_ = false;
};

}  // namespace

Dictionary parse_json_dictionary(std::string_view text, const std::string& path) {
  EntryTaker taker(path);
  json::sax_parse(text, &taker);
  return taker.take();
}

}  // namespace zerocell
