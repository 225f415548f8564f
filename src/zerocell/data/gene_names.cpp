#include "zerocell/data/gene_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_set>

#include "zerocell/core/error.h"
#include "zerocell/core/random.h"
#include "zerocell/data/byte_source.h"
#include "zerocell/data/gene_ids.h"
#include "zerocell/data/quoted_fields.h"

namespace zerocell {
namespace {

constexpr size_t kMaxNames = 100'000;
constexpr uint64_t kNamesKey = 0x67656e65;  // one list for all simulations, whatever their seed

/// Symbols with a number: PREFIX1 ... PREFIXn.
struct Family {
  const char* prefix;
  int size;
};
constexpr Family kFamilies[] = {
    {"RPL", 41},    {"RPS", 29},  {"ZNF", 860},  {"TMEM", 290},   {"CCDC", 200},  {"KIF", 27},
    {"CD", 320},    {"IL", 37},   {"CXCL", 17},  {"CCL", 28},     {"KRT", 86},    {"COL", 28},
    {"HOXA", 13},   {"HOXB", 13}, {"SOX", 30},   {"GATA", 6},     {"STAT", 6},    {"IRF", 9},
    {"MAPK", 15},   {"CDK", 20},  {"RAB", 43},   {"ARHGAP", 45},  {"ARHGEF", 40}, {"ATP", 60},
    {"ANKRD", 66},  {"FBXO", 48}, {"FBXL", 22},  {"GPR", 185},    {"KCNJ", 18},   {"KLHL", 42},
    {"LRRC", 75},   {"MYO", 19},  {"NDUFA", 13}, {"NDUFB", 11},   {"OR", 56},     {"PPP", 40},
    {"PSMA", 8},    {"PSMB", 11}, {"PTPN", 23},  {"RNF", 225},    {"TRIM", 77},   {"TTC", 39},
    {"UBE", 52},    {"USP", 54},  {"WDR", 97},   {"ZBTB", 49},    {"ZDHHC", 24},  {"DUSP", 28},
    {"EIF", 50},    {"HSPA", 14}, {"ITGA", 11},  {"ITGB", 8},     {"TNFRSF", 25}, {"TNFSF", 18},
    {"MRPL", 58},   {"MRPS", 40}, {"FAM", 240},  {"SPATA", 48},   {"DNAJC", 30},  {"ADAMTS", 20},
    {"CEP", 350},   {"SNX", 33},  {"TBC1D", 32}, {"LINC0", 2600}, {"MIR", 1300},  {"SNORD", 120},
    {"PRR", 36},    {"ABCA", 13}, {"ABCB", 11},  {"ABCC", 12},    {"GALNT", 18},  {"SERPINA", 12},
    {"SERPINB", 13}};

std::vector<std::string> symbol_pool() {
  std::vector<std::string> pool;
  for (const char* name :
       {"ND1", "ND2", "ND3", "ND4", "ND4L", "ND5", "ND6", "CO1", "CO2", "CO3", "ATP6", "ATP8", "CYB"})
    pool.push_back(fmt::format("MT-{}", name));
  for (const auto& family : kFamilies)
    for (int i = 1; i <= family.size; ++i) pool.push_back(fmt::format("{}{}", family.prefix, i));
  for (int i = 1; i <= 52; ++i)
    for (int j = 1; j <= 16; ++j) pool.push_back(fmt::format("SLC{}A{}", i, j));
  return pool;
}

bool could_be_symbol(std::string_view field) {
  const bool letters = std::any_of(field.begin(), field.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  return letters && field.find_first_of(" :|") == std::string_view::npos;
}

/// Fields without their quotes; where quotes do not match, what stands between the separators. A line in
/// quotes as a whole is cut once more.
std::vector<std::string> fields_of(std::string_view line) {
  constexpr std::string_view kSeparators = "\t,\r";
  std::vector<std::string> fields;
  bool clean = split_quoted(line, kSeparators, fields);
  if (clean && line.starts_with('"') && fields.front().find_first_of(kSeparators) != std::string::npos) {
    const std::string inner = fields.front();
    clean = split_quoted(inner, kSeparators, fields);
  }
  if (clean) return fields;
  fields.clear();
  for (size_t begin = 0; begin <= line.size();) {
    const size_t end = std::min(line.find_first_of(kSeparators, begin), line.size());
    fields.emplace_back(line.substr(begin, end - begin));
    begin = end + 1;
  }
  return fields;
}

/// The name in one line of a list; both parts empty when there is none.
GeneName parse_line(std::string_view line) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  GeneName name;
  for (const std::string& field : fields_of(line)) {
    if (is_ensembl_gene_id(field)) {
      if (name.ensembl.empty()) name.ensembl = strip_ensembl_version(field);
    } else if (name.symbol.empty() && could_be_symbol(field)) {
      name.symbol = field;
    }
  }
  if (name.symbol.empty()) name.symbol = name.ensembl;
  if (name.ensembl.empty()) name.ensembl = name.symbol;
  return name;
}

}  // namespace

std::vector<GeneName> invented_gene_names(size_t n) {
  if (n > kMaxNames)
    throw Error::usage({.read = "number of genes",
                        .expected = fmt::format("at most {}", kMaxNames),
                        .found = fmt::format("{}", n),
                        .advice = "Give a list of gene names for more"});
  auto pool = symbol_pool();
  // As in annotations, about a third of the genes have no name but that of a clone.
  for (size_t i = 0; pool.size() < kMaxNames; ++i)
    pool.push_back(fmt::format("AC{:06}.{}", (i * 7919) % 300'007, 1 + i % 3));
  const size_t n_named = symbol_pool().size();
  Random random(kNamesKey);
  const auto numbers = permutation(180'000, random);
  const auto named = permutation(n_named, random);
  std::vector<GeneName> names(n);
  size_t next_named = 0, next_clone = n_named;
  for (size_t i = 0; i < n; ++i) {
    const bool clone = next_named == n_named || (random.uniform() < 0.33 && next_clone < pool.size());
    names[i].symbol = clone ? pool[next_clone++] : pool[named[next_named++]];
    names[i].ensembl = fmt::format("ENSG{:011}", 100'000 + numbers[i]);
  }
  return names;
}

std::vector<GeneName> read_gene_names(const std::string& path) {
  const std::string text = read_rest(open_bytes(path));
  std::vector<GeneName> names;
  std::unordered_set<std::string> seen;
  std::string_view rest = text;
  bool any_ensembl = false;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (line.starts_with('#')) continue;
    GeneName name = parse_line(line);
    if (name.symbol.empty()) continue;
    any_ensembl = any_ensembl || is_ensembl_gene_id(name.ensembl);
    if (seen.insert(name.symbol).second) names.push_back(std::move(name));
  }
  // In a list with Ensembl ids a first line without one is the header.
  if (any_ensembl && !is_ensembl_gene_id(names.front().ensembl)) names.erase(names.begin());
  if (names.empty())
    throw Error::data({.read = path, .expected = "a gene name a line", .found = "none", .advice = ""});
  return names;
}

}  // namespace zerocell
