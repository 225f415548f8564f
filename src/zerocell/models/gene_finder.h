#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "zerocell/models/gene_matching.h"

namespace zerocell {

/// By which way a name led to an entry of a vocabulary, or why it did not.
enum class GeneRoute { none, ensembl, symbol, alias, ambiguous, no_entry, untranslated };

struct FoundGene {
  GeneRoute route = GeneRoute::none;
  uint32_t entry = 0;
  bool by_table = false;

  bool is_match() const {
    return route == GeneRoute::ensembl || route == GeneRoute::symbol || route == GeneRoute::alias;
  }
};

/// The keys of a model's own dictionary. A key is what it is, whatever it looks like: no guess comes before.
class GeneKeys {
 public:
  explicit GeneKeys(const std::unordered_map<std::string, uint32_t>& keys);

  /// The entry of exactly this key.
  std::optional<uint32_t> exact(const std::string& name) const;
  /// The entry of an id in any version, where `name` is an id of a database of genes (Ensembl also in lower
  /// case); several versions of it are ambiguous. No route where there is none.
  FoundGene any_version(const std::string& name) const;

 private:
  const std::unordered_map<std::string, uint32_t>& keys_;
  std::unordered_map<std::string, FoundGene> versioned_;  ///< keys that carry a version, without it
};

/// Looks a column's name up in a dictionary of ids.
class IdFinder {
 public:
  IdFinder(const GeneDictionary& dictionary, const GeneAliases* aliases)
      : dictionary_(dictionary), keys_(dictionary.by_ensembl), aliases_(aliases) {}
  FoundGene operator()(const std::string& name) const;

 private:
  FoundGene by_id(GeneRoute route, const std::string& id) const;

  const GeneDictionary& dictionary_;
  GeneKeys keys_;
  const GeneAliases* aliases_;
};

/// Looks a column's name up in a vocabulary of symbols.
class SymbolFinder {
 public:
  SymbolFinder(const SymbolDictionary& dictionary, const GeneAliases* aliases)
      : by_symbol_(dictionary.by_symbol), keys_(dictionary.by_symbol), aliases_(aliases) {}
  FoundGene operator()(const std::string& name) const;

 private:
  FoundGene by_table(GeneRoute route, const std::string& gene) const;

  const std::unordered_map<std::string, uint32_t>& by_symbol_;
  GeneKeys keys_;
  const GeneAliases* aliases_;
};

/// GRCh38_TP53, GRCh38__TP53 -> TP53; empty where no genome of the species stands in front. An unknown
/// species is taken for human.
std::string without_genome_of(std::string_view species, std::string_view name);

}  // namespace zerocell
