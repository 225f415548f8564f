#include "zerocell/study/toml_limits.h"

#include <fmt/format.h>

#include <algorithm>

namespace zerocell {
namespace {

constexpr size_t kMaxParts = 32, kMaxDepth = 32;

/// Steps through a text, over comments and quoted texts, whose content is no structure.
class TomlScanner {
 public:
  explicit TomlScanner(std::string_view text) : text_(text) {}

  TomlExcess scan() {
    size_t n_parts = 1, depth = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"' || c == '\'') {
        skip_quoted(c);
        continue;
      }
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
      at_ += c == '\\' && quote == '"' && at_ + 1 < text_.size() && text_[at_ + 1] != '\n' ? 2 : 1;
    }
  }

  std::string_view text_;
  size_t at_ = 0, line_ = 1;
};

}  // namespace

TomlExcess find_toml_excess(std::string_view text) {
  return TomlScanner(text).scan();
}

}  // namespace zerocell
