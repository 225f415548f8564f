#include "zerocell/core/shell_text.h"

#include <algorithm>
#include <cctype>

#include "zerocell/core/utf8.h"

namespace zerocell {

std::string shell_word(std::string_view text) {
  const auto is_plain = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("_-./:=,+@%").find(c) != std::string_view::npos;
  };
  if (!text.empty() && std::ranges::all_of(text, is_plain)) return std::string(text);
  if (text.find('\n') != std::string_view::npos || terminal_text(text) != text) {
    std::string escaped;
    for (const char c : text)
      escaped += c == '\n' ? "\\n" : c == '\'' ? "\\'" : c == '\\' ? "\\\\" : std::string(1, c);
    return "$'" + terminal_text(escaped) + "'";
  }
  // Double quotes read better around single ones, where nothing inside has a meaning there; of ! that is so
  // before = alone, elsewhere an interactive shell takes it for its history.
  const size_t mark = text.find('!');
  const bool plain_mark =
      mark == std::string_view::npos ||
      (text.find('!', mark + 1) == std::string_view::npos && text.substr(mark).starts_with("!="));
  if (text.find('\'') != std::string_view::npos && plain_mark &&
      text.find_first_of("\"$`\\") == std::string_view::npos)
    return "\"" + std::string(text) + "\"";
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'')
      out += "'\\''";
    else
      out += c;
  }
  return out + "'";
}

}  // namespace zerocell
