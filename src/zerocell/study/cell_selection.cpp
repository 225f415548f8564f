#include "zerocell/study/cell_selection.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <optional>

#include "zerocell/core/error.h"
#include "zerocell/core/random.h"
#include "zerocell/study/cell_list.h"

namespace zerocell {
namespace {

struct Clause {
  std::string column, op;
  std::vector<std::string> values;
};

/// Splits "tech != 'smart seq' and n_genes >= 200" into clauses.
class ConditionReader {
 public:
  explicit ConditionReader(std::string_view text) : text_(text) {}

  std::vector<Clause> read() {
    std::vector<Clause> clauses;
    do clauses.push_back(clause());
    while (take_word("and") || take_word("&&") || take_word("&"));
    skip_space();
    if (position_ != text_.size()) fail("'and' or the end");
    return clauses;
  }

 private:
  [[noreturn]] void fail(const std::string& expected) const {
    throw Error::usage({fmt::format("condition '{}'", text_), expected,
                        position_ < text_.size() ? fmt::format("'{}'", text_.substr(position_)) : "the end",
                        "Write it as: COLUMN == 'value' and OTHER >= 200"});
  }
  void skip_space() {
    while (position_ < text_.size() && text_[position_] == ' ') ++position_;
  }
  bool take(std::string_view what) {
    skip_space();
    if (text_.substr(position_, what.size()) != what) return false;
    position_ += what.size();
    return true;
  }
  bool take_word(std::string_view what) {
    const size_t start = position_;
    if (!take(what)) return false;
    if (position_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[position_])) != 0)) {
      position_ = start;
      return false;
    }
    return true;
  }
  std::string value(std::string_view stops, const char* what) {
    skip_space();
    std::string result;
    if (position_ < text_.size() && (text_[position_] == '\'' || text_[position_] == '"')) {
      const char quote = text_[position_++];
      const size_t end = text_.find(quote, position_);
      if (end == std::string_view::npos) fail("a closing quote");
      result = text_.substr(position_, end - position_);
      position_ = end + 1;
      return result;
    }
    while (position_ < text_.size() && stops.find(text_[position_]) == std::string_view::npos)
      result += text_[position_++];
    if (result.empty()) fail(what);
    return result;
  }
  Clause clause() {
    Clause c;
    c.column = value(" =!<>", "a column");
    for (const char* op : {"==", "!=", "<=", ">=", "<", ">"})
      if (c.op.empty() && take(op)) c.op = op;
    if (c.op.empty() && take_word("in")) c.op = "in";
    if (c.op.empty()) fail("one of == != < <= > >= in");
    if (c.op != "in") {
      c.values.push_back(value(" ", "a value"));
      return c;
    }
    if (!take("[") && !take("(")) fail("a list in brackets");
    do c.values.push_back(value(",]) ", "a value"));
    while (take(","));
    if (!take("]") && !take(")")) fail("a closing bracket");
    return c;
  }

  std::string_view text_;
  size_t position_ = 0;
};

std::optional<double> as_number(const std::string& text) {
  double number = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (status != std::errc() || end != text.data() + text.size()) return std::nullopt;
  // A group called "nan" is compared by its name: as a number it would equal nothing, not even itself.
  return std::isnan(number) ? std::nullopt : std::optional(number);
}

bool compare(const std::string& op, auto a, auto b) {
  if (op == "==" || op == "in") return a == b;
  if (op == "!=") return a != b;
  if (op == "<") return a < b;
  if (op == "<=") return a <= b;
  if (op == ">") return a > b;
  return a >= b;
}

// Category names are compared as numbers when both sides are numbers ("2" == 2.0), else as text.
bool holds(const Clause& clause, const std::string& name) {
  return std::any_of(clause.values.begin(), clause.values.end(), [&](const std::string& value) {
    const auto a = as_number(name), b = as_number(value);
    return a && b ? compare(clause.op, *a, *b) : compare(clause.op, name, value);
  });
}

}  // namespace

std::vector<uint8_t> rows_where(std::string_view condition, size_t n_rows,
                                const std::function<Column(const std::string&)>& column) {
  std::vector<uint8_t> keep(n_rows, 1);
  for (const auto& clause : ConditionReader(condition).read()) {
    const auto groups = column(clause.column).as_categorical();
    std::vector<uint8_t> fulfilled;
    for (const auto& name : groups.categories) fulfilled.push_back(holds(clause, name));
    for (size_t i = 0; i < n_rows; ++i)
      keep[i] = keep[i] && groups.codes[i] >= 0 && fulfilled[static_cast<size_t>(groups.codes[i])];
  }
  return keep;
}

void add_to_hash(ContentHash& hash, const CellSelectionOptions& options) {
  hash.add(std::string_view(options.where));
  for (const auto& path : {options.exclude_cells, options.overlap})
    hash.add(std::string_view(path.empty() ? "" : hash_path(path)));
  hash.add(std::string_view(options.overlap.empty() ? "" : options.overlap_by));
  hash.add(static_cast<uint64_t>(options.subsample));
  // Without a sample nothing is drawn.
  if (options.subsample) hash.add(options.seed).add(static_cast<uint64_t>(options.numpy_draw));
}

std::vector<Loss> selection_losses(const CellSelection& selection, const CellSelectionOptions& options,
                                   size_t n_cells) {
  std::vector<Loss> losses;
  const auto lost = [&](size_t n, const std::string& reason) {
    if (n) losses.push_back({"cells", static_cast<double>(n), static_cast<double>(n_cells), reason});
  };
  lost(selection.excluded_by_where, "left out by the condition " + options.where);
  lost(selection.excluded_by_list, "in the list of cells to leave out");
  lost(selection.excluded_by_overlap, "in the list of cells that a model was trained on");
  lost(selection.not_sampled, "not in the sample");
  return losses;
}

CellSelection select_cells(const CellSelectionOptions& options, const CellFacts& facts) {
  CellSelection result;
  const size_t n_rows = facts.n_cells;
  std::vector<uint8_t> keep(n_rows, 1);
  if (!options.where.empty()) {
    keep = rows_where(options.where, n_rows, facts.column);
    result.excluded_by_where = static_cast<size_t>(std::count(keep.begin(), keep.end(), 0));
  }
  const auto leave_out = [&](const CellList& list, size_t& n_excluded) {
    if (list.path.empty()) return size_t{0};
    std::vector<uint8_t> listed(n_rows, 0);
    auto found = mark_list(list, facts, listed);
    std::ranges::move(found.notes, std::back_inserter(result.list_notes));
    for (size_t i = 0; i < n_rows; ++i) {
      n_excluded += keep[i] && listed[i];
      keep[i] = keep[i] && !listed[i];
    }
    return found.n_not_found;
  };
  result.names_not_found = leave_out({options.exclude_cells, "", false}, result.excluded_by_list);
  // A model was trained on many data sets: that most of its list is not here says nothing.
  leave_out({options.overlap, options.overlap_by, true}, result.excluded_by_overlap);
  for (uint32_t i = 0; i < n_rows; ++i)
    if (keep[i]) result.cells.push_back(i);
  if (result.cells.empty())
    throw Error::data(
        {"the selected cells", "at least one cell",
         fmt::format("none of {}: {} left out by the condition, {} by lists", n_rows,
                     result.excluded_by_where, result.excluded_by_list + result.excluded_by_overlap),
         "Check --where and --exclude-cells"});
  if (options.subsample == 0 || options.subsample >= result.cells.size()) return result;
  result.not_sampled = result.cells.size() - options.subsample;
  std::vector<uint32_t> order;
  if (options.numpy_draw) {
    order = NumpyMt19937(static_cast<uint32_t>(options.seed)).permutation(result.cells.size());
  } else {
    Random random(options.seed, 0x5b5a);
    order = permutation(result.cells.size(), random);
  }
  order.resize(options.subsample);
  std::sort(order.begin(), order.end());
  for (auto& row : order) row = result.cells[row];
  result.cells = std::move(order);
  return result;
}

}  // namespace zerocell
