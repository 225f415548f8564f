#include "zerocell/core/missing_numbers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "zerocell/core/number_text.h"

namespace zerocell {
namespace {

constexpr double kStandIns[] = {-2147483648.0, -9223372036854775808.0, 4294967295.0, 18446744073709551615.0};

bool is_stand_in(double value) {
  return std::ranges::find(kStandIns, value) != std::end(kStandIns);
}

// Neighbours of the lowest integer round to the same double.
bool is_stand_in(int64_t value) {
  return value == INT32_MIN || value == INT64_MIN || value == int64_t{UINT32_MAX};
}

/// Rows by value that stand in for nothing; each is marked in `missing`.
template <class T>
std::map<T, size_t> mark(const std::vector<T>& values, std::vector<uint8_t>& missing) {
  std::map<T, size_t> found;
  for (size_t i = 0; i < values.size(); ++i) {
    if (!is_stand_in(values[i]) || (!missing.empty() && missing[i])) continue;
    if (missing.empty()) missing.resize(values.size(), 0);
    missing[i] = 1;
    ++found[values[i]];
  }
  return found;
}

std::map<std::string, size_t> mark(Categorical& groups) {
  std::map<std::string, size_t> found;
  if (groups.type != CategoryType::number) return found;
  for (int32_t& code : groups.codes) {
    if (code < 0 || !stands_for_missing(groups.categories[static_cast<size_t>(code)])) continue;
    ++found[groups.categories[static_cast<size_t>(code)]];
    code = -1;
  }
  return found;
}

}  // namespace

bool stands_for_missing(std::string_view number) {
  if (number.ends_with(".0")) number.remove_suffix(2);
  constexpr std::string_view kTexts[] = {"-2147483648", "-9223372036854775808", "-9.223372036854776e+18",
                                         "4294967295",  "18446744073709551615", "1.8446744073709552e+19"};
  return std::ranges::find(kTexts, number) != std::end(kTexts);
}

void mark_missing_numbers(Column& column) {
  const auto note = [&](const auto& found) {
    for (const auto& [value, n] : found)
      column.notes.push_back(fmt::format(
          "'{}' is {} in {}, which programs write for a missing number: {} taken to have no value",
          column.name, value, counted(n, "cell"), n == 1 ? "it is" : "they are"));
  };
  if (const auto* whole = std::get_if<std::vector<int64_t>>(&column.values))
    note(mark(*whole, column.missing));
  else if (const auto* real = std::get_if<std::vector<double>>(&column.values))
    note(mark(*real, column.missing));
  else if (auto* groups = std::get_if<Categorical>(&column.values))
    note(mark(*groups));
}

}  // namespace zerocell
