#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace zerocell {

/// All names of one gene, which others may share.
struct GeneNames {
  std::vector<std::string> approved, former, aliases;
};

/// Symbols of the HGNC, present and former.
struct GeneAliases {
  std::string path;
  std::unordered_map<std::string, std::string> approved;  ///< symbol -> Ensembl id
  /// Former symbol or alias that is no approved symbol -> Ensembl id; empty where it belongs to several
  /// genes.
  std::unordered_map<std::string, std::string> others;
  /// Ensembl id -> names. A gene without one has an id of its own, which no Ensembl id equals.
  std::unordered_map<std::string, GeneNames> names_of;
  size_t n_genes = 0;      ///< with symbol and Ensembl id
  size_t n_ambiguous = 0;  ///< former symbols and aliases of several genes
};

/// Reads a table of the HGNC (genenames.org): tab-separated, plain or gzipped, with a header that has the
/// columns symbol, ensembl_gene_id, prev_symbol and alias_symbol, the last two holding names between '|'.
/// Where there is a column status, lines other than Approved are passed over. Quotes around a field are taken
/// off. A gene without Ensembl id makes its names ambiguous with those of others; names lead to a stand-in
/// for its id, which only vocabularies of symbols can use. Throws Error(data) where a column is missing, a
/// line has too few fields, or no gene is found.
GeneAliases read_gene_aliases(const std::string& path);

}  // namespace zerocell
