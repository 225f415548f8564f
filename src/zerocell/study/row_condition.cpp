#include "zerocell/study/row_condition.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <compare>
#include <optional>

#include "zerocell/core/error.h"
#include "zerocell/core/number_text.h"
#include "zerocell/core/word_list.h"
#include "zerocell/study/condition_clause.h"

namespace zerocell {
namespace {

constexpr size_t kMostNumbers = 12;  // that a message lists; more are described by their range

/// A number of the file or of a condition; whole numbers keep all their digits.
struct Number {
  bool whole = false;
  int64_t integer = 0;
  double real = 0;
};

std::optional<Number> parse_number(std::string_view text, bool is_float32) {
  if (text.starts_with('+')) text.remove_prefix(1);
  Number number;
  const char* const end = text.data() + text.size();
  const auto parsed = [&](auto& value) {
    const auto [stop, status] = std::from_chars(text.data(), end, value);
    return status == std::errc() && stop == end;
  };
  float single = 0;
  if (is_float32 && parsed(single)) {
    number.real = static_cast<double>(single);
  } else if (parsed(number.integer)) {
    number.whole = true;
    number.real = static_cast<double>(number.integer);
  } else if (!parsed(number.real)) {
    return std::nullopt;
  }
  return number;
}

std::partial_ordering compare(int64_t a, double b) {
  if (b >= 0x1p63) return std::partial_ordering::less;
  if (b < -0x1p63) return std::partial_ordering::greater;
  const auto below = static_cast<int64_t>(std::floor(b));
  if (a != below) return a <=> below;
  return b > std::floor(b) ? std::partial_ordering::less : std::partial_ordering::equivalent;
}

std::partial_ordering compare(const Number& a, const Number& b) {
  if (a.whole && b.whole) return a.integer <=> b.integer;
  if (a.whole) return compare(a.integer, b.real);
  if (b.whole) return 0 <=> compare(b.integer, a.real);
  return a.real <=> b.real;
}

bool fulfils(const std::string& op, std::partial_ordering order) {
  if (op == "<") return order < 0;
  if (op == "<=") return order <= 0;
  if (op == ">") return order > 0;
  if (op == ">=") return order >= 0;
  return order == 0;  // of == and in; != and `not in` are turned round afterwards
}

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

std::optional<bool> parse_boolean(const ConditionValue& value) {
  const auto word = lower_case(value.text);
  if (word == "true" || (word == "1" && !value.quoted)) return true;
  if (word == "false" || (word == "0" && !value.quoted)) return false;
  return std::nullopt;
}

/// One clause on the groups of its column.
class ClauseCheck {
 public:
  ClauseCheck(std::string_view condition, const ConditionClause& clause, const Column& column)
      : condition_(condition), clause_(clause), groups_(groups_of(column)), is_float32_(column.is_float32) {
    const auto counts = groups_.counts();
    for (size_t g = 0; g < counts.size(); ++g)
      if (counts[g] > 0) present_.push_back(groups_.categories[g]);
    if (groups_.type == CategoryType::number && !groups_.ordered)
      for (const auto& name : groups_.categories) numbers_.push_back(parse_number(name, is_float32_));
  }

  /// Marks of the rows that fulfil the clause.
  std::vector<uint8_t> rows(std::vector<std::string>& warnings) {
    if (clause_.is_ordered()) require_order();
    std::vector<uint8_t> fulfilled(groups_.n_categories(), 0);
    std::vector<std::string> absent;
    for (const auto& value : clause_.values) {
      const auto matching = groups_that(value);
      if (!any_row(matching) && !clause_.is_ordered()) absent.push_back(value.text);
      for (size_t g = 0; g < matching.size(); ++g) fulfilled[g] |= matching[g];
    }
    tell_of_absent(absent, warnings);
    const bool negative = clause_.is_negative();
    std::vector<uint8_t> keep;
    for (const int32_t code : groups_.codes)
      keep.push_back(code >= 0 && (fulfilled[static_cast<size_t>(code)] != 0) != negative);
    if (clause_.is_ordered() && std::ranges::count(keep, uint8_t{1}) == 0)
      throw Error::data(
          {fmt::format("condition '{}'", condition_), fmt::format("cells that fulfil {}", clause_.text),
           groups_.ordered ? "values " + values_text("") : range_text(), "Choose another limit"});
    if (const size_t n = groups_.n_missing(); n > 0 && negative)
      warnings.push_back(fmt::format(
          "{} no value in '{}' and {} left out by {}: a missing value fulfils no condition",
          counted(n, "cell has", "cells have"), clause_.column, n == 1 ? "is" : "are", clause_.text));
    return keep;
  }

 private:
  // Ordered categories keep those that no cell has, since a condition may name one of them.
  static Categorical groups_of(const Column& column) {
    const auto* groups = std::get_if<Categorical>(&column.values);
    return groups && groups->ordered ? *groups : column.as_categorical();
  }

  [[noreturn]] void fail(const std::string& expected, const std::string& found,
                         const std::string& advice) const {
    throw Error::usage({fmt::format("condition '{}'", condition_), expected, found, advice});
  }

  void require_order() const {
    if (groups_.ordered || groups_.type == CategoryType::number) return;
    const bool text = groups_.type == CategoryType::text;
    fail(fmt::format("numbers or ordered categories in '{}' for {}", clause_.column, clause_.op),
         fmt::format("{} ({})", text ? "text, which has no order" : "booleans", values_text("")),
         fmt::format("List the values that you want: '{}' in ['a', 'b']", clause_.column));
  }

  std::vector<uint8_t> groups_that(const ConditionValue& value) const {
    std::vector<uint8_t> matching(groups_.n_categories(), 0);
    if (groups_.type == CategoryType::number && !groups_.ordered) {
      const auto wanted = number_of(value);
      for (size_t g = 0; g < matching.size(); ++g)
        matching[g] = numbers_[g] && fulfils(clause_.op, compare(*numbers_[g], wanted));
      return matching;
    }
    const auto wanted = name_of(value);
    const auto place = std::ranges::find(groups_.categories, wanted) - groups_.categories.begin();
    if (clause_.is_ordered() && static_cast<size_t>(place) == groups_.n_categories())
      fail(fmt::format("one of the ordered categories of '{}'", clause_.column),
           fmt::format("'{}'; the categories are {}", value.text, listed_in_quotes(groups_.categories)),
           "Check the spelling");
    for (size_t g = 0; g < matching.size(); ++g)
      matching[g] = fulfils(clause_.op, static_cast<ptrdiff_t>(g) <=> place);
    return matching;
  }

  Number number_of(const ConditionValue& value) const {
    const auto number = value.quoted ? std::nullopt : parse_number(value.text, is_float32_);
    const auto boolean = value.quoted ? std::nullopt : parse_boolean(value);
    if (number && std::isnan(number->real))
      fail(fmt::format("a number for '{}'", clause_.column), "nan, which no number equals",
           "Cells without a value fulfil no condition; write COLUMN >= -inf for all that have one");
    if (number) return *number;
    if (boolean) return {true, *boolean ? 1 : 0, *boolean ? 1.0 : 0.0};
    fail(fmt::format("a number, since '{}' holds numbers ({})", clause_.column, values_text("")),
         fmt::format("the text '{}'", value.text),
         value.quoted && parse_number(value.text, is_float32_)
             ? fmt::format("Write the number without quotes: {}", value.text)
             : "Write a number, or name another column");
  }

  /// The name of the group that a value asks for.
  std::string name_of(const ConditionValue& value) const {
    if (groups_.type == CategoryType::number) {
      const auto wanted = number_of(value);
      for (const auto& name : groups_.categories)
        if (const auto number = parse_number(name, is_float32_); number && compare(*number, wanted) == 0)
          return name;
      return value.text;
    }
    if (groups_.type == CategoryType::text) return value.text;
    const auto boolean = parse_boolean(value);
    if (!boolean)
      fail(fmt::format("True or False, since '{}' holds booleans", clause_.column),
           fmt::format("'{}'", value.text), fmt::format("Write {} == True", clause_.column));
    return *boolean ? "True" : "False";
  }

  bool any_row(const std::vector<uint8_t>& matching) const {
    const auto counts = groups_.counts();
    for (size_t g = 0; g < matching.size(); ++g)
      if (matching[g] != 0 && counts[g] > 0) return true;
    return false;
  }

  /// "133 numbers from 0.5 to 9.9"
  std::string range_text() const {
    std::vector<std::pair<Number, std::string>> values;
    for (const auto& name : present_)
      if (const auto number = parse_number(name, is_float32_)) values.emplace_back(*number, name);
    if (values.empty()) return "no number";
    const auto [low, high] = std::ranges::minmax_element(
        values, [](const auto& a, const auto& b) { return compare(a.first, b.first) < 0; });
    return fmt::format("{} from {} to {}", counted(values.size(), "number"), low->second, high->second);
  }

  /// Values that rows have, those near `wanted` first.
  std::string values_text(const std::string& wanted) const {
    if (present_.empty()) return "no value at all";
    auto names = present_;
    if (groups_.type == CategoryType::number) {
      const auto number = parse_number(wanted, is_float32_);
      if (number && !std::isnan(number->real))
        std::ranges::stable_sort(names, {}, [&](const std::string& name) {
          const auto own = parse_number(name, is_float32_);
          return own ? std::abs(own->real - number->real) : HUGE_VAL;
        });
      else if (names.size() > kMostNumbers)
        return range_text();
      return listed(names);
    }
    const auto same = [&](const std::string& name) { return lower_case(name) == lower_case(wanted); };
    if (wanted.empty()) return listed_in_quotes(names);
    auto nearest = std::ranges::find_if(names, same);
    if (nearest == names.end()) nearest = std::ranges::find(names, nearest_word(wanted, names));
    if (nearest != names.end()) std::rotate(names.begin(), nearest, nearest + 1);
    return listed_in_quotes(names);
  }

  void tell_of_absent(const std::vector<std::string>& absent, std::vector<std::string>& warnings) const {
    if (absent.empty()) return;
    const auto found = fmt::format("no cell with {}; the values are {}", listed_in_quotes(absent),
                                   values_text(absent.front()));
    const size_t n_missing = groups_.n_missing();
    const auto without = n_missing > 0
                             ? fmt::format("; {} no value", counted(n_missing, "cell has", "cells have"))
                             : std::string();
    if (!clause_.is_negative() && absent.size() == clause_.values.size())
      throw Error::data({fmt::format("condition '{}'", condition_),
                         fmt::format("cells that fulfil {}", clause_.text), found + without,
                         "Write a value as it stands in the file"});
    warnings.push_back(fmt::format("condition '{}', {}: {}{}", condition_, clause_.text, found, without));
  }

  std::string_view condition_;
  const ConditionClause& clause_;
  Categorical groups_;
  bool is_float32_;
  std::vector<std::string> present_;
  std::vector<std::optional<Number>> numbers_;  ///< of the groups, where they compare as numbers
};

}  // namespace

std::vector<uint8_t> rows_where(std::string_view condition, size_t n_rows,
                                const std::function<Column(const std::string&)>& column,
                                std::vector<std::string>* warnings) {
  std::vector<uint8_t> keep(n_rows, 1);
  std::vector<std::string> notes;
  for (const auto& clause : parse_condition(condition)) {
    const auto fulfilled = ClauseCheck(condition, clause, column(clause.column)).rows(notes);
    for (size_t i = 0; i < n_rows; ++i) keep[i] = keep[i] && fulfilled[i];
  }
  if (warnings) std::ranges::move(notes, std::back_inserter(*warnings));
  return keep;
}

}  // namespace zerocell
