#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "zerocell/core/number_text.h"
#include "zerocell/core/utf8.h"
#include "zerocell/figures/score_table.h"
#include "zerocell/report/csv_text.h"
#include "zerocell/report/leaderboard.h"
#include "zerocell/report/leaderboard_words.h"
#include "zerocell/report/text_table.h"

namespace zerocell {
namespace {

std::string number(const std::optional<double>& x) {
  return x ? fmt::format("{}", *x) : "";
}

/// Columns that share a table: those of one group, cut where the width is used up.
using Block = std::vector<const LeaderboardColumn*>;

std::vector<Block> blocks_of(const LeaderboardSection& section, size_t name_width, size_t width) {
  constexpr size_t kGap = 2;
  std::vector<Block> blocks;
  size_t used = 0;
  for (const LeaderboardColumn& column : section.columns) {
    size_t needed = display_width(leaderboard_heading(column));
    for (const LeaderboardCell& cell : column.cells)
      needed = std::max(needed, display_width(leaderboard_cell_text(cell, column)));
    const bool fits =
        !blocks.empty() && blocks.back().back()->group == column.group && used + kGap + needed <= width;
    if (!fits) {
      blocks.emplace_back();
      used = kGap + name_width;
    }
    blocks.back().push_back(&column);
    used += kGap + needed;
  }
  return blocks;
}

/// True where the results hold nothing of method `i` for any of the metrics, not even a failure.
bool was_not_tried(const Block& block, size_t i) {
  return std::ranges::all_of(block, [i](const LeaderboardColumn* column) {
    const LeaderboardCell& cell = column->cells[i];
    return !cell.median &&
           std::ranges::all_of(cell.gaps, [](const LeaderboardGap& gap) { return gap.reason == kNotThere; });
  });
}

void add_section(std::string& out, const Leaderboard& board, const LeaderboardSection& section,
                 size_t width) {
  out += "\n" + leaderboard_title(section) + "\n";
  size_t name_width = 0;
  for (const size_t method : section.methods)
    name_width = std::max(name_width, display_width(printable(board.methods[method].name)));
  for (const Block& block : blocks_of(section, name_width, width)) {
    std::vector<std::vector<std::string>> rows = {{printable(group_title(block[0]->group))}};
    for (const LeaderboardColumn* column : block) rows[0].push_back(leaderboard_heading(*column));
    for (size_t i = 0; i < section.methods.size(); ++i) {
      if (was_not_tried(block, i)) continue;
      rows.push_back({printable(board.methods[section.methods[i]].name)});
      for (const LeaderboardColumn* column : block)
        rows.back().push_back(leaderboard_cell_text(column->cells[i], *column));
    }
    out += "\n" + aligned(rows);
  }
}

/// Text that Markdown shows as it is.
std::string markdown(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&')
      out += "&amp;";
    else {
      if (std::string_view("\\`*_[]|~#!$").find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
  }
  return out;
}

std::string markdown_row(const std::vector<std::string>& fields) {
  std::string out = "|";
  for (const std::string& field : fields) out += " " + markdown(field) + " |";
  return out + "\n";
}

void add_markdown_list(std::string& out, const char* title, const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  out += fmt::format("\n## {}\n", title);
  for (const std::string& line : lines) out += "- " + markdown(line) + "\n";
}

void add_markdown_datasets(std::string& out, const Leaderboard& board) {
  out += "\n## Data sets\n" + markdown_row({"name", "cells", "input hash", "in"}) + "|---|---:|---|---|\n";
  for (const LeaderboardDataset& dataset : board.datasets) {
    std::string folders;
    for (const size_t folder : dataset.folders)
      folders += (folders.empty() ? "" : ", ") + board.folders[folder];
    out += markdown_row({dataset.name, with_commas(dataset.n_cells),
                         dataset.input_hash.empty() ? "unknown" : dataset.input_hash, folders});
  }
}

}  // namespace

std::string leaderboard_title(const LeaderboardSection& section) {
  if (section.dims.empty()) return "Full dimensions";
  const std::string n = section.dims.starts_with("pc") ? section.dims.substr(2) : "";
  return n.empty() ? printable(section.dims) : "Reduced to " + printable(n) + " principal components";
}

std::string leaderboard_heading(const LeaderboardColumn& column) {
  return printable(column.title) + (column.direction == Direction::higher ? " ↑" : " ↓");
}

std::string leaderboard_cell_text(const LeaderboardCell& cell, const LeaderboardColumn& column) {
  if (!cell.median) return "-";
  std::string out = fmt::format("{:.3f}", *cell.median);
  if (cell.seed_sd) out += fmt::format(" ±{:.3f}", *cell.seed_sd);
  if (cell.n_datasets < column.datasets.size())
    return out + fmt::format(" [{} of {}]", cell.n_datasets, column.datasets.size());
  if (cell.mean_rank) out += fmt::format(" ({:.2f})", *cell.mean_rank);
  if (cell.place == size_t{1}) out += "*";
  return out;
}

std::vector<std::string> leaderboard_legend(const Leaderboard& board) {
  std::vector<std::string> lines = {
      "Median over data sets; in round brackets the mean rank (1 is best, ties share the mean of their "
      "ranks), "
      "* the best of it. ± is the standard deviation over seeds.",
      "In square brackets: the method lacks some of the data sets; its median is of the others, and it is "
      "not "
      "ranked."};
  if (board.common_only) lines[1] = "Compared are only the data sets that every method of the metric has.";
  for (std::string& line : leaderboard_unranked(board)) lines.push_back(std::move(line));
  return lines;
}

std::vector<std::string> leaderboard_unranked(const Leaderboard& board) {
  std::vector<std::string> lines;
  for (const LeaderboardSection& section : board.sections) {
    std::string apart, incomplete;
    for (const LeaderboardColumn& column : section.columns) {
      std::string& list = column.datasets.empty() ? apart : incomplete;
      const auto has_value = [](const LeaderboardCell& cell) { return cell.median.has_value(); };
      const bool is_one_method = std::ranges::count_if(column.cells, has_value) == 1;
      if (column.n_ranked > 0 || is_one_method) continue;
      list += (list.empty() ? "" : ", ") + printable(column.title);
    }
    const std::string title = leaderboard_title(section);
    if (!apart.empty())
      lines.push_back(title + ": no data set on which methods could be compared in " + apart + ".");
    if (!incomplete.empty())
      lines.push_back(title + ": no ranks, as fewer than two methods have all data sets, in " + incomplete +
                      " (--common compares on those that all have).");
  }
  return lines;
}

std::vector<std::string> leaderboard_left_out(const Leaderboard& board) {
  std::vector<std::string> lines;
  for (const LeftOut& entry : board.left_out)
    lines.push_back(counted(entry.n_scores, "score") + ": " + printable(entry.reason));
  return lines;
}

std::string leaderboard_text(const Leaderboard& board, size_t width) {
  std::string out =
      fmt::format("{} of {}, convention {}; {} compared\n", counted(board.methods.size(), "method"),
                  counted(board.datasets.size(), "data set"), printable(board.convention),
                  counted(board.n_used, "score"));
  for (const LeaderboardSection& section : board.sections) add_section(out, board, section, width);
  out += "\n";
  for (const std::string& line : leaderboard_legend(board)) out += line + "\n";
  const auto left_out = leaderboard_left_out(board);
  if (!left_out.empty()) out += "\nLeft out\n";
  for (const std::string& line : left_out) out += "  " + line + "\n";
  for (const std::string& note : board.notes) out += "Note: " + printable(note) + "\n";
  return out;
}

std::string leaderboard_markdown(const Leaderboard& board) {
  std::string out =
      fmt::format("# Leaderboard\n\n{} of {}, convention {}.\n", counted(board.methods.size(), "method"),
                  counted(board.datasets.size(), "data set"), markdown(board.convention));
  for (const LeaderboardSection& section : board.sections) {
    out += "\n## " + markdown(leaderboard_title(section)) + "\n";
    std::vector<std::string> head = {"method"};
    std::string rule = "|---|";
    for (const LeaderboardColumn& column : section.columns) {
      head.push_back(
          fmt::format("{}, {}", leaderboard_heading(column), counted(column.datasets.size(), "data set")));
      rule += "---:|";
    }
    out += markdown_row(head) + rule + "\n";
    for (size_t i = 0; i < section.methods.size(); ++i) {
      std::vector<std::string> row = {board.methods[section.methods[i]].name};
      for (const LeaderboardColumn& column : section.columns)
        row.push_back(leaderboard_cell_text(column.cells[i], column));
      out += markdown_row(row);
    }
  }
  out += "\n";
  for (const std::string& line : leaderboard_legend(board)) out += markdown(line) + "\n";
  add_markdown_datasets(out, board);
  std::vector<std::string> methods;
  for (const LeaderboardMethod& method : board.methods)
    for (const std::string& options : method.options) methods.push_back(method.name + ": " + options);
  add_markdown_list(out, "Methods", methods);
  add_markdown_list(out, "Left out", leaderboard_left_out(board));
  add_markdown_list(out, "Notes", board.notes);
  return out;
}

std::string leaderboard_csv(const Leaderboard& board) {
  std::string out =
      "dimensions,method,metric,direction,convention,median,mean_rank,place,n_ranked,n_datasets,"
      "n_datasets_compared,seed_sd,options\n";
  for (const LeaderboardSection& section : board.sections)
    for (size_t i = 0; i < section.methods.size(); ++i)
      for (const LeaderboardColumn& column : section.columns) {
        const LeaderboardCell& cell = column.cells[i];
        const LeaderboardMethod& method = board.methods[section.methods[i]];
        std::string options;
        for (const std::string& each : method.options) options += (options.empty() ? "" : " | ") + each;
        fmt::format_to(std::back_inserter(out), "{},{},{},{},{},{},{},{},{},{},{},{},{}\n",
                       section.dims.empty() ? "full" : csv_field(section.dims), csv_field(method.name),
                       csv_field(column.metric), to_string(column.direction), csv_field(board.convention),
                       number(cell.median), number(cell.mean_rank),
                       cell.place ? std::to_string(*cell.place) : "", column.n_ranked, cell.n_datasets,
                       column.datasets.size(), number(cell.seed_sd), csv_field(options));
      }
  return out;
}

std::string leaderboard_values_csv(const Leaderboard& board) {
  std::string out =
      "dimensions,dataset,method,metric,direction,convention,n_cells,n_seeds,value,seed_sd,rank,compared,"
      "input_hash\n";
  for (const LeaderboardSection& section : board.sections)
    for (const LeaderboardColumn& column : section.columns)
      for (const LeaderboardValue& value : column.values) {
        const LeaderboardDataset& dataset = board.datasets[value.dataset];
        fmt::format_to(std::back_inserter(out), "{},{},{},{},{},{},{},{},{},{},{},{},{}\n",
                       section.dims.empty() ? "full" : csv_field(section.dims), csv_field(dataset.name),
                       csv_field(board.methods[value.method].name), csv_field(column.metric),
                       to_string(column.direction), csv_field(board.convention), value.n_cells, value.n_seeds,
                       value.mean, number(value.sd), number(value.rank), value.counts ? "yes" : "no",
                       csv_field(dataset.input_hash));
      }
  return out;
}

}  // namespace zerocell
