#include "zerocell/data/embedding_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "zerocell/core/error.h"
#include "zerocell/data/byte_source.h"

namespace zerocell {
namespace {

bool is_npy(const ByteSource& source) {
  char first = 0;
  if (source.size > 0) source.read(0, std::span<char>(&first, 1));
  return first == '\x93' || source.name.ends_with(".npy");
}

bool counts_from_zero(const std::vector<std::string>& names) {
  for (size_t i = 0; i < names.size(); ++i)
    if (names[i] != std::to_string(i)) return false;
  return true;
}

/// For each cell the row of the table that has its name.
std::vector<size_t> match_rows(const std::string& path, const std::vector<std::string>& row_names,
                               std::span<const std::string> cell_names) {
  const auto fail = [&](const std::string& found) {
    throw Error::data(
        {.read = path,
         .expected = "a first column with the names of the cells",
         .found = found,
         .advice = "Correct the names, or remove that column if the rows are in the order of the cells"});
  };
  std::unordered_map<std::string_view, size_t> row_of;
  for (size_t i = 0; i < row_names.size(); ++i)
    if (!row_of.emplace(row_names[i], i).second)
      fail(fmt::format("the name '{}' more than once", row_names[i]));
  std::vector<size_t> rows;
  std::vector<bool> taken(row_names.size(), false);
  for (const auto& name : cell_names) {
    const auto found = row_of.find(name);
    if (found == row_of.end()) fail(fmt::format("no row for cell '{}'", name));
    if (taken[found->second]) fail(fmt::format("one row for several cells of name '{}'", name));
    taken[found->second] = true;
    rows.push_back(found->second);
  }
  return rows;
}

}  // namespace

NumberTable read_embedding_table(const std::string& path, size_t expected_rows) {
  const ByteSource source = open_bytes(path);
  if (source.size == 0)
    throw Error::data({.read = path, .expected = "a row per cell", .found = "an empty file", .advice = ""});
  if (is_npy(source)) return {.values = read_npy(source, expected_rows), .row_names = {}, .column_names = {}};
  const std::string text = read_rest(source);
  if (text.find('\0') != std::string::npos)
    throw Error::data({.read = path,
                       .expected = "a .npy file or a table in text (.csv, .tsv, .txt)",
                       .found = "another kind of file",
                       .advice = "Save the embedding with numpy.save or as a table"});
  return parse_number_table(path, text, expected_rows);
}

DenseMatrix<float> read_embedding_file(const std::string& path, size_t expected_rows) {
  return read_embedding_table(path, expected_rows).values;
}

DenseMatrix<float> read_embedding_file(const std::string& path, std::span<const std::string> cell_names) {
  NumberTable table = read_embedding_table(path, cell_names.size());
  const bool same_order =
      std::equal(table.row_names.begin(), table.row_names.end(), cell_names.begin(), cell_names.end());
  if (table.row_names.empty() || same_order || counts_from_zero(table.row_names))
    return std::move(table.values);
  const auto rows = match_rows(path, table.row_names, cell_names);
  DenseMatrix<float> ordered(rows.size(), table.values.n_cols());
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto row = table.values.row(rows[i]);
    std::copy(row.begin(), row.end(), ordered.row(i).begin());
  }
  return ordered;
}

}  // namespace zerocell
