#include "zerocell/data/text_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <unordered_set>
#include <utility>

#include "zerocell/core/error.h"
#include "zerocell/data/delimited_text.h"

namespace zerocell {
namespace {

using Fields = std::vector<std::string_view>;

constexpr size_t kSampledRows = 64;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// The field as a number; nothing when it is none. Numbers too large for float64 become infinite.
std::optional<double> parse_number(std::string_view field) {
  field = trimmed(field);
  if (field.starts_with('+') && !field.starts_with("+-")) field.remove_prefix(1);
  double value = 0;
  const char* last = field.data() + field.size();
  const auto [end, status] = std::from_chars(field.data(), last, value);
  if (end != last || field.empty() || status == std::errc::invalid_argument) return std::nullopt;
  if (status == std::errc::result_out_of_range) {
    // Too large or too small for a double: the exponent's sign tells which.
    const size_t exponent = field.find_first_of("eE");
    const bool tiny = exponent == std::string_view::npos ? field.find_first_of("123456789") > field.find('.')
                                                         : field.substr(exponent + 1).starts_with('-');
    return tiny ? 0.0 : field.starts_with('-') ? -kInfinity : kInfinity;
  }
  return value;
}

bool is_missing_value(std::string_view field) {
  static constexpr std::array<std::string_view, 10> kMissing{"",    "NA",  "na",   "N/A",  "n/a",
                                                             "nan", "NaN", "NULL", "None", "<NA>"};
  return std::find(kMissing.begin(), kMissing.end(), trimmed(field)) != kMissing.end();
}

bool is_text(std::string_view field) {
  return !is_missing_value(field) && !parse_number(field);
}

/// first, first + 1, ...: the header of a data frame without column names.
bool counts_up(const Fields& fields, size_t from, size_t first) {
  for (size_t i = from; i < fields.size(); ++i)
    if (trimmed(fields[i]) != std::to_string(first + i - from)) return false;
  return fields.size() > from;
}

class TableParser {
 public:
  TableParser(const std::string& name, std::string_view text, const ExpectedRows& expected)
      : name_(name), lines_(name, text), text_size_(text.size()), expected_(expected) {}

  EmbeddingTable parse() {
    if (lines_.at_end()) fail("", "rows of numbers", "no rows");
    size_t n = lines_.lines_left();
    Fields fields;
    lines_.next(fields);
    sample_rows();
    EmbeddingTable table;
    table.is_table = true;
    if (is_header(fields, n)) {
      has_header_ = true;
      for (const auto field : fields) header_.emplace_back(trimmed(field));
      if (lines_.at_end()) fail("", "rows of numbers", "a header row alone");
      lines_.next(fields);
      --n;
    } else {
      sample_.insert(sample_.begin(), {fields.begin(), fields.end()});
    }
    n_fields_ = fields.size();
    table.first_line = lines_.line_number();
    complete_header();
    choose_name_columns(table);
    read_rows(table, fields, n);
    table.column_names = std::move(header_);
    check_numbers(table);
    return table;
  }

 private:
  [[noreturn]] void fail(const std::string& where, const std::string& expected, const std::string& found,
                         const std::string& advice = "") const {
    throw Error::data({.read = name_ + where, .expected = expected, .found = found, .advice = advice});
  }
  std::string place() const { return fmt::format(", line {}", lines_.line_number()); }
  bool is_cell(std::string_view field) const {
    return expected_.names && expected_.names->find(trimmed(field)) != NameIndex::kNone;
  }

  /// The rows after the first line, for deciding what the columns are.
  void sample_rows() {
    auto ahead = lines_;
    Fields fields;
    while (!ahead.at_end() && sample_.size() < kSampledRows) {
      ahead.next(fields);
      sample_.emplace_back(fields.begin(), fields.end());
    }
  }

  bool is_header(const Fields& first, size_t n_lines) const {
    const auto text_at = [&](size_t i) { return is_text(first[i]); };
    // R writes no field over the names of the rows.
    if (!sample_.empty() && sample_[0].size() == first.size() + 1)
      return is_text(sample_[0][0]) || is_cell(sample_[0][0]) || std::ranges::any_of(first, is_text);
    size_t n_texts = 0, n_missing = 0;
    for (size_t i = 0; i < first.size(); ++i) {
      const bool over_number = !sample_.empty() && i < sample_[0].size() && !is_text(sample_[0][i]);
      if (text_at(i) && is_cell(first[i]) && !over_number) return false;
      n_texts += text_at(i);
      n_missing += is_missing_value(first[i]);
    }
    for (size_t i = 1; i < first.size(); ++i)
      if (text_at(i)) return true;
    if (n_texts == 1) {
      // A lone text in the first field may be a header or the name of a cell: what stands below it decides.
      if (sample_.empty()) return false;
      if (sample_[0].empty() || !is_text(sample_[0][0])) return true;
      if (first.size() > 1 && (is_index_header(first[0]) || is_cell(sample_[0][0]))) return true;
      return first.size() > 2 && (counts_up(first, 1, 0) || (expected_.names && counts_up(first, 1, 1)));
    }
    if (first.size() > 1 && is_index_header(first[0]))
      return n_missing == 1 && (!expected_.fit(n_lines) || expected_.fit(n_lines - 1));
    if (!counts_up(first, 0, 0) && !counts_up(first, 0, 1)) return false;
    // Numbers that count up are a header where they make a line too many.
    if (!expected_.fit(n_lines - 1))
      return expected_.n_all == 0 && first.size() > 1 && counts_up(first, 0, 0);
    return !expected_.fit(n_lines) || first.size() > 2;
  }

  /// Makes the header as wide as the rows: R leaves out the field over the names of the rows.
  void complete_header() {
    if (!has_header_ || header_.size() == n_fields_) return;
    if (header_.size() + 1 != n_fields_)
      fail(place(), fmt::format("{} fields as in the header", header_.size()),
           fmt::format("{} fields", n_fields_));
    header_.insert(header_.begin(), "");
  }

  void choose_name_columns(EmbeddingTable& table) {
    name_columns_.assign(n_fields_, kNoNames);
    for (size_t j = 0; j < n_fields_; ++j) {
      const bool declared = has_header_ && j == 0 && n_fields_ > 1 && is_index_header(header_[0]);
      if (!declared && !may_hold_names(j)) continue;
      name_columns_[j] = table.names.size();
      table.names.push_back({j, has_header_ ? header_[j] : std::string(), {}, declared, std::nullopt});
    }
  }
  bool may_hold_names(size_t j) const {
    std::unordered_set<std::string_view> seen;
    bool all_whole = true;
    for (const auto& row : sample_) {
      if (j >= row.size()) continue;
      const auto number = parse_number(row[j]);
      if (is_cell(row[j]) || (!number && !is_missing_value(row[j]))) return true;
      all_whole = all_whole && (!number || *number == std::floor(*number)) &&
                  (is_missing_value(row[j]) || seen.insert(trimmed(row[j])).second);
    }
    return all_whole && !seen.empty();
  }

  void read_rows(EmbeddingTable& table, Fields& fields, size_t n) {
    // A good row has a separator or a line's end a field. Where the text is too short for that, some row is
    // ragged: the rows are then parsed for the message alone, and no matrix is made for them.
    const bool plausible = n <= (text_size_ + 1) / n_fields_;
    DenseMatrix<double> values(plausible ? n : 1, n_fields_);
    for (size_t i = 0; i < n; ++i) {
      if (i > 0) lines_.next(fields);
      parse_row(fields, values.row(plausible ? i : 0), i, table);
    }
    if (!plausible) throw Error::internal("no ragged row where there must be one: " + name_);
    table.values = std::move(values);
  }
  void parse_row(const Fields& fields, std::span<double> out, size_t i, EmbeddingTable& table) const {
    if (fields.size() != n_fields_)
      fail(place(), fmt::format("{} fields as in the rows above", n_fields_),
           fmt::format("{} fields", fields.size()));
    for (size_t j = 0; j < out.size(); ++j) {
      const auto number = parse_number(fields[j]);
      out[j] = number.value_or(kNan);
      const bool text = !number && !is_missing_value(fields[j]);
      if (name_columns_[j] != kNoNames) {
        auto& names = table.names[name_columns_[j]];
        names.texts.emplace_back(trimmed(fields[j]));
        if (text && !names.text_row) names.text_row = i;
      } else if (text) {
        fail(fmt::format("{}, field {}", place(), j + 1), "a number",
             fmt::format("'{}'", trimmed(fields[j]).substr(0, 40)));
      }
    }
  }
  void check_numbers(const EmbeddingTable& table) const {
    const auto has_text = [](const NameColumn& column) { return column.text_row.has_value(); };
    if (static_cast<size_t>(std::ranges::count_if(table.names, has_text)) == n_fields_)
      fail(fmt::format(", line {}", table.first_line), "numbers",
           n_fields_ == 1 ? "a column of names alone" : "columns of text alone");
  }

  static constexpr size_t kNoNames = std::numeric_limits<size_t>::max();

  std::string name_;
  DelimitedText lines_;
  size_t text_size_, n_fields_ = 0;
  ExpectedRows expected_;
  bool has_header_ = false;
  std::vector<std::string> header_;
  std::vector<std::vector<std::string>> sample_;
  std::vector<size_t> name_columns_;  ///< (C) place among the table's names, or kNoNames
};

}  // namespace

bool is_index_header(std::string_view field) {
  static constexpr std::array<std::string_view, 18> kNames{
      "",           "index",  "_index",    "unnamed: 0", "cell",     "cells",
      "cell_id",    "cellid", "cell_name", "obs_names",  "barcode",  "cell_barcode",
      "barcodekey", "id",     "barcodes",  "rownames",   "obs_name", "soma_joinid"};
  std::string lower(trimmed(field));
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return std::find(kNames.begin(), kNames.end(), lower) != kNames.end();
}

EmbeddingTable parse_text_table(const std::string& name, std::string_view text,
                                const ExpectedRows& expected) {
  EmbeddingTable table = TableParser(name, text, expected).parse();
  table.open_end = !text.ends_with('\n') && !text.ends_with('\r');
  return table;
}

}  // namespace zerocell
