#include "zerocell/report/terminal_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "zerocell/core/number_text.h"
#include "zerocell/core/utf8.h"
#include "zerocell/figures/score_table.h"
#include "zerocell/report/seeds_csv.h"

namespace zerocell {
namespace {

constexpr const char* kReset = "\x1b[0m";
constexpr const char* kBold = "\x1b[1m";
constexpr const char* kBest = "\x1b[1;32m";
constexpr const char* kFaint = "\x1b[2m";
constexpr size_t kGap = 2;
constexpr size_t kMinNameWidth = 12;

std::string repeated(std::string_view text, size_t n) {
  std::string out;
  for (size_t i = 0; i < n; ++i) out += text;
  return out;
}

std::string padding_to(size_t width, std::string_view text) {
  const size_t used = display_width(text);
  return std::string(used < width ? width - used : 0, ' ');
}

/// "¹²"
std::string superscript(size_t n) {
  constexpr const char* kDigits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string out;
  for (char digit : std::to_string(n)) out += kDigits[digit - '0'];
  return out;
}

std::string score_text(double value) {
  return std::abs(value) < 1000 ? fmt::format("{:.3f}", value) : fmt::format("{:.4g}", value);
}

/// Words broken into lines of at most `width`, all but the first indented.
std::string wrapped(std::string_view text, size_t width, size_t indent) {
  std::string out, line;
  const std::string clean = printable(text);
  for (size_t begin = 0; begin < clean.size();) {
    const size_t end = std::min(clean.find(' ', begin), clean.size());
    const std::string word = clean.substr(begin, end - begin);
    begin = end + 1;
    if (!line.empty() && display_width(line) + 1 + display_width(word) > width) {
      out += line + "\n";
      line = std::string(indent, ' ') + word;
    } else {
      line += (line.empty() ? "" : " ") + word;
    }
  }
  return out + line + "\n";
}

struct Cell {
  std::string value, interval;
  bool best = false;
};

class TerminalTable {
 public:
  TerminalTable(const Evaluation& evaluation, std::span<const MetricInfo> metrics,
                const TableOptions& options)
      : evaluation_(evaluation), options_(options), table_(evaluation, metrics) {
    const size_t limit = std::max(kMinNameWidth, options.width / 3);
    for (const ScoreColumn& column : table_.columns())
      name_width_ = std::max(name_width_, display_width(group_title(column.group)));
    for (const ScoreRow& row : table_.rows()) {
      const std::string ending = row.dims.empty() ? "" : "/" + row.dims;
      names_.push_back(truncate_middle(printable(row.tag), limit - std::min(limit, ending.size())) + ending);
      name_width_ = std::max(name_width_, display_width(names_.back()));
    }
    for (size_t column = 0; column < table_.columns().size(); ++column) add_column(column);
  }

  std::string text() {
    out_ += paint(kBold, printable(evaluation_.dataset)) + ": " + counted(evaluation_.n_cells, "cell") + "\n";
    if (table_.columns().empty()) return out_ + "no scores\n";
    for (size_t begin = 0; begin < table_.columns().size();) {
      const size_t end = block_end(begin);
      write_block(begin, end);
      begin = end;
    }
    write_notes();
    return std::move(out_);
  }

 private:
  std::string paint(const char* code, const std::string& text) const {
    return options_.colour && !text.empty() ? code + text + kReset : text;
  }

  void add_column(size_t column) {
    const ScoreColumn& info = table_.columns()[column];
    headings_.push_back(printable(info.metric) + (info.direction == Direction::higher ? " ↑" : " ↓"));
    size_t value_width = 0, interval_width = 0;
    std::vector<Cell> cells;
    for (size_t row = 0; row < table_.rows().size(); ++row) {
      cells.push_back(cell_at(row, column));
      value_width = std::max(value_width, display_width(cells.back().value));
      interval_width = std::max(interval_width, display_width(cells.back().interval));
    }
    value_widths_.push_back(value_width);
    interval_widths_.push_back(interval_width);
    cells_.push_back(std::move(cells));
  }

  Cell cell_at(size_t row, size_t column) {
    const Score* score = table_.at(row, column);
    if (score == nullptr) return {options_.colour ? "-" : "- ", "", false};
    if (!score->value) {
      const bool failed = score->status == ScoreStatus::failed;
      return {(failed ? "failed" : "n/a") + superscript(footnote(failed, score->reason)), "", false};
    }
    Cell cell{score_text(*score->value), "", table_.is_best(row, column)};
    any_best_ |= cell.best;
    if (!options_.colour) cell.value += cell.best ? "*" : " ";
    if (score->low && score->high) {
      cell.interval = fmt::format(" [{} {}]", score_text(*score->low), score_text(*score->high));
      any_interval_ = true;
    }
    return cell;
  }

  /// Number of the footnote with this text, from 1.
  size_t footnote(bool failed, const std::string& reason) {
    const std::string note =
        std::string(failed ? "failed: " : "not applicable: ") + (reason.empty() ? "no reason given" : reason);
    auto found = std::find(notes_.begin(), notes_.end(), note);
    if (found == notes_.end()) found = notes_.insert(notes_.end(), note);
    return static_cast<size_t>(found - notes_.begin()) + 1;
  }

  size_t column_width(size_t column) const {
    return std::max(display_width(headings_[column]), value_widths_[column] + interval_widths_[column]);
  }

  /// One block holds metrics of one group, as many as fit.
  size_t block_end(size_t begin) const {
    size_t end = begin, used = name_width_;
    while (end < table_.columns().size() && table_.columns()[end].group == table_.columns()[begin].group &&
           (end == begin || used + kGap + column_width(end) <= options_.width)) {
      used += kGap + column_width(end);
      ++end;
    }
    return end;
  }

  void write_block(size_t begin, size_t end) {
    const std::string group = group_title(table_.columns()[begin].group);
    out_ += '\n';
    out_ += paint(kBold, group) + padding_to(name_width_, group);
    size_t width = name_width_;
    for (size_t column = begin; column < end; ++column) {
      out_ += std::string(kGap, ' ') + padding_to(column_width(column), headings_[column]) +
              paint(kBold, headings_[column]);
      width += kGap + column_width(column);
    }
    out_ += '\n';
    out_ += paint(kFaint, repeated("─", width)) + '\n';
    for (size_t row = 0; row < names_.size(); ++row) {
      if (row > 0 && table_.rows()[row].dims != table_.rows()[row - 1].dims)
        out_ += paint(kFaint, repeated("┄", width)) + '\n';
      std::string line = names_[row] + padding_to(name_width_, names_[row]);
      for (size_t column = begin; column < end; ++column) line += cell_text(row, column);
      line.erase(line.find_last_not_of(' ') + 1);
      out_ += line + "\n";
    }
  }

  /// Right-aligned, intervals in a sub-column of their own.
  std::string cell_text(size_t row, size_t column) const {
    const Cell& cell = cells_[column][row];
    const std::string interval_padding = padding_to(interval_widths_[column], cell.interval);
    const std::string whole = padding_to(value_widths_[column], cell.value) +
                              (cell.best ? paint(kBest, cell.value) : cell.value) +
                              paint(kFaint, cell.interval) + interval_padding;
    const size_t width = value_widths_[column] + interval_widths_[column];
    return std::string(kGap + column_width(column) - width, ' ') + whole;
  }

  void write_notes() {
    std::string key = "↑ higher is better, ↓ lower is better";
    if (any_interval_) key += "; in brackets: 95 % interval";
    if (any_best_)
      key += options_.colour ? "; green: best of equal dimensions" : "; *: best of equal dimensions";
    if (const std::string seeds = seeds_text(evaluation_, options_.width); !seeds.empty())
      out_ += '\n' + seeds;
    out_ += '\n' + wrapped(key, options_.width, 0);
    for (size_t i = 0; i < notes_.size(); ++i)
      out_ += wrapped(superscript(i + 1) + " " + notes_[i], options_.width, 2);
  }

  const Evaluation& evaluation_;
  const TableOptions& options_;
  ScoreTable table_;
  std::vector<std::string> names_, headings_, notes_;
  std::vector<std::vector<Cell>> cells_;  ///< (columns, rows)
  std::vector<size_t> value_widths_, interval_widths_;
  size_t name_width_ = 0;
  bool any_best_ = false, any_interval_ = false;
  std::string out_;
};

}  // namespace

std::string terminal_table(const Evaluation& evaluation, std::span<const MetricInfo> metrics,
                           const TableOptions& options) {
  return TerminalTable(evaluation, metrics, options).text();
}

}  // namespace zerocell
