#include "zerocell/models/gene_matching.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <string_view>

#include "zerocell/core/error.h"
#include "zerocell/core/utf8.h"
#include "zerocell/data/gene_ids.h"
#include "zerocell/models/gene_finder.h"

namespace zerocell {
namespace {

constexpr double kRefusedBelow = 0.05, kWarnedBelow = 0.5;
constexpr size_t kExamples = 5;

void count(const FoundGene& found, GeneMatch& match) {
  match.n_matched += found.is_match();
  match.n_ensembl += found.route == GeneRoute::ensembl;
  match.n_symbols += found.route == GeneRoute::symbol;
  match.n_aliases += found.route == GeneRoute::alias;
  match.n_by_table += found.is_match() && found.by_table;
  match.n_ambiguous += found.route == GeneRoute::ambiguous;
  match.n_other_names += found.route == GeneRoute::no_entry;
  match.n_untranslated += found.route == GeneRoute::untranslated;
}

constexpr const char* kTranslateIds =
    "the vocabulary holds symbols alone: name the column of var that has the symbols (--gene-ids "
    "COLUMN; CELLxGENE: feature_name), or translate by a table of the HGNC (aliases=TABLE)";

/// What the keys of a vocabulary look like, found out when it is asked for.
class KeySummary {
 public:
  explicit KeySummary(const std::unordered_map<std::string, uint32_t>& keys) : keys_(keys) {}

  const GeneIdSummary& get() {
    if (summary_) return *summary_;
    std::vector<std::string> names;
    names.reserve(keys_.size());
    for (const auto& [name, entry] : keys_) names.push_back(name);
    std::ranges::sort(names);  // the map has no order that could be relied on
    if (!names.empty()) example_ = names[names.size() / 2];
    return summary_.emplace(summarise_gene_ids(names));
  }
  const std::string& species() { return get().species; }
  const std::string& example() {
    get();
    return example_;
  }

 private:
  const std::unordered_map<std::string, uint32_t>& keys_;
  std::optional<GeneIdSummary> summary_;
  std::string example_;
};

/// `no_match`: what to do about names that look right and are not in the vocabulary.
[[noreturn]] void refuse(std::span<const std::string> genes, const std::string& model, const GeneMatch& match,
                         KeySummary& keys, const std::function<std::string(const GeneIdSummary&)>& no_match) {
  const GeneIdSummary summary = summarise_gene_ids(genes);
  const std::string& species = keys.species();
  const std::string expected =
      fmt::format("{}{}genes, of which at least {:.0f} % are in the vocabulary of {}", species,
                  species.empty() ? "" : " ", 100 * kRefusedBelow, model);
  std::string_view sentence = summary.sentence;
  if (sentence.ends_with('.')) sentence.remove_suffix(1);
  std::string found = fmt::format("{} of {} matched: {}", match.n_matched, genes.size(), sentence);
  if (!keys.example().empty())
    found += fmt::format("; the vocabulary has names such as '{}'",
                         truncate_to_width(printable(keys.example()), 60));
  std::string advice = no_match(summary);
  if (!summary.species.empty() && !species.empty() && summary.species != species)
    advice = fmt::format("{}: translate them to {} orthologues first, or choose a model of that species",
                         summary.type == GeneIdType::symbols
                             ? fmt::format("these look like symbols of {} genes", summary.species)
                             : fmt::format("these are genes of another species ({})", summary.species),
                         species);
  throw Error::data({fmt::format("names of {} genes", genes.size()), expected, found, advice});
}

/// Matches column by column, and counts.
GeneMatch match_columns(std::span<const std::string> genes,
                        const std::function<FoundGene(const std::string&)>& find, KeySummary& keys) {
  GeneMatch match;
  match.n_columns = genes.size();
  match.gene.assign(genes.size(), GeneMatch::kUnknown);
  for (size_t g = 0; g < genes.size(); ++g) {
    FoundGene found = find(genes[g]);
    if (found.route == GeneRoute::none && genes[g].find('_') != std::string::npos) {
      const std::string bare = without_genome_of(keys.species(), genes[g]);
      if (!bare.empty()) found = find(bare);
      match.n_prefixed += found.is_match();
    }
    count(found, match);
    if (found.is_match())
      match.gene[g] = static_cast<int32_t>(found.entry);
    else if (match.unknown_examples.size() < kExamples)
      match.unknown_examples.push_back(genes[g]);
  }
  const std::vector<uint32_t> first = first_columns(match);
  for (size_t g = 0; g < genes.size(); ++g) {
    if (first[g] == g) continue;
    ++match.n_duplicates;
    if (match.duplicate_examples.size() >= kExamples) continue;
    match.duplicate_examples.push_back(genes[g]);
    match.duplicated_names.push_back(genes[first[g]]);
  }
  return match;
}

bool is_too_few(const GeneMatch& match) {
  return match.n_columns == 0 || match.share_matched() < kRefusedBelow;
}

}  // namespace

GeneMatch match_genes(std::span<const std::string> genes, const GeneDictionary& dictionary,
                      const GeneAliases* aliases) {
  KeySummary keys(dictionary.by_ensembl);
  const GeneMatch match = match_columns(genes, IdFinder(dictionary, aliases), keys);
  if (is_too_few(match))
    refuse(genes, dictionary.model, match, keys, [&](const GeneIdSummary& summary) -> std::string {
      if (dictionary.name_to_ensembl.empty() && summary.n_symbols > 0)
        return "there is no dictionary of gene names (gene_name_id_dict) beside the model, so only its own "
               "ids "
               "match: add it, or give the ids (--gene-ids names the column of var that has them)";
      return "give the genes by the vocabulary's own ids or by approved symbols (--gene-ids names the column "
             "of "
             "var that has them)";
    });
  return match;
}

GeneMatch match_genes(std::span<const std::string> genes, const SymbolDictionary& dictionary,
                      const GeneAliases* aliases) {
  KeySummary keys(dictionary.by_symbol);
  const GeneMatch match = match_columns(genes, SymbolFinder(dictionary, aliases), keys);
  if (is_too_few(match))
    refuse(genes, dictionary.model, match, keys, [&](const GeneIdSummary&) -> std::string {
      if (match.n_untranslated > 0) return kTranslateIds;
      return "give the genes by approved symbols, as the vocabulary does (--gene-ids names the column of var "
             "that has them)";
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

std::string duplicate_warning(const GeneMatch& match) {
  if (match.n_duplicates == 0) return "";
  std::vector<std::string> examples;
  for (size_t i = 0; i < match.duplicate_examples.size(); ++i) {
    const auto &name = match.duplicate_examples[i], &first = match.duplicated_names[i];
    examples.push_back(name == first ? name : fmt::format("{} beside {}", name, first));
  }
  return fmt::format(
      "{} columns are of a gene that an earlier column has (such as {}); their counts are summed",
      match.n_duplicates, fmt::join(examples, ", "));
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
