#include "zerocell/study/toml_limits.h"

#include <fmt/format.h>

#include <algorithm>

namespace zerocell {
namespace {

constexpr size_t kMaxParts = 32, kMaxDepth = 32;
constexpr const char* kForeign =
    "a letter or sign that is not ASCII outside of quotes, or behind a backslash at the end of a line; put "
    "names and texts in quotes, on one line";

/// Steps through a text, over comments and quoted texts, whose content is no structure.
class TomlScanner {
 public:
  explicit TomlScanner(std::string_view text) : text_(text) {}

  TomlExcess scan() {
    size_t n_parts = 1, depth = 0;
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;  // a byte order mark
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"' || c == '\'') {
        skip_quoted(c);
        if (foreign_) return {line_, kForeign};
        continue;
      }
      if (is_foreign(c)) return {line_, kForeign};
      if (c == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
        continue;
      }
      ++at_;
      if (c == '\n') ++line_;
      if (c == '[' || c == '{') ++depth;
      if ((c == ']' || c == '}') && depth > 0) --depth;
      // A point belongs to a key, or to a number, which has one.
      if (c == '.')
        ++n_parts;
      else if (c == '\n' || c == '=' || c == ',' || c == '[' || c == ']' || c == '{' || c == '}')
        n_parts = 1;
      if (n_parts > kMaxParts) return {line_, fmt::format("a key of more than {} parts", kMaxParts)};
      if (depth > kMaxDepth)
        return {line_, fmt::format("more than {} brackets inside each other", kMaxDepth)};
    }
    return {};
  }

 private:
  void skip_quoted(char quote) {
    const bool long_form = text_.substr(at_).starts_with(std::string(3, quote));
    at_ += long_form ? 3 : 1;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\n') {
        if (!long_form) return;  // a quoted text that does not end: the parser says so
        ++line_;
      }
      if (c == quote && (!long_form || text_.substr(at_).starts_with(std::string(3, quote)))) {
        at_ += long_form ? 3 : 1;
        return;
      }
      const bool escapes = c == '\\' && quote == '"' && at_ + 1 < text_.size();
      if (escapes && long_form && is_space(text_[at_ + 1])) {
        skip_line_end();
        if (foreign_) return;
        continue;
      }
      at_ += escapes && text_[at_ + 1] != '\n' ? 2 : 1;
    }
  }

  /// A backslash at the end of a line of a long text, and the white space behind it.
  void skip_line_end() {
    ++at_;
    for (; at_ < text_.size() && is_space(text_[at_]); ++at_) line_ += text_[at_] == '\n';
    foreign_ = at_ < text_.size() && is_foreign(text_[at_]);
  }

  static bool is_foreign(char c) { return static_cast<unsigned char>(c) >= 0x80; }
  static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

  std::string_view text_;
  size_t at_ = 0, line_ = 1;
  bool foreign_ = false;
};

}  // namespace

TomlExcess find_toml_excess(std::string_view text) {
  return TomlScanner(text).scan();
}

}  // namespace zerocell
