#include "zerocell/data/name_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <optional>
#include <unordered_set>
#include <utility>

namespace zerocell {
namespace {

constexpr size_t kMostShown = 3;
constexpr size_t kMostTried = 2000;  // texts, for telling another form

/// The whole number that a text stands for ("12", "12.0"); nothing for other texts, also for "012".
std::optional<int64_t> whole_number(std::string_view text) {
  const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
  if (digits.empty() || digits.front() < '0' || digits.front() > '9') return std::nullopt;
  if (digits.size() > 1 && digits[0] == '0' && digits[1] != '.') return std::nullopt;
  double value = 0;
  const char* const last = text.data() + text.size();
  const auto [end, status] = std::from_chars(text.data(), last, value);
  if (status != std::errc() || end != last || value != std::floor(value) || std::abs(value) >= 0x1p53)
    return std::nullopt;
  return static_cast<int64_t>(value);
}

/// "AAAC-1_2" without "_2", "AAAC-1" without "-1": the text before a last part of digits.
std::string_view stem(std::string_view text) {
  size_t end = text.size();
  while (end > 0 && text[end - 1] >= '0' && text[end - 1] <= '9') --end;
  const bool has_part =
      end < text.size() && end > 1 && std::string_view("-_.#").find(text[end - 1]) != std::string_view::npos;
  return has_part ? text.substr(0, end - 1) : text;
}

std::string with_case(std::string text, bool upper) {
  for (char& c : text)
    if (upper ? (c >= 'a' && c <= 'z') : (c >= 'A' && c <= 'Z')) c = static_cast<char>(c ^ 32);
  return text;
}

std::string without(std::string_view text, std::string_view ending) {
  return std::string(text.ends_with(ending) ? text.substr(0, text.size() - ending.size()) : text);
}

std::string without_zeros(std::string_view text) {
  while (text.size() > 1 && text.front() == '0') text.remove_prefix(1);
  return std::string(text);
}

}  // namespace

NameIndex::NameIndex(std::span<const std::string> names) : names_(names) {
  by_text_.reserve(names.size());
  std::unordered_set<std::string_view> repeated_names;
  for (uint32_t i = 0; i < names.size(); ++i) {
    const auto [at, is_new] = by_text_.emplace(names[i], i);
    if (is_new) continue;
    repeated_.resize(names.size(), false);
    repeated_[at->second] = repeated_[i] = true;
    repeated_names.insert(names[i]);
  }
  n_repeated_ = repeated_names.size();
  for (const auto& [name, cell] : by_text_)
    if (const auto number = whole_number(name)) {
      const auto [at, is_new] = by_number_.emplace(*number, cell);
      if (!is_new) at->second = kNone;
    }
}

uint32_t NameIndex::find(std::string_view text) const {
  const auto at = by_text_.find(text);
  return at == by_text_.end() ? kNone : at->second;
}

uint32_t NameIndex::find_number(std::string_view text) const {
  if (by_number_.empty()) return kNone;
  const auto number = whole_number(text);
  if (!number) return kNone;
  const auto at = by_number_.find(*number);
  return at == by_number_.end() ? kNone : at->second;
}

std::string some_of(std::span<const std::string> texts) {
  std::string shown;
  for (size_t i = 0; i < std::min(texts.size(), kMostShown); ++i)
    shown += fmt::format("{}'{}'", i ? ", " : "", texts[i]);
  if (texts.size() > kMostShown) shown += fmt::format(" and {} more", texts.size() - kMostShown);
  return shown;
}

std::string other_form(std::span<const std::string> texts, const NameIndex& index) {
  texts = texts.first(std::min(texts.size(), kMostTried));
  using Change = std::pair<const char*, std::function<std::string(const std::string&)>>;
  const std::vector<Change> changes{
      {"With '-1' at the end", [](const std::string& t) { return t + "-1"; }},
      {"Without '-1' at the end", [](const std::string& t) { return without(t, "-1"); }},
      {"With '-' in place of '.'",
       [](std::string t) {
         std::ranges::replace(t, '.', '-');
         return t;
       }},
      {"Without '.0' at the end", [](const std::string& t) { return without(t, ".0"); }},
      {"Without spaces around them",
       [](const std::string& t) {
         const size_t first = t.find_first_not_of(" \t"), last = t.find_last_not_of(" \t");
         return first == std::string::npos ? t : t.substr(first, last - first + 1);
       }},
      {"In upper case", [](const std::string& t) { return with_case(t, true); }},
      {"In lower case", [](const std::string& t) { return with_case(t, false); }},
  };
  const char* best = nullptr;
  size_t most = 0;
  for (const auto& form : changes) {
    const auto& change = form.second;
    const auto n = static_cast<size_t>(
        std::ranges::count_if(texts, [&](const auto& t) { return index.find(change(t)) != index.kNone; }));
    if (n > most) {
      most = n;
      best = form.first;
    }
  }
  if (most * 2 >= texts.size() && best)
    return fmt::format("{}, {} of {} are names of cells", best, most, texts.size());
  const auto count_forms = [&](const auto& form) {
    std::unordered_set<std::string> forms;
    for (const auto& name : index.names()) forms.insert(std::string(form(name)));
    return static_cast<size_t>(
        std::ranges::count_if(texts, [&](const auto& t) { return forms.contains(std::string(form(t))); }));
  };
  std::unordered_set<std::string_view> stems;
  for (const auto& name : index.names()) stems.insert(stem(name));
  const auto n_stems = static_cast<size_t>(
      std::ranges::count_if(texts, [&](const auto& t) { return stems.contains(std::string_view(t)); }));
  if (n_stems * 2 >= texts.size() && n_stems > 0)
    return fmt::format(
        "{} of {} are names of cells without the part at the end of those ('{}' is the first of them)",
        n_stems, texts.size(), index.names().front());
  if (const size_t n = count_forms(stem); n * 2 >= texts.size() && n > 0)
    return fmt::format("Without the number at the end ('-1', '_2'), {} of {} are names of cells", n,
                       texts.size());
  if (const size_t n = count_forms(without_zeros); n * 2 >= texts.size() && n > 0)
    return fmt::format("Without leading zeros, {} of {} are names of cells: read the names as text", n,
                       texts.size());
  return "";
}

}  // namespace zerocell
