#include "zerocell/core/data_frame.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace zerocell {

std::vector<size_t> Categorical::counts() const {
  std::vector<size_t> result(categories.size());
  for (const int32_t code : codes)
    if (code >= 0) ++result[static_cast<size_t>(code)];
  return result;
}

size_t Categorical::n_missing() const {
  return static_cast<size_t>(std::count_if(codes.begin(), codes.end(), [](int32_t c) { return c < 0; }));
}

Categorical Categorical::without_unused() const {
  const auto used = counts();
  Categorical result;
  result.ordered = ordered;
  result.type = type;
  std::vector<int32_t> renumbered(categories.size(), -1);
  for (size_t i = 0; i < categories.size(); ++i) {
    if (!used[i]) continue;
    renumbered[i] = static_cast<int32_t>(result.categories.size());
    result.categories.push_back(categories[i]);
  }
  result.codes.reserve(codes.size());
  for (const int32_t code : codes)
    result.codes.push_back(code < 0 ? -1 : renumbered[static_cast<size_t>(code)]);
  return result;
}

size_t Column::size() const {
  return std::visit(
      [](const auto& v) {
        if constexpr (std::is_same_v<std::decay_t<decltype(v)>, Categorical>)
          return v.codes.size();
        else
          return v.size();
      },
      values);
}

namespace {

template <class T, class Name>
Categorical categorical_of(const std::vector<T>& values, const std::vector<uint8_t>& missing,
                           CategoryType type, Name name) {
  auto is_missing = [&](size_t i) {
    if (!missing.empty() && missing[i]) return true;
    if constexpr (std::is_same_v<T, double>) return std::isnan(values[i]);
    return false;
  };
  std::map<T, int32_t> seen;
  for (size_t i = 0; i < values.size(); ++i)
    if (!is_missing(i)) seen.emplace(values[i], 0);
  Categorical result;
  result.type = type;
  for (auto& [value, code] : seen) {
    code = static_cast<int32_t>(result.categories.size());
    result.categories.push_back(name(value));
  }
  result.codes.resize(values.size(), -1);
  for (size_t i = 0; i < values.size(); ++i)
    if (!is_missing(i)) result.codes[i] = seen.find(values[i])->second;
  return result;
}

}  // namespace

Categorical Column::as_categorical() const {
  if (const auto* c = std::get_if<Categorical>(&values)) return c->without_unused();
  if (const auto* s = std::get_if<std::vector<std::string>>(&values))
    return categorical_of(*s, missing, CategoryType::text, [](const std::string& v) { return v; });
  if (const auto* i = std::get_if<std::vector<int64_t>>(&values))
    return categorical_of(*i, missing, CategoryType::number, [](int64_t v) { return std::to_string(v); });
  if (const auto* b = std::get_if<std::vector<uint8_t>>(&values))
    return categorical_of(*b, missing, CategoryType::boolean,
                          [](uint8_t v) { return std::string(v ? "True" : "False"); });
  // A float32 has its own digits: 0.1, not 0.10000000149011612.
  return categorical_of(std::get<std::vector<double>>(values), missing, CategoryType::number,
                        [this](double v) {
                          return is_float32 ? fmt::format("{}", static_cast<float>(v)) : fmt::format("{}", v);
                        });
}

const Column* DataFrame::find(std::string_view name) const {
  for (const auto& column : columns)
    if (column.name == name) return &column;
  return nullptr;
}

DataFrame DataFrame::take(const std::vector<uint32_t>& rows) const {
  auto pick = [&rows](const auto& from) {
    std::decay_t<decltype(from)> to;
    to.reserve(rows.size());
    for (const uint32_t r : rows) to.push_back(from[r]);
    return to;
  };
  DataFrame result;
  result.index_name = index_name;
  result.index = pick(index);
  for (const auto& column : columns) {
    Column c;
    c.name = column.name;
    c.is_float32 = column.is_float32;
    c.notes = column.notes;
    if (!column.missing.empty()) c.missing = pick(column.missing);
    std::visit(
        [&](const auto& v) {
          if constexpr (std::is_same_v<std::decay_t<decltype(v)>, Categorical>)
            c.values = Categorical{v.categories, pick(v.codes), v.ordered, v.type};
          else
            c.values = pick(v);
        },
        column.values);
    result.columns.push_back(std::move(c));
  }
  return result;
}

}  // namespace zerocell
