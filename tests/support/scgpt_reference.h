#pragma once
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "zerocell/data/gene_ids.h"
#include "zerocell/models/gene_aliases.h"
#include "zerocell/models/scgpt/tokenize.h"

/// What tests of scGPT's input share with tests/reference/scgpt_bins.py, whose docstring defines it.
namespace zerocell {

/// FNV-1a, 64 bits, of pieces added in order.
class Fnv1a {
 public:
  void add(std::string_view bytes) {
    for (const char c : bytes) hash_ = (hash_ ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  }
  std::string hex() const { return fmt::format("{:016x}", hash_); }

 private:
  uint64_t hash_ = 0xcbf29ce484222325;
};

/// Hash of a cell: its genes by symbol, each with its bin.
inline std::string hash_of_cell(const CellTokens& cell, const ScgptTokenizer& tokenizer,
                                const ScgptVocabulary& vocabulary) {
  std::map<std::string, uint16_t> bins;
  for (size_t i = 1; i < cell.tokens.size(); ++i)
    bins[vocabulary.names[tokenizer.vocabulary_ids()[cell.tokens[i]]]] = cell.values[i];
  Fnv1a hash;
  for (const auto& [symbol, bin] : bins) {
    hash.add(symbol);
    hash.add(std::string{'\0', static_cast<char>(bin)});
  }
  return hash.hex();
}

inline std::string hash_of_genes(const std::set<std::string>& symbols) {
  Fnv1a hash;
  for (const auto& symbol : symbols) hash.add(symbol + '\0');
  return hash.hex();
}

/// Names of columns as the reference knows them: Ensembl ids become the approved symbol of the HGNC's table,
/// where one alone has the id.
inline std::vector<std::string> reference_symbols(std::vector<std::string> names, const std::string& table) {
  if (!std::ranges::any_of(names, [](const auto& name) { return name.starts_with("ENSG"); })) return names;
  std::map<std::string, std::string> symbol_of;
  const auto aliases = read_gene_aliases(table);
  for (const auto& [symbol, ensembl] : aliases.approved) {
    const auto [known, is_new] = symbol_of.emplace(ensembl, symbol);
    if (!is_new) known->second.clear();
  }
  for (auto& name : names) {
    const auto found = symbol_of.find(name);
    name = found == symbol_of.end() ? "" : found->second;
  }
  return names;
}

}  // namespace zerocell
