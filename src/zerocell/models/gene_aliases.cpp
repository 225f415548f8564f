#include "zerocell/models/gene_aliases.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "zerocell/core/error.h"
#include "zerocell/data/gene_ids.h"
#include "zerocell/data/gzip_lines.h"

namespace zerocell {
namespace {

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> fields;
  for (size_t begin = 0;;) {
    const size_t end = text.find(separator, begin);
    fields.push_back(text.substr(begin, end - begin));
    if (end == std::string_view::npos) return fields;
    begin = end + 1;
  }
}

std::string_view unquoted(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  return text;
}

enum Field : size_t { kSymbol, kEnsembl, kFormer, kAlias, kFields };

/// Where each field stands in a line.
struct Header {
  std::array<size_t, kFields> place{};
  std::optional<size_t> status;
  size_t n_fields = 0;  ///< least number that a line must have
};

Header read_header(const GzipLines& lines, std::string_view line) {
  constexpr std::array<std::string_view, kFields> kNames{"symbol", "ensembl_gene_id", "prev_symbol",
                                                         "alias_symbol"};
  const std::vector<std::string_view> columns = split(line, '\t');
  Header header;
  for (size_t f = 0; f < kFields; ++f) {
    const auto found = std::find(columns.begin(), columns.end(), kNames[f]);
    if (found == columns.end())
      throw Error::data({lines.path(),
                         "a tab-separated table of the HGNC with the columns symbol, "
                         "ensembl_gene_id, prev_symbol and alias_symbol",
                         fmt::format("no column {} in the first line", kNames[f]),
                         "download the complete set from genenames.org"});
    header.place[f] = static_cast<size_t>(found - columns.begin());
    header.n_fields = std::max(header.n_fields, header.place[f] + 1);
  }
  const auto status = std::find(columns.begin(), columns.end(), "status");
  if (status != columns.end()) header.status = static_cast<size_t>(status - columns.begin());
  return header;
}

/// Names of one gene each; a name of several genes keeps an empty id.
void add_name(std::unordered_map<std::string, std::string>& names, std::string_view name,
              const std::string& ensembl) {
  if (name.empty()) return;
  const auto [entry, is_new] = names.try_emplace(std::string(name), ensembl);
  if (!is_new && entry->second != ensembl) entry->second.clear();
}

}  // namespace

GeneAliases read_gene_aliases(const std::string& path) {
  GzipLines lines(path);
  GeneAliases table;
  table.path = path;
  std::string_view line;
  if (!lines.next(line)) throw Error::data({path, "a table of the HGNC", "an empty file", "check the file"});
  const Header header = read_header(lines, line);
  while (lines.next(line)) {
    if (line.empty()) continue;
    const std::vector<std::string_view> fields = split(line, '\t');
    if (fields.size() < header.n_fields)
      throw Error::data({fmt::format("{}, line {}", path, lines.line_number()),
                         fmt::format("at least {} fields", header.n_fields), fmt::format("{}", fields.size()),
                         "check that the file is complete"});
    if (header.status && *header.status < fields.size() && unquoted(fields[*header.status]) != "Approved")
      continue;
    const std::string symbol(unquoted(fields[header.place[kSymbol]]));
    std::string ensembl = strip_ensembl_version(unquoted(fields[header.place[kEnsembl]]));
    const bool has_id = is_ensembl_gene_id(ensembl);
    if (has_id) ++table.n_genes;
    // No Ensembl id: a stand-in of its own, so that its names still count as names of another gene.
    if (!has_id) ensembl = "HGNC symbol " + symbol;
    add_name(table.approved, symbol, ensembl);
    GeneNames& names = table.names_of[ensembl];
    names.approved.push_back(symbol);
    for (const Field f : {kFormer, kAlias})
      for (const std::string_view name : split(unquoted(fields[header.place[f]]), '|')) {
        if (name.empty()) continue;
        add_name(table.others, name, ensembl);
        (f == kFormer ? names.former : names.aliases).emplace_back(name);
      }
  }
  for (const auto& [symbol, id] : table.approved) table.others.erase(symbol);
  for (const auto& [name, id] : table.others) table.n_ambiguous += id.empty();
  if (table.n_genes == 0)
    throw Error::data({path, "a table of the HGNC", "no gene with an Ensembl id", "check the file"});
  return table;
}

}  // namespace zerocell
