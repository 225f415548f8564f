#include "zerocell/checkpoint/dictionary_file.h"

#include <fmt/format.h>

#include <unordered_set>

#include "zerocell/checkpoint/byte_reader.h"
#include "zerocell/checkpoint/dictionary_parser.h"
#include "zerocell/checkpoint/mapped_file.h"
#include "zerocell/checkpoint/pickle.h"
#include "zerocell/checkpoint/stored_tensor.h"
#include "zerocell/checkpoint/wrong_file.h"
#include "zerocell/core/error.h"

namespace zerocell {
namespace {

/// A text may be named again and again by a pickle; what is copied must be bounded by the file.
constexpr size_t kMaxGrowth = 16;

[[noreturn]] void fail(const std::string& path, const std::string& found) {
  throw Error::data({.read = path,
                     .expected = "a dictionary from text to numbers or text, as a Python pickle or JSON",
                     .found = found,
                     .advice = "Put the dictionary that belongs to the model in its place"});
}

Dictionary from_pickle(Bytes bytes, const std::string& path) {
  const Pickle pickle = Pickle::parse(bytes, path);
  const PickleValue& dict = pickle.root();
  if (dict.kind != PickleKind::dict) fail(path, "a pickle of something else");
  if (pickle.n_bytes() != bytes.size()) fail(path, "more bytes behind the pickle");
  Dictionary dictionary{.path = path, .entries = {}};
  std::unordered_set<std::string_view> keys;
  size_t n_copied = 0;
  for (size_t i = 0; i + 1 < dict.items.size(); i += 2) {
    const PickleValue &key = pickle.item(dict, i), &value = pickle.item(dict, i + 1);
    if (key.kind != PickleKind::text) fail(path, "a key that is no text");
    if (!keys.insert(key.text).second) fail(path, fmt::format("the key '{}' twice", shown(key.text)));
    switch (value.kind) {
      case PickleKind::integer:
        dictionary.entries.emplace_back(key.text, value.integer);
        break;
      case PickleKind::real:
        dictionary.entries.emplace_back(key.text, value.real);
        break;
      case PickleKind::text:
        n_copied += value.text.size();
        if (n_copied > kMaxGrowth * bytes.size()) fail(path, "far more text than the file has bytes");
        dictionary.entries.emplace_back(key.text, std::string(value.text));
        break;
      default:
        fail(path, fmt::format("a value for '{}' that is neither number nor text", shown(key.text)));
    }
  }
  return dictionary;
}

}  // namespace

Dictionary parse_dictionary(std::span<const std::byte> bytes, const std::string& path) {
  refuse_download_remains(bytes, path);
  const size_t start = as_text(bytes).find_first_not_of(" \t\r\n");
  if (start != std::string_view::npos && bytes[start] == std::byte{'{'})
    return parse_json_dictionary(as_text(bytes), path);
  if (bytes[0] == std::byte{0x80}) return from_pickle(bytes, path);
  fail(path, "something else");
}

Dictionary read_dictionary(const std::string& path) {
  return parse_dictionary(MappedFile::open(path)->bytes(), path);
}

}  // namespace zerocell
