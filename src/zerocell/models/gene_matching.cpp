#include "zerocell/models/gene_matching.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "zerocell/core/error.h"
#include "zerocell/data/gene_ids.h"

namespace zerocell {
namespace {

constexpr double kRefusedBelow = 0.05, kWarnedBelow = 0.5;
constexpr size_t kExamples = 5;

enum class Route { none, ensembl, symbol, alias, ambiguous, no_entry };

struct Found {
  Route route = Route::none;
  uint32_t entry = 0;
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
    return found_by(Route::alias, dictionary, alias->second);
  }
  return {};
}

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
  match.n_ambiguous += found.route == Route::ambiguous;
  match.n_other_names += found.route == Route::no_entry;
}

[[noreturn]] void refuse(std::span<const std::string> genes, const GeneDictionary& dictionary,
                         const GeneMatch& match) {
  const GeneIdSummary summary = summarise_gene_ids(genes);
  const std::string expected =
      fmt::format("human genes, of which at least {:.0f} % are in the vocabulary of {}", 100 * kRefusedBelow,
                  dictionary.model);
  std::string_view sentence = summary.sentence;
  if (sentence.ends_with('.')) sentence.remove_suffix(1);
  const std::string found = fmt::format("{} of {} matched: {}", match.n_matched, genes.size(), sentence);
  const bool other_species = !summary.species.empty() && summary.species != "human";
  std::string advice = "give the genes as Ensembl gene ids (ENSG...) or approved symbols";
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
  else if (dictionary.name_to_ensembl.empty() && summary.n_symbols > 0)
    advice =
        "there is no dictionary of gene names beside the model, so only Ensembl ids match: add it, or give "
        "Ensembl ids";
  throw Error::data({fmt::format("names of {} genes", genes.size()), expected, found, advice});
}

}  // namespace

GeneMatch match_genes(std::span<const std::string> genes, const GeneDictionary& dictionary,
                      const GeneAliases* aliases) {
  GeneMatch match;
  match.n_columns = genes.size();
  match.gene.assign(genes.size(), GeneMatch::kUnknown);
  for (size_t g = 0; g < genes.size(); ++g) {
    Found found = find_gene(genes[g], dictionary, aliases);
    if (found.route == Route::none) {
      const std::string bare = without_human_genome(genes[g]);
      if (!bare.empty()) found = find_gene(bare, dictionary, aliases);
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
  if (genes.empty() || match.share_matched() < kRefusedBelow) refuse(genes, dictionary, match);
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
  if (match.n_aliases > 0)
    warnings.push_back(fmt::format(
        "{} genes were matched by the HGNC's table of symbols, former symbols and aliases", match.n_aliases));
  if (match.n_ambiguous > 0)
    warnings.push_back(
        fmt::format("{} genes were left out: their name is a former symbol or alias of several genes",
                    match.n_ambiguous));
  return warnings;
}

}  // namespace zerocell
