#include "zerocell/study/cell_list.h"

#include <algorithm>
#include <fstream>
#include <unordered_set>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

/// A list of cells: names or ids, and hashes.
struct ListedCells {
  std::unordered_set<std::string> names, hashes;
  size_t size() const { return names.size() + hashes.size(); }
};

ListedCells read_list(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw Error::data({path, "a text file with one name or id a line", "no readable file", ""});
  ListedCells listed;
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty()) continue;
    if (const auto hash = parse_cell_hash(line))
      listed.hashes.insert(to_text(*hash));
    else
      listed.names.insert(line);
  }
  return listed;
}

/// Marks the listed cells; the number of lines that are of none of them. name_of(i): name or id of a cell;
/// null where it has none.
template <class NameOf>
size_t mark_listed(const ListedCells& listed, const CellFacts& facts, const NameOf& name_of,
                   std::vector<uint8_t>& marks) {
  std::unordered_set<std::string> found;
  const auto mark = [&](size_t i, const std::unordered_set<std::string>& list, const std::string& text) {
    if (!list.count(text)) return;
    found.insert(text);
    marks[i] = 1;
  };
  for (size_t i = 0; i < facts.n_cells && !listed.names.empty(); ++i)
    if (const std::string* const name = name_of(i)) mark(i, listed.names, *name);
  if (!listed.hashes.empty()) {
    const auto of_file = "hash:" + facts.file_hash();
    if (listed.hashes.count(of_file)) {
      found.insert(of_file);
      std::ranges::fill(marks, uint8_t{1});
    }
    const auto hashes = facts.hashes();
    for (size_t i = 0; i < facts.n_cells; ++i) mark(i, listed.hashes, to_text(hashes[i]));
  }
  return listed.size() - found.size();
}

}  // namespace

size_t mark_list(const std::string& path, const std::string& id_column, const CellFacts& facts,
                 std::vector<uint8_t>& marks) {
  const auto listed = read_list(path);
  if (!id_column.empty()) {
    const auto ids = facts.column(id_column).as_categorical();
    const auto id_of = [&](size_t i) {
      return ids.codes[i] < 0 ? nullptr : &ids.categories[static_cast<size_t>(ids.codes[i])];
    };
    return mark_listed(listed, facts, id_of, marks);
  }
  const auto names = listed.names.empty() ? std::vector<std::string>() : facts.names();
  return mark_listed(
      listed, facts, [&](size_t i) { return &names[i]; }, marks);
}

}  // namespace zerocell
