#include "zerocell/data/tenx_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include <fmt/format.h>

#include "zerocell/core/error.h"
#include "zerocell/data/gene_ids.h"
#include "zerocell/data/gzip_lines.h"
#include "zerocell/data/quoted_fields.h"

namespace zerocell {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr size_t kShown = 60;  ///< characters of a line in a message

/// Column names that R, pandas, Ensembl and 10x's own tools put over such files.
constexpr std::string_view kColumnNames[] = {"",
                                             "x",
                                             "v1",
                                             "gene",
                                             "genes",
                                             "gene_id",
                                             "gene_ids",
                                             "geneid",
                                             "gene.id",
                                             "gene id",
                                             "id",
                                             "ids",
                                             "ensembl",
                                             "ensembl_id",
                                             "ensemblid",
                                             "ensembl id",
                                             "ensembl_gene_id",
                                             "ensg",
                                             "feature",
                                             "features",
                                             "feature_id",
                                             "featureid",
                                             "feature_name",
                                             "feature_type",
                                             "feature_types",
                                             "symbol",
                                             "symbols",
                                             "gene_symbol",
                                             "gene_symbols",
                                             "gene symbol",
                                             "gene_name",
                                             "gene_names",
                                             "gene name",
                                             "genename",
                                             "gene_short_name",
                                             "hgnc_symbol",
                                             "external_gene_name",
                                             "name",
                                             "names",
                                             "index",
                                             "_index",
                                             "rownames",
                                             "row.names",
                                             "row_names",
                                             "unnamed: 0",
                                             "type",
                                             "barcode",
                                             "barcodes",
                                             "cell_barcode",
                                             "cell_barcodes",
                                             "cell",
                                             "cells",
                                             "cell_id",
                                             "cell_ids",
                                             "cellid",
                                             "cell_name",
                                             "cell_names",
                                             "cb",
                                             "obs_names",
                                             "var_names"};

bool is_column_name(std::string_view field) {
  std::string lower(field);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return std::find(std::begin(kColumnNames), std::end(kColumnNames), lower) != std::end(kColumnNames);
}

/// Bases as in "AAACCTGAGAAACCAT-1".
bool is_barcode(std::string_view name) {
  const size_t bases = std::min(name.find_first_not_of("ACGTN"), name.size());
  return bases >= 8;
}

/// The first columns of a text file. A line that is shorter has empty texts.
struct TenxTable {
  std::string path;
  std::vector<std::vector<std::string>> columns;
  std::vector<uint8_t> n_fields;  ///< per line, at most columns.size()
  uint64_t n_lines = 0;           ///< of the file; no more are kept than are of use

  void erase_first_line() {
    --n_lines;
    for (auto& column : columns) column.erase(column.begin());
    n_fields.erase(n_fields.begin());
  }
};

std::string shown(std::string_view line) {
  return line.size() <= kShown ? std::string(line) : fmt::format("{}...", line.substr(0, kShown));
}

/// The fields of a line, without quotes; a line that stands in quotes as a whole is cut once more.
void cut_line(const GzipLines& lines, std::string_view line, std::vector<std::string>& fields) {
  bool clean = split_quoted(line, "\t", fields);
  if (clean && fields.size() == 1 && line.starts_with('"') && fields[0].find('\t') != std::string::npos) {
    const std::string inner = std::move(fields[0]);
    clean = split_quoted(inner, "\t", fields);
  }
  if (clean) return;
  throw Error::data({fmt::format("{}, line {}", lines.path(), lines.line_number()),
                     "fields separated by tabs, each with both of its quotes or none", shown(line),
                     "separate the columns by tabs and write them without quotes"});
}

/// Lines beyond the `n_expected` names and a header are counted alone: a small gzip file may unpack to more
/// than memory holds.
TenxTable read_table(const std::string& path, size_t n_columns, uint64_t n_expected) {
  TenxTable table{path, std::vector<std::vector<std::string>>(n_columns), {}, 0};
  GzipLines lines(path);
  std::vector<std::string> fields;
  for (std::string_view line; lines.next(line);) {
    if (lines.line_number() == 1 && line.starts_with(kByteOrderMark))
      line.remove_prefix(kByteOrderMark.size());
    if (line.find('\0') != std::string_view::npos) {
      throw Error::data({fmt::format("{}, line {}", path, lines.line_number()), "text in UTF-8",
                         "zero bytes, as in UTF-16 or a file that is no text",
                         "save the file as UTF-8 text"});
    }
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    if (++table.n_lines > n_expected + 1) continue;
    cut_line(lines, line, fields);
    fields.resize(std::min(fields.size(), n_columns));
    table.n_fields.push_back(static_cast<uint8_t>(fields.size()));
    fields.resize(n_columns);
    for (size_t c = 0; c < n_columns; ++c) table.columns[c].push_back(std::move(fields[c]));
  }
  return table;
}

/// True when nearly all lines but the first have it in the column, and the first has not.
template <class Property>
bool only_first_lacks(const std::vector<std::string>& column, const Property& has) {
  if (column.size() < 2 || has(column[0])) return false;
  const auto n = static_cast<size_t>(std::count_if(column.begin() + 1, column.end(), has));
  return n * 10 >= (column.size() - 1) * 9;
}

/// Does the first line name the columns?
bool begins_with_header(const TenxTable& table) {
  const auto& first = table.columns[0];
  if (first.size() < 2) return false;
  for (size_t c = 0; c < table.n_fields[0]; ++c)
    if (is_column_name(table.columns[c][0]) && table.columns[c][0] != table.columns[c][1] &&
        (c == 0 || !table.columns[c][0].empty()))
      return true;
  const auto is_typed = [](const std::string& type) { return feature_kind(type) != FeatureKind::unknown; };
  return only_first_lacks(first, is_ensembl_gene_id) || only_first_lacks(first, is_barcode) ||
         (table.columns.size() > 2 && only_first_lacks(table.columns[2], is_typed));
}

/// The stricter question: a gene or a cell may be called as a column is.
bool names_columns_only(const TenxTable& table) {
  const std::string& second = table.columns[0][1];
  if (!is_column_name(table.columns[0][0])) return false;
  if (is_ensembl_gene_id(second) || is_barcode(second)) return true;
  return table.n_fields[0] > 1 && is_column_name(table.columns[1][0]) &&
         table.columns[0][0] != table.columns[1][0];
}

/// A header line is surplus by the matrix; where there is one and the number fits all the same, a name is
/// missing, and every name would belong to its neighbour.
void take_off_header(TenxTable& table, uint64_t n_expected, std::vector<std::string>& notes) {
  if (table.n_lines != n_expected && table.n_lines != n_expected + 1) return;
  if (!begins_with_header(table)) return;
  std::string line;
  for (size_t c = 0; c < table.n_fields[0]; ++c) line += (c == 0 ? "" : " ") + table.columns[c][0];
  if (table.n_lines == n_expected) {
    if (!names_columns_only(table)) return;
    throw Error::data({table.path, fmt::format("{} names, as the matrix has", n_expected),
                       fmt::format("a header line ('{}') and {} names", shown(line), n_expected - 1),
                       "write the file again with a line for each row or column of the matrix"});
  }
  table.erase_first_line();
  notes.push_back(
      fmt::format("{}: the first line ('{}') is a header line and was passed over", table.path, shown(line)));
}

/// R and pandas put the number of the row in front where they are not told otherwise.
void take_off_row_numbers(TenxTable& table, std::vector<std::string>& notes) {
  const auto& first = table.columns[0];
  if (first.size() < 2 || (first[0] != "0" && first[0] != "1")) return;
  if (std::find(table.n_fields.begin(), table.n_fields.end(), 1) != table.n_fields.end()) return;
  const size_t begin = first[0] == "0" ? 0 : 1;
  for (size_t i = 0; i < first.size(); ++i)
    if (first[i] != std::to_string(begin + i)) return;
  std::rotate(table.columns.begin(), table.columns.begin() + 1, table.columns.end());
  table.columns.pop_back();
  for (uint8_t& n : table.n_fields) --n;
  notes.push_back(fmt::format("{}: the first column numbers the lines and was passed over", table.path));
}

/// A table of names that columns separated by commas would run together.
void refuse_commas(const TenxTable& table) {
  const auto& first = table.columns[0];
  const bool one_column =
      std::all_of(table.n_fields.begin(), table.n_fields.end(), [](uint8_t n) { return n == 1; });
  if (!one_column || first.empty()) return;
  const auto has_comma = [](const std::string& name) { return name.find(',') != std::string::npos; };
  if (!std::all_of(first.begin(), first.end(), has_comma)) return;
  throw Error::data({table.path, "columns separated by tabs", fmt::format("commas ('{}')", shown(first[0])),
                     "write the file again with tabs between the columns"});
}

}  // namespace

TenxBarcodes read_tenx_barcodes(const std::string& path, uint64_t n_expected) {
  TenxTable table = read_table(path, 2, n_expected);
  TenxBarcodes out;
  take_off_header(table, n_expected, out.notes);
  take_off_row_numbers(table, out.notes);
  out.n = table.n_lines;
  out.names = std::move(table.columns[0]);
  return out;
}

TenxFeatureList read_tenx_features(const std::string& path, uint64_t n_expected) {
  // One column more than is used, for row numbers in front.
  TenxTable table = read_table(path, 4, n_expected);
  TenxFeatureList out;
  take_off_header(table, n_expected, out.notes);
  take_off_row_numbers(table, out.notes);
  refuse_commas(table);
  const auto n_typed = static_cast<size_t>(
      std::count_if(table.n_fields.begin(), table.n_fields.end(), [](uint8_t n) { return n > 2; }));
  if (n_typed != 0 && n_typed != table.n_fields.size()) {
    throw Error::data({path, "the same number of columns in every line",
                       fmt::format("a third column in {} of {} lines", n_typed, table.n_fields.size()),
                       "repair the file"});
  }
  out.n = table.n_lines;
  TenxFeatures& features = out.features;
  features.ids = std::move(table.columns[0]);
  features.names = std::move(table.columns[1]);
  for (size_t i = 0; i < features.names.size(); ++i)
    if (features.names[i].empty()) features.names[i] = features.ids[i];
  if (n_typed > 0) features.types = std::move(table.columns[2]);
  return out;
}

}  // namespace zerocell
