#include "zerocell/core/csv_field.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "zerocell/core/utf8.h"

namespace zerocell {
namespace {

/// True where a spreadsheet takes what begins so for a formula; the last four are the wide forms of = + - @.
bool begins_formula(std::string_view text) {
  constexpr std::array<std::string_view, 11> kBeginnings = {"=",  "+",      "-",      "@",      "\t",    "\r",
                                                            "\n", "\uFF1D", "\uFF0B", "\uFF0D", "\uFF20"};
  return std::ranges::any_of(kBeginnings, [&](std::string_view first) { return text.starts_with(first); });
}

std::string_view without_apostrophes(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of('\''), text.size()));
}

bool is_number(std::string_view text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, status] = std::from_chars(text.data(), end, number);
  return status == std::errc() && stop == end;
}

/// Programs that part fields at semicolons or tabs would begin a cell with a formula there.
bool holds_formula(std::string_view text) {
  for (size_t at = text.find_first_of(";\t"); at != std::string_view::npos;
       at = text.find_first_of(";\t", at + 1))
    if (begins_formula(text.substr(at + 1))) return true;
  return false;
}

}  // namespace

std::string csv_field(std::string_view text) {
  std::string clean = valid_utf8(text);
  // A text that begins with apostrophes before a formula gets one more, so that taking one off is right.
  const auto inner = without_apostrophes(clean);
  if (begins_formula(inner) && (inner.size() < clean.size() || !is_number(clean))) clean.insert(0, 1, '\'');
  if (clean.find_first_of(",\"\r\n") == std::string::npos && !holds_formula(clean)) return clean;
  std::string out = "\"";
  for (char c : clean) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

std::string text_of_csv_field(std::string_view field) {
  if (field.starts_with('\'') && begins_formula(without_apostrophes(field))) field.remove_prefix(1);
  return std::string(field);
}

}  // namespace zerocell
