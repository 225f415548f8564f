#include "zerocell/data/quoted_fields.h"

namespace zerocell {
namespace {

/// Reads a quoted field from `at`, the place behind the quote that opens it. Returns the place behind the
/// closing quote, or npos when there is none.
size_t read_quoted(std::string_view line, size_t at, std::string& field) {
  for (;;) {
    const size_t quote = line.find('"', at);
    if (quote == std::string_view::npos) return quote;
    field.append(line.substr(at, quote - at));
    if (quote + 1 == line.size() || line[quote + 1] != '"') return quote + 1;
    field += '"';
    at = quote + 2;
  }
}

}  // namespace

bool split_quoted(std::string_view line, std::string_view delimiters, std::vector<std::string>& fields) {
  fields.clear();
  for (size_t begin = 0;;) {
    std::string field;
    size_t end = 0;
    if (begin < line.size() && line[begin] == '"') {
      end = read_quoted(line, begin + 1, field);
      if (end == std::string_view::npos) return false;
      if (end < line.size() && delimiters.find(line[end]) == std::string_view::npos) return false;
    } else {
      end = std::min(line.find_first_of(delimiters, begin), line.size());
      field = line.substr(begin, end - begin);
    }
    fields.push_back(std::move(field));
    if (end == line.size()) return true;
    begin = end + 1;
  }
}

}  // namespace zerocell
