#include "zerocell/models/gene_matching.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <string_view>

#include "zerocell/core/error.h"
#include "zerocell/data/gene_ids.h"

namespace zerocell {
namespace {

constexpr double kRefusedBelow = 0.05, kWarnedBelow = 0.5;
constexpr size_t kExamples = 5;

enum class Route { none, ensembl, symbol, alias, ambiguous, no_entry, untranslated };

struct Found {
  Route route = Route::none;
  uint32_t entry = 0;
  bool by_table = false;
};

std::string upper_case(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

std::optional<uint32_t> entry_of(const GeneDictionary& dictionary, const std::string& ensembl) {
  const auto mapped = dictionary.mapping.find(ensembl);
  if (mapped != dictionary.mapping.end()) {
    const auto target = dictionary.by_ensembl.find(mapped->second);
    if (target != dictionary.by_ensembl.end()) return target->second;
  }
  const auto own = dictionary.by_ensembl.find(ensembl);
  if (own != dictionary.by_ensembl.end()) return own->second;
  return std::nullopt;
}

Found found_by(Route route, const GeneDictionary& dictionary, const std::string& ensembl) {
  const std::optional<uint32_t> entry = entry_of(dictionary, ensembl);
  return entry ? Found{route, *entry} : Found{Route::no_entry, 0};
}

Found find_gene(const std::string& name, const GeneDictionary& dictionary, const GeneAliases* aliases) {
  const std::string id = upper_case(name);
  if (is_ensembl_gene_id(id)) return found_by(Route::ensembl, dictionary, strip_ensembl_version(id));
  const auto symbol = dictionary.name_to_ensembl.find(name);
  if (symbol != dictionary.name_to_ensembl.end()) return found_by(Route::symbol, dictionary, symbol->second);
  if (aliases == nullptr) return {};
  for (const auto* names : {&aliases->approved, &aliases->others}) {
    const auto alias = names->find(name);
    if (alias == names->end()) continue;
    if (alias->second.empty()) return {Route::ambiguous, 0};
    Found found = found_by(Route::alias, dictionary, alias->second);
    found.by_table = true;
    return found;
  }
  return {};
}

/// Looks columns up in a vocabulary of symbols.
class SymbolFinder {
 public:
  SymbolFinder(const SymbolDictionary& dictionary, const GeneAliases* aliases)
      : by_symbol_(dictionary.by_symbol), aliases_(aliases) {
    for (const auto& [name, entry] : by_symbol_) {
      const std::string id = upper_case(name);
      if (!is_ensembl_gene_id(id)) continue;
      const auto [place, is_new] =
          by_id_.try_emplace(strip_ensembl_version(id), Found{Route::ensembl, entry});
      if (!is_new) place->second = {Route::ambiguous};  // two versions of one gene
    }
  }

  Found operator()(const std::string& name) const {
    if (const auto own = by_symbol_.find(name); own != by_symbol_.end()) return {Route::symbol, own->second};
    const std::string id = upper_case(name);
    if (is_ensembl_gene_id(id)) return by_ensembl(strip_ensembl_version(id));
    if (aliases_ == nullptr) return {};
    for (const auto* names : {&aliases_->approved, &aliases_->others})
      if (const auto gene = names->find(name); gene != names->end())
        return gene->second.empty() ? Found{Route::ambiguous} : by_table(Route::alias, gene->second);
    return {};
  }

 private:
  Found by_ensembl(const std::string& id) const {
    if (const auto own = by_id_.find(id); own != by_id_.end()) return own->second;
    if (aliases_ == nullptr) return {Route::untranslated};
    return by_table(Route::ensembl, id);
  }

  /// The entry of a gene of the table, by its best names that the vocabulary has.
  Found by_table(Route route, const std::string& gene) const {
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
        if (entry && *entry != found->second) return {Route::ambiguous};
        entry = found->second;
      }
      if (entry) return {route, *entry, true};
    }
    return {Route::no_entry};
  }

  const std::unordered_map<std::string, uint32_t>& by_symbol_;
  const GeneAliases* aliases_;
  std::unordered_map<std::string, Found> by_id_;  ///< entries that are Ensembl ids, without version
};

/// GRCh38_TP53, GRCh38__TP53 -> TP53; empty where no human genome stands in front.
std::string without_human_genome(std::string_view name) {
  constexpr std::array<std::string_view, 4> kGenomes{"GRCh38_", "GRCh37_", "hg38_", "hg19_"};
  for (const std::string_view genome : kGenomes) {
    if (!name.starts_with(genome)) continue;
    name.remove_prefix(genome.size());
    while (name.starts_with('_')) name.remove_prefix(1);
    return std::string(name);
  }
  return "";
}

bool is_match(const Found& found) {
  return found.route == Route::ensembl || found.route == Route::symbol || found.route == Route::alias;
}

void count(const Found& found, GeneMatch& match) {
  match.n_matched += is_match(found);
  match.n_ensembl += found.route == Route::ensembl;
  match.n_symbols += found.route == Route::symbol;
  match.n_aliases += found.route == Route::alias;
  match.n_by_table += is_match(found) && found.by_table;
  match.n_ambiguous += found.route == Route::ambiguous;
  match.n_other_names += found.route == Route::no_entry;
  match.n_untranslated += found.route == Route::untranslated;
}

constexpr const char* kTranslateIds =
    "the vocabulary holds symbols alone: name the column of var that has the symbols (--gene-ids "
    "COLUMN; CELLxGENE: feature_name), or translate by a table of the HGNC (aliases=TABLE)";

/// `no_match`: what to do about names that look right and are not in the vocabulary; empty: no more to say.
[[noreturn]] void refuse(std::span<const std::string> genes, const std::string& model, const GeneMatch& match,
                         const std::function<std::string(const GeneIdSummary&)>& no_match) {
  const GeneIdSummary summary = summarise_gene_ids(genes);
  const std::string expected = fmt::format(
      "human genes, of which at least {:.0f} % are in the vocabulary of {}", 100 * kRefusedBelow, model);
  std::string_view sentence = summary.sentence;
  if (sentence.ends_with('.')) sentence.remove_suffix(1);
  const std::string found = fmt::format("{} of {} matched: {}", match.n_matched, genes.size(), sentence);
  const bool other_species = !summary.species.empty() && summary.species != "human";
  std::string advice = no_match(summary);
  if (other_species && summary.type == GeneIdType::symbols)
    advice = fmt::format(
        "these look like symbols of {} genes: translate them to human orthologues first, or "
        "choose a model of that species",
        summary.species);
  else if (other_species)
    advice = fmt::format(
        "these are genes of another species ({}): translate them to human orthologues first, "
        "or choose a model of that species",
        summary.species);
  throw Error::data({fmt::format("names of {} genes", genes.size()), expected, found, advice});
}

/// Matches column by column, and counts.
GeneMatch match_columns(std::span<const std::string> genes,
                        const std::function<Found(const std::string&)>& find) {
  GeneMatch match;
  match.n_columns = genes.size();
  match.gene.assign(genes.size(), GeneMatch::kUnknown);
  for (size_t g = 0; g < genes.size(); ++g) {
    Found found = find(genes[g]);
    if (found.route == Route::none) {
      const std::string bare = without_human_genome(genes[g]);
      if (!bare.empty()) found = find(bare);
      match.n_prefixed += is_match(found);
    }
    count(found, match);
    if (is_match(found))
      match.gene[g] = static_cast<int32_t>(found.entry);
    else if (match.unknown_examples.size() < kExamples)
      match.unknown_examples.push_back(genes[g]);
  }
  const std::vector<uint32_t> first = first_columns(match);
  for (size_t g = 0; g < genes.size(); ++g) {
    if (first[g] == g) continue;
    ++match.n_duplicates;
    if (match.duplicate_examples.size() < kExamples) match.duplicate_examples.push_back(genes[g]);
  }
  return match;
}

bool is_too_few(const GeneMatch& match) {
  return match.n_columns == 0 || match.share_matched() < kRefusedBelow;
}

}  // namespace

GeneMatch match_genes(std::span<const std::string> genes, const GeneDictionary& dictionary,
                      const GeneAliases* aliases) {
  const GeneMatch match =
      match_columns(genes, [&](const std::string& name) { return find_gene(name, dictionary, aliases); });
  if (is_too_few(match))
    refuse(genes, dictionary.model, match, [&](const GeneIdSummary& summary) -> std::string {
      if (dictionary.name_to_ensembl.empty() && summary.n_symbols > 0)
        return "there is no dictionary of gene names beside the model, so only Ensembl ids match: add it, or "
               "give "
               "Ensembl ids";
      return "give the genes as Ensembl gene ids (ENSG...) or approved symbols";
    });
  return match;
}

GeneMatch match_genes(std::span<const std::string> genes, const SymbolDictionary& dictionary,
                      const GeneAliases* aliases) {
  const GeneMatch match = match_columns(genes, SymbolFinder(dictionary, aliases));
  if (is_too_few(match))
    refuse(genes, dictionary.model, match, [&](const GeneIdSummary&) -> std::string {
      if (match.n_untranslated > 0) return kTranslateIds;
      return "give the genes by approved symbols";
    });
  return match;
}

std::vector<uint32_t> first_columns(const GeneMatch& match) {
  constexpr uint32_t kNone = UINT32_MAX;
  std::vector<uint32_t> first(match.gene.size()), column_of;
  for (size_t g = 0; g < first.size(); ++g) {
    first[g] = static_cast<uint32_t>(g);
    if (match.gene[g] == GeneMatch::kUnknown) continue;
    const size_t entry = static_cast<size_t>(match.gene[g]);
    if (entry >= column_of.size()) column_of.resize(entry + 1, kNone);
    if (column_of[entry] == kNone) column_of[entry] = static_cast<uint32_t>(g);
    first[g] = column_of[entry];
  }
  return first;
}

std::vector<std::string> match_warnings(const GeneMatch& match, const std::string& model) {
  std::vector<std::string> warnings;
  if (match.share_matched() < kWarnedBelow)
    warnings.push_back(fmt::format(
        "{} sees only {} of {} genes ({:.1f} %); not in its vocabulary are {} and others. The published code "
        "refuses such data",
        model, match.n_matched, match.n_columns, 100 * match.share_matched(),
        fmt::join(match.unknown_examples, ", ")));
  if (match.n_prefixed > 0)
    warnings.push_back(fmt::format("{} genes were matched without the name of the genome in front of theirs",
                                   match.n_prefixed));
  if (match.n_by_table > 0)
    warnings.push_back(
        fmt::format("{} genes were matched by the HGNC's table of symbols, former symbols and aliases",
                    match.n_by_table));
  if (match.n_ambiguous > 0)
    warnings.push_back(
        fmt::format("{} genes were left out: their name is a former symbol or alias of several genes",
                    match.n_ambiguous));
  if (match.n_untranslated > 0)
    warnings.push_back(fmt::format("{} genes were left out: they are Ensembl ids, and {}",
                                   match.n_untranslated, kTranslateIds));
  return warnings;
}

}  // namespace zerocell
