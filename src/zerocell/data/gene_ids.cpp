#include "zerocell/data/gene_ids.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <unordered_set>
#include <utility>

namespace zerocell {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_symbol_punctuation(char c) {
  return c == '-' || c == '.' || c == '_' || c == '@' || c == '/';
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

constexpr size_t kEnsemblDigits = 11;
constexpr std::string_view kParY = "_PAR_Y";

/// Where things stand in an Ensembl gene id.
struct EnsemblParts {
  std::string_view species;  ///< letters between ENS and G: empty for human
  std::string_view stable;   ///< the id without version
  std::string_view version;  ///< digits after the dot, or empty
  bool par_y = false;
};

bool parse_ensembl(std::string_view id, EnsemblParts& parts) {
  const bool par_y = id.ends_with(kParY);
  if (par_y) id.remove_suffix(kParY.size());
  if (!id.starts_with("ENS")) return false;
  size_t letters = 3;
  while (letters < id.size() && is_upper(id[letters])) ++letters;
  const bool y_copy = letters == 5 && id.starts_with("ENSGR");  // R stands for the first digit
  if (letters < 4 || letters > 8 || (!y_copy && id[letters - 1] != 'G')) return false;
  const size_t digits = y_copy ? kEnsemblDigits - 1 : kEnsemblDigits, end = letters + digits;
  if (id.size() < end || !all_digits(id.substr(letters, digits))) return false;
  if (id.size() > end && (id[end] != '.' || !all_digits(id.substr(end + 1)))) return false;
  parts = {.species = y_copy ? std::string_view() : id.substr(3, letters - 4),
           .stable = id.substr(0, end),
           .version = id.size() > end ? id.substr(end + 1) : std::string_view(),
           .par_y = par_y};
  return true;
}

/// A database of genes beside Ensembl and how its ids are spelled: '#' is a digit, '@' a capital, '+' at the
/// end one digit or more, every other character itself.
struct GeneDatabase {
  std::string_view pattern, name, species;
};
constexpr std::array kDatabases{GeneDatabase{"FBgn#######", "FlyBase", "fruit fly"},
                                GeneDatabase{"WBGene########", "WormBase", "worm (C. elegans)"},
                                GeneDatabase{"AT#G#####", "TAIR", "Arabidopsis"},
                                GeneDatabase{"AT@G#####", "TAIR", "Arabidopsis"},
                                GeneDatabase{"Os##g#######", "RAP-DB", "rice"},
                                GeneDatabase{"Y@@###@", "SGD", "yeast (S. cerevisiae)"},
                                GeneDatabase{"Y@@###@-@", "SGD", "yeast (S. cerevisiae)"},
                                GeneDatabase{"ZDB-GENE-######-+", "ZFIN", "zebrafish"},
                                GeneDatabase{"MGI:+", "MGI", "mouse"},
                                GeneDatabase{"RGD:+", "RGD", "rat"},
                                GeneDatabase{"HGNC:+", "HGNC", "human"}};

bool is_spelled(std::string_view id, std::string_view pattern) {
  if (pattern.ends_with('+')) {
    pattern.remove_suffix(1);
    return id.size() > pattern.size() && is_spelled(id.substr(0, pattern.size()), pattern) &&
           all_digits(id.substr(pattern.size()));
  }
  return std::ranges::equal(id, pattern, [](char c, char p) {
    return p == '#' ? is_digit(c) : p == '@' ? is_upper(c) : c == p;
  });
}

/// ID.12 -> ID; anything without a dot and digits behind it stays.
std::string_view without_version(std::string_view id) {
  const size_t dot = id.rfind('.');
  return dot != std::string_view::npos && all_digits(id.substr(dot + 1)) ? id.substr(0, dot) : id;
}

const GeneDatabase* database_of(std::string_view id) {
  const auto stable = without_version(id);
  const auto* found = std::ranges::find_if(
      kDatabases, [&](const GeneDatabase& one) { return is_spelled(stable, one.pattern); });
  return found == kDatabases.end() ? nullptr : found;
}

std::string species_name(std::string_view prefix) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kSpecies{
      {{"", "human"},
       {"MUS", "mouse"},
       {"RNO", "rat"},
       {"DAR", "zebrafish"},
       {"MMU", "rhesus macaque"},
       {"MFA", "crab-eating macaque"},
       {"PTR", "chimpanzee"},
       {"SSC", "pig"},
       {"BTA", "cow"},
       {"GAL", "chicken"},
       {"CAF", "dog"},
       {"CJA", "marmoset"}}};
  for (const auto& [code, name] : kSpecies)
    if (code == prefix) return std::string(name);
  return fmt::format("Ensembl species ENS{}", prefix);
}

/// GRCh38_TP53 -> TP53: Cell Ranger puts the genome in front of each id when there are several.
std::string_view without_genome(std::string_view id) {
  static constexpr std::array<std::string_view, 7> kGenomes{"GRCh38_", "GRCh37_", "hg19_", "hg38_",
                                                            "GRCm38_", "GRCm39_", "mm10_"};
  for (const auto& genome : kGenomes)
    if (id.starts_with(genome)) {
      id.remove_prefix(genome.size());
      while (id.starts_with('_')) id.remove_prefix(1);
      return id;
    }
  return id;
}

/// Digits in a row, at most.
size_t longest_number(std::string_view id) {
  size_t longest = 0, now = 0;
  for (const char c : id) {
    now = is_digit(c) ? now + 1 : 0;
    longest = std::max(longest, now);
  }
  return longest;
}

enum class SymbolStyle { none, human, mouse, other };

/// Human symbols are capitals and digits but for open reading frames (C10orf54); mouse symbols have one
/// capital in front (Actb, Gm1992, 0610007P14Rik) or a lower-case mitochondrial prefix (mt-Nd1). Six digits
/// in a row are rather those of some other id (Solyc01g005000), and LOC with a number is no species' own.
SymbolStyle symbol_style(std::string_view id) {
  if (id.size() > 40) return SymbolStyle::none;
  size_t upper = 0, lower = 0;
  for (const char c : id) {
    upper += is_upper(c);
    lower += is_lower(c);
    if (!is_upper(c) && !is_lower(c) && !is_digit(c) && !is_symbol_punctuation(c)) return SymbolStyle::none;
  }
  if (upper + lower == 0) return SymbolStyle::none;
  if (id.starts_with("LOC") && all_digits(id.substr(3))) return SymbolStyle::other;
  if (lower == 0) return SymbolStyle::human;
  if (id[0] == 'C' && id.find("orf") != std::string_view::npos) return SymbolStyle::human;
  if (id.starts_with("mt-") || id.ends_with("Rik")) return SymbolStyle::mouse;
  constexpr size_t kIdDigits = 6;
  const bool is_mouse = is_upper(id[0]) && upper <= lower && longest_number(id) < kIdDigits;
  return is_mouse ? SymbolStyle::mouse : SymbolStyle::other;
}

template <class Map>
std::string most_frequent(const Map& counts, size_t total, double least_share) {
  for (const auto& [name, n] : counts)
    if (static_cast<double>(n) >= least_share * static_cast<double>(total)) return name;
  return "";
}

std::string percent(size_t part, size_t whole) {
  const double share = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  return fmt::format("{:.1f} %", share);
}

std::string describe(const GeneIdSummary& s) {
  if (s.n_ids == 0) return "There are no genes.";
  std::string text;
  switch (s.type) {
    case GeneIdType::ensembl:
      text = fmt::format("{} of {} gene ids are Ensembl gene ids", s.n_ensembl, s.n_ids);
      break;
    case GeneIdType::symbols:
      text = fmt::format("{} of {} gene ids look like gene symbols", s.n_symbols, s.n_ids);
      break;
    case GeneIdType::numbers:
      text =
          fmt::format("{} of {} gene ids are bare numbers (Entrez ids or positions)", s.n_numbers, s.n_ids);
      break;
    case GeneIdType::database:
      text = fmt::format("{} of {} gene ids are gene ids of {}", s.n_database, s.n_ids, s.database);
      break;
    case GeneIdType::mixed:
      text = fmt::format("Gene ids are mixed: {} are Ensembl gene ids and {} look like symbols",
                         percent(s.n_ensembl, s.n_ids), percent(s.n_symbols, s.n_ids));
      break;
    case GeneIdType::unknown:
      text = fmt::format(
          "The kind of the gene ids is not known: of {}, {} are Ensembl gene ids, {} look like "
          "symbols, {} are bare numbers",
          s.n_ids, s.n_ensembl, s.n_symbols, s.n_numbers);
      break;
  }
  if (!s.species.empty()) text += fmt::format(" ({})", s.species);
  if (s.n_ensembl > 0 && s.type != GeneIdType::symbols)
    text += s.n_versioned == 0             ? ", without version"
            : s.n_versioned == s.n_ensembl ? ", with version"
                                           : fmt::format(", {} of them with version", s.n_versioned);
  text += '.';
  if (s.type == GeneIdType::symbols && s.n_ensembl > 0)
    text += fmt::format(" {} are Ensembl gene ids.", s.n_ensembl);
  if (s.n_prefixed > 0) text += fmt::format(" {} carry the name of a genome in front.", s.n_prefixed);
  if (s.n_empty > 0) text += fmt::format(" {} are empty.", s.n_empty);
  if (s.n_duplicates > 0)
    text += fmt::format(" {} repeat an earlier id (such as {}).", s.n_duplicates,
                        fmt::join(s.duplicate_examples, ", "));
  if (s.n_duplicates_unversioned > s.n_duplicates)
    text += fmt::format(" Without versions, {} repeat an earlier id.", s.n_duplicates_unversioned);
  return text;
}

void count_duplicates(std::span<const std::string> ids, GeneIdSummary& s) {
  std::unordered_set<std::string_view> seen, examples;
  std::unordered_set<std::string> unversioned;
  seen.reserve(ids.size());
  for (const auto& id : ids) {
    if (!seen.insert(id).second) {
      ++s.n_duplicates;
      if (s.duplicate_examples.size() < 5 && examples.insert(id).second) s.duplicate_examples.push_back(id);
    }
    if (s.n_versioned > 0)
      s.n_duplicates_unversioned += !unversioned.insert(strip_ensembl_version(id)).second;
  }
  if (s.n_versioned == 0) s.n_duplicates_unversioned = s.n_duplicates;
}

/// Fills in the database that has most ids; returns its species.
std::string take_database(std::span<const size_t> of_pattern, GeneIdSummary& s) {
  std::map<std::string_view, size_t> of_name;
  std::string species;
  for (size_t i = 0; i < of_pattern.size(); ++i) {
    const GeneDatabase& database = kDatabases[i];
    const size_t n = of_name[database.name] += of_pattern[i];
    if (n <= s.n_database) continue;
    s.n_database = n;
    s.database = database.name;
    species = database.species;
  }
  return species;
}

}  // namespace

std::string_view to_string(GeneIdType type) {
  switch (type) {
    case GeneIdType::ensembl:
      return "ensembl";
    case GeneIdType::symbols:
      return "symbols";
    case GeneIdType::numbers:
      return "numbers";
    case GeneIdType::mixed:
      return "mixed";
    case GeneIdType::database:
      return "database";
    case GeneIdType::unknown:
      return "unknown";
  }
  return "unknown";
}

bool is_ensembl_gene_id(std::string_view id) {
  EnsemblParts parts;
  return parse_ensembl(id, parts);
}

std::string strip_ensembl_version(std::string_view id) {
  EnsemblParts parts;
  if (!parse_ensembl(id, parts)) return std::string(id);
  std::string stable(parts.stable);
  if (parts.par_y) stable += kParY;
  return stable;
}

bool is_database_gene_id(std::string_view id) {
  return database_of(id) != nullptr;
}

std::string strip_gene_id_version(std::string_view id) {
  return is_database_gene_id(id) ? std::string(without_version(id)) : strip_ensembl_version(id);
}

GeneIdSummary summarise_gene_ids(std::span<const std::string> ids) {
  GeneIdSummary s;
  s.n_ids = ids.size();
  std::map<std::string, size_t> ensembl_species, symbol_species;
  std::array<size_t, kDatabases.size()> of_database{};
  for (const auto& full_id : ids) {
    const std::string_view id = without_genome(full_id);
    s.n_prefixed += id.size() != full_id.size();
    EnsemblParts parts;
    if (id.empty()) {
      ++s.n_empty;
    } else if (parse_ensembl(id, parts)) {
      ++s.n_ensembl;
      s.n_versioned += !parts.version.empty();
      ++ensembl_species[species_name(parts.species)];
    } else if (const auto* database = database_of(id)) {
      ++of_database[static_cast<size_t>(database - kDatabases.data())];
    } else if (all_digits(id)) {
      ++s.n_numbers;
    } else if (const auto style = symbol_style(id); style != SymbolStyle::none) {
      ++s.n_symbols;
      if (style == SymbolStyle::human) ++symbol_species["human"];
      if (style == SymbolStyle::mouse) ++symbol_species["mouse"];
    }
  }
  std::string database_species = take_database(of_database, s);
  const auto most = [&](size_t n) { return s.n_ids > 0 && 10 * n >= 9 * s.n_ids; };
  s.type = most(s.n_ensembl)                 ? GeneIdType::ensembl
           : most(s.n_database)              ? GeneIdType::database
           : most(s.n_symbols)               ? GeneIdType::symbols
           : most(s.n_numbers)               ? GeneIdType::numbers
           : most(s.n_ensembl + s.n_symbols) ? GeneIdType::mixed
                                             : GeneIdType::unknown;
  if (s.n_ensembl > 0) s.species = most_frequent(ensembl_species, s.n_ensembl, 0.9);
  if (s.type == GeneIdType::symbols) s.species = most_frequent(symbol_species, s.n_symbols, 0.8);
  if (s.type == GeneIdType::database) s.species = std::move(database_species);
  count_duplicates(ids, s);
  s.sentence = describe(s);
  return s;
}

}  // namespace zerocell
