#include "zerocell/data/row_match.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <unordered_set>

#include "zerocell/core/error.h"
#include "zerocell/data/gzip_lines.h"
#include "zerocell/data/number_kind.h"

namespace zerocell {
namespace {

constexpr uint32_t kNone = NameIndex::kNone;
/// The cells of a column's texts.
struct Matched {
  std::vector<uint32_t> cells;       ///< (R) kNone where a text is no cell's name
  std::vector<std::string> unknown;  ///< texts that are none
  std::vector<std::string> twice;    ///< texts of several rows
  size_t n_ambiguous = 0;            ///< texts that several cells have as their name
  bool as_numbers = false;           ///< "12.0" taken as "12"
  size_t n_found() const { return cells.size() - unknown.size(); }
  bool complete() const { return unknown.empty() && twice.empty() && n_ambiguous == 0; }
};

Matched match_texts(const NameColumn& column, const NameIndex& names, bool as_numbers) {
  Matched matched;
  matched.as_numbers = as_numbers;
  std::unordered_set<uint32_t> seen;
  for (const auto& text : column.texts) {
    const uint32_t cell = as_numbers ? names.find_number(text) : names.find(text);
    matched.cells.push_back(cell);
    if (cell == kNone) {
      matched.unknown.push_back(text);
      continue;
    }
    matched.n_ambiguous += names.is_repeated(cell);
    if (!seen.insert(cell).second) matched.twice.push_back(text);
  }
  return matched;
}

class Matcher {
 public:
  Matcher(const std::string& source, const EmbeddingTable& table, const TableCells& cells)
      : source_(source),
        table_(table),
        names_(cells.names),
        selected_(cells.selected),
        n_rows_(zerocell::n_rows(table.values)),
        is_dimension_(n_cols(table.values), true) {}

  RowMatch run() {
    for (const auto& column : table_.names) look_at(column);
    if (!full_.empty())
      take_full();
    else
      refuse_unmatched();
    sort_numbers();
    if (result_.how.empty()) take_by_position();
    for (size_t j = 0; j < is_dimension_.size(); ++j)
      if (is_dimension_[j]) result_.dimensions.push_back(j);
    if (result_.dimensions.empty()) fail("columns of numbers", "names and row numbers alone");
    return std::move(result_);
  }

 private:
  struct Candidate {
    const NameColumn* column;
    Matched matched;
  };

  [[noreturn]] void fail(const std::string& expected, const std::string& found,
                         const std::string& advice = "") const {
    throw Error::data({.read = source_, .expected = expected, .found = found, .advice = advice});
  }
  std::string text_of(const NameColumn& column) const {
    if (column.column == NameColumn::kIndex) return "the index";
    return column_text(table_, column.column);
  }
  static constexpr const char* kUseNpy =
      "save the matrix alone as .npy, whose columns are all dimensions and whose rows are in the order of "
      "the "
      "cells";

  void take_column(const NameColumn& column) {
    if (column.column != NameColumn::kIndex) is_dimension_[column.column] = false;
  }

  /// The very names of all cells, or of the selected ones, in their order: then names may repeat.
  std::optional<Matched> match_order(const NameColumn& column) const {
    const auto all = names_.names();
    const auto& texts = column.texts;
    Matched matched;
    if (std::ranges::equal(texts, all)) {
      matched.cells.resize(all.size());
      std::iota(matched.cells.begin(), matched.cells.end(), 0u);
      return matched;
    }
    const auto name_of = [&](uint32_t cell) -> const std::string& { return all[cell]; };
    if (!std::ranges::equal(texts, selected_, {}, {}, name_of)) return std::nullopt;
    matched.cells.assign(selected_.begin(), selected_.end());
    return matched;
  }

  void look_at(const NameColumn& column) {
    if (auto in_order = match_order(column)) {
      full_.push_back({&column, std::move(*in_order)});
      return;
    }
    auto matched = match_texts(column, names_, false);
    if (!matched.complete())
      if (auto numbers = match_texts(column, names_, true); numbers.complete()) matched = std::move(numbers);
    auto& list = matched.complete() ? full_ : partial_;
    list.push_back({&column, std::move(matched)});
  }

  void take_full() {
    const auto& [column, matched] = full_.front();
    for (const auto& other : full_)
      if (other.matched.cells != matched.cells)
        fail("one column with the names of the cells",
             fmt::format("names of cells in {} and, in another order, in {}", text_of(*column),
                         text_of(*other.column)),
             "Leave out the column that does not name the cells");
    std::vector<uint32_t> row_of(names_.names().size(), kNone);
    for (uint32_t i = 0; i < matched.cells.size(); ++i) row_of[matched.cells[i]] = i;
    std::vector<std::string> without;
    for (const uint32_t cell : selected_) {
      result_.rows.push_back(row_of[cell]);
      if (row_of[cell] == kNone) without.push_back(names_.names()[cell]);
    }
    if (!without.empty())
      fail(fmt::format("a row for each of the {} cells", selected_.size()),
           fmt::format("{} rows by name ({}), and none for {} of these cells: {}", n_rows_, text_of(*column),
                       without.size(), some_of(without)),
           "Write a row for each cell, with nan in every column where it has no vector, or leave these cells "
           "out with --exclude-cells");
    result_.how = fmt::format("by name ({})", text_of(*column));
    if (matched.as_numbers)
      result_.warnings.push_back(
          fmt::format("the names in {} are taken as whole numbers: '{}' is the cell '{}'", text_of(*column),
                      column->texts.front(), names_.names()[matched.cells.front()]));
    for (const auto& one : full_) take_column(*one.column);
  }

  /// Without a column of names: those that should be one are told of.
  void refuse_unmatched() {
    const Candidate* worst = nullptr;
    for (const auto& candidate : partial_) {
      const auto& [column, matched] = candidate;
      // Numbers that repeat are a dimension; so are those of which few happen to be names.
      const bool may_be_numbers = !column->text_row && !column->declared;
      if (may_be_numbers && (2 * matched.n_found() < n_rows_ || 2 * matched.twice.size() > n_rows_)) continue;
      if (matched.n_found() > 0 && (!worst || matched.n_found() > worst->matched.n_found()))
        worst = &candidate;
    }
    if (worst) refuse_partial(*worst);
    for (const auto& [column, matched] : partial_)
      if (column->text_row || (column->declared && !is_numbered(*column))) refuse_unknown(*column, matched);
  }

  bool is_numbered(const NameColumn& column) const {
    if (column.column != NameColumn::kIndex) return kind(column) == NumberKind::numbered;
    for (const size_t first : {0, 1}) {
      size_t i = 0;
      while (i < n_rows_ && column.texts[i] == std::to_string(first + i)) ++i;
      if (i == n_rows_) return true;
    }
    return false;
  }

  [[noreturn]] void refuse_partial(const Candidate& candidate) const {
    const auto& [column, matched] = candidate;
    const auto where = text_of(*column);
    if (matched.n_ambiguous > 0)
      fail("names that tell the cells apart",
           fmt::format("{} rows in {} whose name several cells of the data set have", matched.n_ambiguous,
                       where),
           "Make the names of the cells different (obs_names_make_unique) in both files");
    if (!matched.twice.empty())
      fail("a name once",
           fmt::format("{} of {} rows in {} with a name that another row has: {}", matched.twice.size(),
                       n_rows_, where, some_of(matched.twice)),
           "Leave one row for each cell");
    fail(fmt::format("names of cells in {}", where),
         fmt::format(
             "{} of {} rows with the name of a cell, and {} with another: {}. The data set has {} cells, "
             "such as '{}'",
             matched.n_found(), n_rows_, matched.unknown.size(), some_of(matched.unknown),
             names_.names().size(), names_.names().front()),
         advice(matched, "Leave out the rows of other cells, or correct the names"));
  }

  std::string advice(const Matched& matched, const std::string& otherwise) const {
    const auto form = other_form(matched.unknown, names_);
    return form.empty() ? otherwise : form + ". Write the names as the data set has them";
  }

  /// A column of texts, or one that should hold names, of which none is a cell's.
  [[noreturn]] void refuse_unknown(const NameColumn& column, const Matched& matched) const {
    if (column.text_row && n_texts(column) * 2 < n_rows_) refuse_text(column);
    const bool is_index = column.column == NameColumn::kIndex;
    fail(fmt::format("names of cells in {}, such as '{}'", text_of(column), names_.names().front()),
         fmt::format("no name of a cell in {} rows, but {}", n_rows_, some_of(matched.unknown)),
         advice(matched,
                is_index ? "Give the data frame the index of obs; an array in its place is taken by position"
                         : fmt::format("Correct the names, or leave that column out if the rows are in the "
                                       "order of the cells: {}",
                                       kUseNpy)));
  }
  size_t n_texts(const NameColumn& column) const {
    if (column.column == NameColumn::kIndex) return n_rows_;
    return std::visit(
        [&](const auto& values) {
          size_t n = 0;
          for (size_t i = 0; i < n_rows_; ++i) n += std::isnan(values(i, column.column));
          return n;
        },
        table_.values);
  }
  [[noreturn]] void refuse_text(const NameColumn& column) const {
    const size_t row = *column.text_row;
    const auto where = table_.first_line
                           ? fmt::format(", line {}, field {}", table_.first_line + row, column.column + 1)
                           : fmt::format(", {}, row {} (counted from 0)", text_of(column), row);
    throw Error::data({.read = source_ + where,
                       .expected = "a number",
                       .found = fmt::format("'{}'", column.texts[row].substr(0, 40)),
                       .advice = "Leave out columns that are no dimensions of the embedding"});
  }

  NumberKind kind(size_t column, bool declared = false) const {
    return number_kind(table_.values, column, declared);
  }
  NumberKind kind(const NameColumn& column) const { return kind(column.column, column.declared); }

  /// Columns of row numbers and ids are no dimensions.
  void sort_numbers() {
    const bool by_name = !result_.how.empty();
    std::vector<size_t> ids;
    bool has_fractions = false;
    for (size_t j = 0; j < is_dimension_.size(); ++j) {
      if (!is_dimension_[j]) continue;
      const auto* column = name_column(j);
      if (table_.is_table && column && column->text_row) refuse_text(*column);
      const auto of_column = column ? kind(*column) : kind(j);
      const bool row_numbers = of_column == NumberKind::numbered || of_column == NumberKind::shuffled;
      if (!table_.is_table) {
        if (row_numbers || of_column == NumberKind::ids) check_array_column(j, row_numbers);
        if (of_column == NumberKind::ids) ids.push_back(j);
      } else if (row_numbers || (column && column->declared)) {
        leave_out(j, of_column, by_name);
      } else if (of_column == NumberKind::ids) {
        ids.push_back(j);
      }
      has_fractions = has_fractions || of_column == NumberKind::fractions;
    }
    if (!has_fractions || ids.empty()) return;
    if (!table_.is_table) {
      result_.warnings.push_back(
          fmt::format("{} holds another whole number in every row, as ids are, and is taken as a dimension; "
                      "where it is none, "
                      "leave it out",
                      column_text(table_, ids[0])));
      return;
    }
    fail("dimensions of the embedding",
         fmt::format("{} with another whole number in every row, as ids are, {}", column_text(table_, ids[0]),
                     by_name ? "beside the names of the cells" : "which are no names of cells"),
         fmt::format("Leave that column out; if it is a dimension, {}", kUseNpy));
  }

  void leave_out(size_t j, NumberKind of_column, bool by_name) {
    if (of_column != NumberKind::numbered && !by_name)
      fail("the names of the cells, or rows in their order",
           fmt::format("row numbers in another order in {}, which are no names of cells",
                       column_text(table_, j)),
           fmt::format("Give the rows the names of the cells; if that column is a dimension, {}", kUseNpy));
    is_dimension_[j] = false;
    result_.warnings.push_back(
        fmt::format("{} numbers the rows and is left out: it is no dimension", column_text(table_, j)));
  }

  /// An array has no names: what looks like them is told of.
  void check_array_column(size_t j, bool row_numbers) {
    const bool names = std::visit(
        [&](const auto& values) {
          std::unordered_set<uint32_t> cells;
          for (size_t i = 0; i < n_rows_; ++i) {
            const auto text = fmt::format("{:.0f}", static_cast<double>(values(i, j)));
            const uint32_t cell = names_.find(text) != kNone ? names_.find(text) : names_.find_number(text);
            if (cell == kNone) return false;
            cells.insert(cell);
          }
          return cells.size() == n_rows_;
        },
        table_.values);
    const auto where = column_text(table_, j);
    if (names)
      fail("dimensions of the embedding", fmt::format("the names of the cells in {}", where),
           fmt::format(
               "Leave that column out (numpy.delete(x, {}, axis=1)), or write a .csv with the names in "
               "its first column",
               j));
    if (row_numbers)
      result_.warnings.push_back(fmt::format(
          "{} holds row numbers and is taken as a dimension; where it is an index, leave it out", where));
  }

  const NameColumn* name_column(size_t j) const {
    const auto at = std::ranges::find(table_.names, j, &NameColumn::column);
    return at == table_.names.end() ? nullptr : &*at;
  }
  void take_by_position() {
    const size_t n = names_.names().size(), m = selected_.size();
    if (n_rows_ == n) {
      result_.rows.assign(selected_.begin(), selected_.end());
    } else if (n_rows_ == m) {
      result_.rows.resize(m);
      std::iota(result_.rows.begin(), result_.rows.end(), 0u);
    } else {
      const auto header = table_.column_names.empty() ? "no header" : "below a header";
      fail(n == m ? fmt::format("{} rows, one per cell", n)
                  : fmt::format("{} rows, one per cell of the file, or {}, one per selected cell", n, m),
           table_.first_line ? fmt::format("{} rows, {}", n_rows_, header) : fmt::format("{} rows", n_rows_),
           n_cols(table_.values) == n || n_cols(table_.values) == m ? "The matrix seems to be transposed"
                                                                    : "");
    }
    result_.how = "by position";
    if (table_.is_table)
      result_.warnings.push_back(fmt::format(
          "no column names the cells: the rows are taken by position, as those of the {} {} in their order",
          n_rows_, n_rows_ == n ? "cells" : "selected cells"));
  }

  const std::string& source_;
  const EmbeddingTable& table_;
  const NameIndex& names_;
  std::span<const uint32_t> selected_;
  size_t n_rows_;
  std::vector<bool> is_dimension_;
  std::vector<Candidate> full_, partial_;
  RowMatch result_;
};

}  // namespace

RowMatch match_rows(const std::string& source, const EmbeddingTable& table, const TableCells& cells) {
  RowMatch match = Matcher(source, table, cells).run();
  if (table.open_end) match.warnings.push_back(open_end_text(source));
  return match;
}

}  // namespace zerocell
