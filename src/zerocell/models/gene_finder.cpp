#include "zerocell/models/gene_finder.h"

#include <array>
#include <span>

#include "zerocell/data/gene_ids.h"

namespace zerocell {
namespace {

std::string upper_case(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

/// The id in `name` without its version, in upper case where it is Ensembl's; empty where it is no id.
std::string id_in(const std::string& name) {
  if (is_database_gene_id(name)) return strip_gene_id_version(name);
  const std::string upper = upper_case(name);
  return is_ensembl_gene_id(upper) ? strip_gene_id_version(upper) : "";
}

}  // namespace

GeneKeys::GeneKeys(const std::unordered_map<std::string, uint32_t>& keys) : keys_(keys) {
  for (const auto& [name, entry] : keys) {
    std::string id = id_in(name);
    if (id.empty() || id == name || keys.contains(id)) continue;
    const auto [place, is_new] = versioned_.try_emplace(std::move(id), FoundGene{GeneRoute::ensembl, entry});
    if (!is_new) place->second = {GeneRoute::ambiguous};
  }
}

std::optional<uint32_t> GeneKeys::exact(const std::string& name) const {
  const auto own = keys_.find(name);
  return own == keys_.end() ? std::nullopt : std::optional(own->second);
}

FoundGene GeneKeys::any_version(const std::string& name) const {
  const std::string id = id_in(name);
  if (id.empty()) return {};
  if (const auto own = exact(id)) return {GeneRoute::ensembl, *own};
  const auto versioned = versioned_.find(id);
  return versioned == versioned_.end() ? FoundGene{} : versioned->second;
}

/// The entry of an id, or of the one that the mapping leads to.
FoundGene IdFinder::by_id(GeneRoute route, const std::string& id) const {
  if (const auto own = keys_.exact(id)) return {route, *own};
  if (const auto mapped = dictionary_.mapping.find(id); mapped != dictionary_.mapping.end())
    if (const auto target = keys_.exact(mapped->second)) return {route, *target};
  return {GeneRoute::no_entry};
}

FoundGene IdFinder::operator()(const std::string& name) const {
  if (const auto own = keys_.exact(name))
    return {is_ensembl_gene_id(name) || is_database_gene_id(name) ? GeneRoute::ensembl : GeneRoute::symbol,
            *own};
  if (const FoundGene found = keys_.any_version(name); found.route != GeneRoute::none) return found;
  if (const std::string id = id_in(name); !id.empty()) return by_id(GeneRoute::ensembl, id);
  if (const auto symbol = dictionary_.name_to_ensembl.find(name); symbol != dictionary_.name_to_ensembl.end())
    return by_id(GeneRoute::symbol, symbol->second);
  if (dictionary_.mapping.contains(name)) return by_id(GeneRoute::symbol, name);
  if (aliases_ == nullptr) return {};
  for (const auto* names : {&aliases_->approved, &aliases_->others}) {
    const auto alias = names->find(name);
    if (alias == names->end()) continue;
    if (alias->second.empty()) return {GeneRoute::ambiguous};
    FoundGene found = by_id(GeneRoute::alias, alias->second);
    found.by_table = true;
    return found;
  }
  return {};
}

FoundGene SymbolFinder::operator()(const std::string& name) const {
  if (const auto own = keys_.exact(name)) return {GeneRoute::symbol, *own};
  if (const FoundGene found = keys_.any_version(name); found.route != GeneRoute::none) return found;
  if (const std::string id = id_in(name); is_ensembl_gene_id(id))
    return aliases_ == nullptr ? FoundGene{GeneRoute::untranslated} : by_table(GeneRoute::ensembl, id);
  if (aliases_ == nullptr) return {};
  for (const auto* names : {&aliases_->approved, &aliases_->others})
    if (const auto gene = names->find(name); gene != names->end())
      return gene->second.empty() ? FoundGene{GeneRoute::ambiguous}
                                  : by_table(GeneRoute::alias, gene->second);
  return {};
}

/// The entry of a gene of the table, by its best names that the vocabulary has.
FoundGene SymbolFinder::by_table(GeneRoute route, const std::string& gene) const {
  const auto names = aliases_->names_of.find(gene);
  if (names == aliases_->names_of.end()) return {};
  const auto is_own = [&](const std::string& name) {
    const auto owner = aliases_->others.find(name);
    return owner != aliases_->others.end() && owner->second == gene;
  };
  const GeneNames& all = names->second;
  for (const auto* kind : {&all.approved, &all.former, &all.aliases}) {
    std::optional<uint32_t> entry;
    for (const std::string& name : *kind) {
      const auto found = by_symbol_.find(name);
      if (found == by_symbol_.end() || (kind != &all.approved && !is_own(name))) continue;
      if (entry && *entry != found->second) return {GeneRoute::ambiguous};
      entry = found->second;
    }
    if (entry) return {route, *entry, true};
  }
  return {GeneRoute::no_entry};
}

std::string without_genome_of(std::string_view species, std::string_view name) {
  constexpr std::array<std::string_view, 4> kHuman{"GRCh38_", "GRCh37_", "hg38_", "hg19_"};
  constexpr std::array<std::string_view, 4> kMouse{"GRCm39_", "GRCm38_", "mm10_", "mm39_"};
  std::span<const std::string_view> genomes;
  if (species.empty() || species == "human") genomes = kHuman;
  if (species == "mouse") genomes = kMouse;
  for (const std::string_view genome : genomes) {
    if (!name.starts_with(genome)) continue;
    name.remove_prefix(genome.size());
    while (name.starts_with('_')) name.remove_prefix(1);
    return std::string(name);
  }
  return "";
}

}  // namespace zerocell
