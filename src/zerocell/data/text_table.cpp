#include "zerocell/data/text_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

constexpr char kSpaces = ' ';  ///< stands for any run of spaces and tabs

std::string_view trimmed(std::string_view field) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!field.empty() && blank(field.front())) field.remove_prefix(1);
  while (!field.empty() && blank(field.back())) field.remove_suffix(1);
  return field;
}

/// The field as a number; nothing when it is none. Numbers too large for float32 become infinite.
std::optional<float> parse_number(std::string_view field) {
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
    return tiny ? 0.0f : INFINITY;
  }
  if (std::abs(value) >= 0x1.ffffffp127)
    return std::copysign(INFINITY, static_cast<float>(value > 0 ? 1 : -1));
  return static_cast<float>(value);
}

/// Hands out the fields of a text line by line.
class LineReader {
 public:
  LineReader(const std::string& name, std::string_view text) : name_(name), rest_(text) {
    if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
    while (!rest_.empty() && trimmed(line()).empty()) skip_line();
    while (rest_.starts_with('#')) skip_line();
    while (rest_.ends_with('\n') || rest_.ends_with('\r') || rest_.ends_with(' ')) rest_.remove_suffix(1);
    separator_ = guess_separator();
  }

  bool at_end() const { return rest_.empty(); }
  size_t line_number() const { return line_number_; }
  size_t lines_left() const {
    return rest_.empty() ? 0 : 1 + static_cast<size_t>(std::count(rest_.begin(), rest_.end(), '\n'));
  }

  /// Fields of the next line. Views into the text, or into a buffer that the next call overwrites.
  void next(std::vector<std::string_view>& fields) {
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

 private:
  std::string_view line() const { return rest_.substr(0, rest_.find('\n')); }
  void skip_line() {
    rest_.remove_prefix(std::min(rest_.size(), line().size() + 1));
    ++line_number_;
  }
  char guess_separator() const {
    const auto first = line();
    const bool comma_first = name_.find(".csv") != std::string::npos;
    for (const char c : comma_first ? std::array{',', ';', '\t'} : std::array{'\t', ',', ';'})
      if (first.find(c) != std::string_view::npos) return c;
    return kSpaces;
  }
  std::string_view take_field(std::string_view& current) {
    if (current.starts_with('"')) return take_quoted(current);
    const size_t end = separator_ == kSpaces ? current.find_first_of(" \t") : current.find(separator_);
    const auto field = current.substr(0, end);
    step_over(current, end);
    return field;
  }
  void step_over(std::string_view& current, size_t end) {
    more_ = end < current.size();
    current.remove_prefix(more_ ? end + 1 : current.size());
    if (more_ && separator_ == kSpaces) current = trimmed(current);
  }
  std::string_view take_quoted(std::string_view& current) {
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

  std::string name_;
  std::string_view rest_;
  std::string unquoted_;
  char separator_ = ',';
  bool more_ = false;
  size_t line_number_ = 0;
};

/// 0, 1, 2, ...: the header of a data frame without column names.
bool counts_up(const std::vector<std::string_view>& fields) {
  for (size_t i = 0; i < fields.size(); ++i)
    if (trimmed(fields[i]) != std::to_string(i)) return false;
  return true;
}

bool is_missing_value(std::string_view field) {
  static constexpr std::array<std::string_view, 9> kMissing{"",    "NA",  "na",   "N/A", "n/a",
                                                            "nan", "NaN", "NULL", "None"};
  return std::find(kMissing.begin(), kMissing.end(), trimmed(field)) != kMissing.end();
}

/// Headers that programs give to a column of cell names.
bool is_index_header(std::string_view field) {
  static constexpr std::array<std::string_view, 14> kNames{
      "",       "index",     "_index",    "unnamed: 0", "cell", "cells",    "cell_id",
      "cellid", "cell_name", "obs_names", "barcode",    "id",   "barcodes", "rownames"};
  std::string lower(trimmed(field));
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return std::find(kNames.begin(), kNames.end(), lower) != kNames.end();
}

class TableParser {
 public:
  TableParser(const std::string& name, std::string_view text, size_t expected_rows)
      : name_(name), lines_(name, text), text_size_(text.size()), expected_rows_(expected_rows) {}

  NumberTable parse() {
    if (lines_.at_end()) fail("", "rows of numbers", "no rows");
    const size_t n_lines = lines_.lines_left();
    std::vector<std::string_view> fields;
    lines_.next(fields);
    const bool has_header = is_header(fields, n_lines);
    if (has_header) {
      column_names_.assign(fields.begin(), fields.end());
      if (lines_.at_end()) fail("", "rows of numbers", "a header row alone");
      lines_.next(fields);
    }
    const size_t n = n_lines - has_header;
    has_names_ = first_column_holds_names(fields, has_header);
    n_fields_ = fields.size();
    if (n_fields_ == size_t{has_names_}) fail(place(), "numbers", "a column of names alone");
    check_header_width();
    if (expected_rows_ != 0 && n != expected_rows_)
      fail("", fmt::format("{} rows, one per cell", expected_rows_),
           fmt::format("{} rows{}", n, has_header ? " below a header" : ", no header"));

    NumberTable table;
    const size_t d = n_fields_ - has_names_;
    // A good row has a character and a separator a field. Where the text is too short for that, some row is
    // ragged: the rows are then parsed for the message alone, and no matrix is made for them.
    const bool plausible = n <= (text_size_ + 1) / 2 / n_fields_;
    table.values = DenseMatrix<float>(plausible ? n : 1, d);
    for (size_t i = 0; i < n; ++i) {
      if (i > 0) lines_.next(fields);
      parse_row(fields, table.values.row(plausible ? i : 0));
      if (has_names_) table.row_names.emplace_back(trimmed(fields[0]));
    }
    if (!plausible) throw Error::internal("no ragged row where there must be one: " + name_);
    if (!column_names_.empty())
      table.column_names.assign(column_names_.end() - static_cast<ptrdiff_t>(d), column_names_.end());
    return table;
  }

 private:
  [[noreturn]] void fail(const std::string& where, const std::string& expected, const std::string& found,
                         const std::string& advice = "") const {
    throw Error::data({.read = name_ + where, .expected = expected, .found = found, .advice = advice});
  }
  std::string place() const { return fmt::format(", line {}", lines_.line_number()); }

  bool is_header(const std::vector<std::string_view>& fields, size_t n_lines) const {
    const bool right_without = expected_rows_ != 0 && n_lines == expected_rows_;
    // A first field that is no number may be the name of a cell; the others decide.
    const size_t from = fields.size() > 1 ? 1 : 0;
    for (size_t i = from; i < fields.size(); ++i)
      if (!parse_number(fields[i]) && !is_missing_value(fields[i])) return true;
    if (fields.size() > 1 && is_index_header(fields[0])) return true;
    if (right_without) return false;
    return (fields.size() > 1 || n_lines == expected_rows_ + 1) && counts_up(fields);
  }
  bool first_column_holds_names(const std::vector<std::string_view>& first_row, bool has_header) const {
    if (has_header && column_names_.size() + 1 == first_row.size()) return true;
    if (has_header && column_names_.size() > 1 && is_index_header(column_names_[0])) return true;
    return !parse_number(first_row[0]) && !is_missing_value(first_row[0]);
  }
  void check_header_width() const {
    const size_t width = column_names_.size();
    if (width != 0 && width != n_fields_ && width + has_names_ != n_fields_)
      fail(place(), fmt::format("{} fields as in the header", width), fmt::format("{} fields", n_fields_));
  }
  void parse_row(const std::vector<std::string_view>& fields, std::span<float> out) const {
    if (fields.size() != n_fields_)
      fail(place(), fmt::format("{} fields as in the rows above", n_fields_),
           fmt::format("{} fields", fields.size()));
    for (size_t j = 0; j < out.size(); ++j) {
      const auto field = fields[j + has_names_];
      const auto value = parse_number(field);
      const auto where = [&] { return fmt::format("{}, field {}", place(), j + has_names_ + 1); };
      if (!value && !is_missing_value(field))
        fail(where(), "a number", fmt::format("'{}'", field.substr(0, 40)));
      if (!value || !std::isfinite(*value))
        fail(where(), "a finite number within the range of float32",
             field.empty() ? "a missing value" : fmt::format("'{}'", field.substr(0, 40)));
      out[j] = *value;
    }
  }

  std::string name_;
  LineReader lines_;
  size_t text_size_, expected_rows_, n_fields_ = 0;
  bool has_names_ = false;
  std::vector<std::string> column_names_;
};

}  // namespace

NumberTable parse_number_table(const std::string& name, std::string_view text, size_t expected_rows) {
  return TableParser(name, text, expected_rows).parse();
}

}  // namespace zerocell
