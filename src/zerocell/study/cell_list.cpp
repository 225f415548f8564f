#include "zerocell/study/cell_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>
#include <unordered_set>
#include <utility>

#include "zerocell/core/error.h"
#include "zerocell/data/byte_source.h"
#include "zerocell/data/delimited_text.h"
#include "zerocell/data/name_index.h"
#include "zerocell/data/text_table.h"

namespace zerocell {
namespace {

using Texts = std::vector<std::string>;

/// What names the cells of a file: their names, or ids that several of them have.
struct CellIds {
  std::vector<std::string> ids;
  std::vector<int32_t> codes;  ///< (N) id of each cell; -1: none
};

CellIds ids_of(const CellFacts& facts, const std::string& column) {
  if (column.empty()) {
    CellIds cells{facts.names(), std::vector<int32_t>(facts.n_cells)};
    std::iota(cells.codes.begin(), cells.codes.end(), 0);
    return cells;
  }
  auto groups = facts.column(column).as_categorical();
  return {std::move(groups.categories), std::move(groups.codes)};
}

std::string read_text(const std::string& path) {
  auto text = read_rest(open_bytes(path));
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  if (text.find('\0') != std::string::npos)
    throw Error::data({path, "a text file with one name or id a line", "another kind of file",
                       "Save the names as text in UTF-8"});
  return text;
}

/// A line without quotes around it.
std::string unquoted(std::string_view line) {
  line = trimmed(line);
  if (line.size() < 2 || line.front() != '"' || line.back() != '"') return std::string(line);
  std::string text;
  for (size_t i = 1; i + 1 < line.size(); ++i) {
    text += line[i];
    if (line[i] == '"' && line[i + 1] == '"' && i + 2 < line.size()) ++i;
  }
  return text;
}

Texts lines_of(std::string_view text) {
  Texts lines;
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (auto content = unquoted(line); !content.empty()) lines.push_back(std::move(content));
  }
  return lines;
}

/// The columns of the list as a table; none where it is no table of several columns.
std::vector<Texts> columns_of(const std::string& path, std::string_view text) {
  std::vector<Texts> columns;
  try {
    DelimitedText lines(path, text);
    std::vector<std::string_view> fields;
    for (size_t row = 0; !lines.at_end(); ++row) {
      lines.next(fields);
      if (row == 0) columns.resize(fields.size());
      // R leaves out the field over the names of the rows.
      if (row == 1 && fields.size() == columns.size() + 1) columns.insert(columns.begin(), Texts{""});
      if (fields.size() != columns.size()) return {};
      for (size_t j = 0; j < fields.size(); ++j) columns[j].emplace_back(trimmed(fields[j]));
    }
  } catch (const Error&) {
    return {};  // quotes that do not fit: names that hold quotes, a line each
  }
  if (columns.size() < 2) columns.clear();
  return columns;
}

/// One way to read a list, and what it finds.
struct Reading {
  std::string where;                       ///< "column 'barcode'"; empty: lines
  std::unordered_set<std::string> hashes;  ///< in to_text()'s form
  std::unordered_set<uint32_t> ids;        ///< places of the ids found
  Texts unknown;                           ///< distinct texts that are neither
  size_t n_named() const { return hashes.size() + ids.size(); }
};

bool is_header(const std::string& text, const std::string& where) {
  static constexpr std::array kNames{"x", "name", "names", "V1", "0"};
  return !where.empty() || is_index_header(text) || std::ranges::find(kNames, text) != kNames.end();
}

Reading read_as(const Texts& texts, std::string where, const NameIndex& index) {
  Reading reading;
  reading.where = std::move(where);
  std::unordered_set<std::string> unknown;
  for (size_t i = 0; i < texts.size(); ++i) {
    const auto& text = texts[i];
    if (const auto hash = parse_cell_hash(text)) {
      reading.hashes.insert(to_text(*hash));
      continue;
    }
    const uint32_t exact = index.find(text);
    const uint32_t id = exact == NameIndex::kNone ? index.find_number(text) : exact;
    if (id != NameIndex::kNone)
      reading.ids.insert(id);
    else if (!text.empty() && text.front() != '#' && !(i == 0 && is_header(text, reading.where)) &&
             unknown.insert(text).second)
      reading.unknown.push_back(text);
  }
  return reading;
}

/// The lines of the list, or the column that names the most cells.
Reading choose_reading(const CellList& list, const std::string& text, const NameIndex& index) {
  auto best = read_as(lines_of(text), "", index);
  std::optional<Reading> second;
  const auto columns = columns_of(list.path, text);
  for (size_t j = 0; j < columns.size(); ++j) {
    const auto& header = columns[j].front();
    auto reading =
        read_as(columns[j],
                header.empty() ? fmt::format("column {}", j + 1) : fmt::format("column '{}'", header), index);
    if (reading.n_named() > best.n_named()) {
      if (!best.where.empty()) second = std::move(best);
      best = std::move(reading);
    } else if (!second || reading.n_named() > second->n_named()) {
      second = std::move(reading);
    }
  }
  if (second && !best.where.empty() && 2 * second->n_named() >= best.n_named() && best.n_named() > 0 &&
      (second->ids != best.ids || second->hashes != best.hashes))
    throw Error::data({list.path, "one column that names cells",
                       fmt::format("{} names of cells in {}, and {} others in {}", best.n_named(), best.where,
                                   second->n_named(), second->where),
                       "Leave the column with the names alone in the list"});
  return best;
}

/// Marks cells by hash; the number of hashes that are of none.
size_t mark_hashes(const Reading& reading, const CellFacts& facts, std::vector<uint8_t>& marks) {
  if (reading.hashes.empty()) return 0;
  std::unordered_set<std::string> found;
  const auto of_file = "hash:" + facts.file_hash();
  if (reading.hashes.contains(of_file)) {
    found.insert(of_file);
    std::ranges::fill(marks, uint8_t{1});
  }
  const auto hashes = facts.hashes();
  for (size_t i = 0; i < facts.n_cells; ++i) {
    auto hash = to_text(hashes[i]);
    if (!reading.hashes.contains(hash)) continue;
    marks[i] = 1;
    found.insert(std::move(hash));
  }
  return reading.hashes.size() - found.size();
}

void refuse_if_useless(const CellList& list, const Reading& reading, const ListFound& found,
                       const NameIndex& index) {
  if (found.n_found > 0) return;
  const size_t n = found.n_not_found;
  const auto what = list.id_column.empty() ? std::string("names of cells")
                                           : fmt::format("values of the column '{}'", list.id_column);
  if (n == 0)
    throw Error::data({list.path, what, "an empty list", "Drop the list where no cell is to be left out"});
  // Hashes cannot be misspelt: where none is found, none of those cells is here.
  if (reading.unknown.empty()) return;
  const auto form = list.id_column.empty() ? other_form(reading.unknown, index) : "";
  if (list.of_others && form.empty()) return;
  throw Error::data(
      {list.path, what + (index.names().empty() ? "" : fmt::format(", such as '{}'", index.names().front())),
       fmt::format("none of {} lines, such as {}", n, some_of(reading.unknown)),
       form.empty() ? "Write one name a line, as the data set has them"
                    : form + ". Write the names as the data set has them"});
}

}  // namespace

ListFound mark_list(const CellList& list, const CellFacts& facts, std::vector<uint8_t>& marks) {
  const auto text = read_text(list.path);
  const auto cells = ids_of(facts, list.id_column);
  const NameIndex index(cells.ids);
  const auto reading = choose_reading(list, text, index);

  std::unordered_set<std::string_view> named;
  for (const uint32_t id : reading.ids) named.insert(cells.ids[id]);
  size_t n_cells = 0;
  for (size_t i = 0; i < facts.n_cells; ++i)
    if (cells.codes[i] >= 0 && named.contains(cells.ids[static_cast<size_t>(cells.codes[i])])) marks[i] = 1;
  const size_t unknown_hashes = mark_hashes(reading, facts, marks);
  n_cells = static_cast<size_t>(std::ranges::count(marks, uint8_t{1}));

  ListFound found;
  found.n_not_found = reading.unknown.size() + unknown_hashes;
  found.n_found = reading.n_named() - unknown_hashes;
  refuse_if_useless(list, reading, found, index);
  const auto examples = reading.unknown.empty() ? "" : ": " + some_of(reading.unknown);
  if (list.of_others)
    found.notes.push_back(
        n_cells == 0
            ? fmt::format("no cell of this file is in {} (by {} or hash; {} in the list)", list.path,
                          list.id_column.empty() ? "name" : list.id_column, found.n_not_found)
            : fmt::format("{} of {} cells of this file are in {} ({} of its {} {} are found here)", n_cells,
                          facts.n_cells, list.path, found.n_found, found.n_found + found.n_not_found,
                          list.id_column.empty() ? "names or hashes" : "ids or hashes"));
  else if (found.n_not_found > 0)
    found.notes.push_back(fmt::format("{} names or hashes in {} are no cells of this file{}; {} are",
                                      found.n_not_found, list.path, examples, found.n_found));
  if (list.id_column.empty() && index.n_repeated() > 0) {
    const auto repeated =
        std::ranges::count_if(reading.ids, [&](uint32_t id) { return index.is_repeated(id); });
    if (repeated > 0)
      found.notes.push_back(
          fmt::format("{} names in {} are each of several cells of this file, which are all left out",
                      repeated, list.path));
  }
  return found;
}

}  // namespace zerocell
