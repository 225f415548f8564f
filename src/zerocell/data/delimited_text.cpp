#include "zerocell/data/delimited_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

constexpr char kSpaces = ' ';  ///< stands for any run of spaces and tabs

}  // namespace

std::string_view trimmed(std::string_view field) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!field.empty() && blank(field.front())) field.remove_prefix(1);
  while (!field.empty() && blank(field.back())) field.remove_suffix(1);
  return field;
}

DelimitedText::DelimitedText(std::string name, std::string_view text) : name_(std::move(name)), rest_(text) {
  if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
  const auto blank = [](std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    return trimmed(line).empty();
  };
  while (!rest_.empty() && blank(line())) skip_line();
  while (rest_.starts_with('#')) skip_line();
  // A last line of separators alone, without numbers, is a row all the same: only line ends and spaces go.
  while (rest_.ends_with('\n') || rest_.ends_with('\r') || rest_.ends_with(' ')) rest_.remove_suffix(1);
  separator_ = guess_separator();
}

size_t DelimitedText::lines_left() const {
  return rest_.empty() ? 0 : 1 + static_cast<size_t>(std::count(rest_.begin(), rest_.end(), '\n'));
}

void DelimitedText::next(std::vector<std::string_view>& fields) {
  ++line_number_;
  fields.clear();
  std::string_view current = line();
  rest_.remove_prefix(std::min(rest_.size(), current.size() + 1));
  if (current.ends_with('\r')) current.remove_suffix(1);
  if (separator_ == kSpaces) current = trimmed(current);
  unquoted_.clear();
  unquoted_.reserve(current.size());  // so that views into it stay valid
  do fields.push_back(take_field(current));
  while (more_);
}

void DelimitedText::skip_line() {
  rest_.remove_prefix(std::min(rest_.size(), line().size() + 1));
  ++line_number_;
}

char DelimitedText::guess_separator() const {
  const auto first = line();
  const auto rest = rest_.substr(std::min(rest_.size(), first.size() + 1));
  const bool comma_first = name_.find(".csv") != std::string::npos;
  // R writes no field over the names of the rows: a header of one field has no separator.
  const bool one_field = trimmed(first).find(' ') == std::string_view::npos;
  const auto second = one_field ? rest.substr(0, rest.find('\n')) : std::string_view();
  for (const auto text : {first, second})
    for (const char c : comma_first ? std::array{',', ';', '\t'} : std::array{'\t', ',', ';'})
      if (text.find(c) != std::string_view::npos) return c;
  return kSpaces;
}

std::string_view DelimitedText::take_field(std::string_view& current) {
  if (current.starts_with('"')) return take_quoted(current);
  const size_t end = separator_ == kSpaces ? current.find_first_of(" \t") : current.find(separator_);
  const auto field = current.substr(0, end);
  step_over(current, end);
  return field;
}

void DelimitedText::step_over(std::string_view& current, size_t end) {
  more_ = end < current.size();
  current.remove_prefix(more_ ? end + 1 : current.size());
  if (more_ && separator_ == kSpaces) current = trimmed(current);
}

std::string_view DelimitedText::take_quoted(std::string_view& current) {
  const size_t start = unquoted_.size();
  size_t i = 1;
  for (; i < current.size(); ++i) {
    if (current[i] == '"' && (i + 1 == current.size() || current[i + 1] != '"')) break;
    i += current[i] == '"';
    unquoted_ += current[i];
  }
  const bool separated = i + 1 >= current.size() || current[i + 1] == separator_ ||
                         (separator_ == kSpaces && current[i + 1] == '\t');
  if (i >= current.size() || !separated)
    throw Error::data({.read = fmt::format("{}, line {}", name_, line_number_),
                       .expected = "a quoted field with its closing quote",
                       .found = "a quote without end",
                       .advice = ""});
  step_over(current, i + 1);
  return std::string_view(unquoted_).substr(start);
}

}  // namespace zerocell
