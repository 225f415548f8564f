#include "zerocell/models/geneformer/tokenize.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <utility>

#include "zerocell/core/error.h"
#include "zerocell/core/random.h"

namespace zerocell {
namespace {

constexpr const char* kModel = "Geneformer";
constexpr float kTargetSum = 10000.0f;
constexpr uint64_t kShuffleStream = 0x67656e6573;  // a stream of its own for this permutation

GeneMatch match_columns(const GeneformerVocabulary& vocabulary, std::span<const std::string> genes,
                        const std::string& aliases) {
  const GeneDictionary dictionary{kModel, vocabulary.by_ensembl, vocabulary.name_to_ensembl,
                                  vocabulary.mapping};
  if (aliases.empty()) return match_genes(genes, dictionary);
  const GeneAliases table = read_gene_aliases(aliases);
  return match_genes(genes, dictionary, &table);
}

/// Token that every gene of the vocabulary is given: its own, or under the control another gene's.
std::vector<uint32_t> gene_tokens(const GeneformerVocabulary& vocabulary, bool shuffle, uint64_t seed) {
  std::vector<uint32_t> tokens;
  for (const auto& gene : vocabulary.genes) tokens.push_back(gene.token);
  if (!shuffle) return tokens;
  Random random(seed, kShuffleStream);
  std::vector<uint32_t> shuffled;
  for (const uint32_t other : permutation(tokens.size(), random)) shuffled.push_back(tokens[other]);
  return shuffled;
}

/// One pass of a radix sort: stable, by eight bits of the key.
template <class Entry>
void sort_by_byte(const std::vector<Entry>& from, std::vector<Entry>& to, std::array<uint32_t, 256>& starts,
                  int shift) {
  uint32_t start = 0;
  for (uint32_t& count : starts) start += std::exchange(count, start);
  for (const Entry& entry : from) to[starts[(entry.key >> shift) & 0xff]++] = entry;
}

/// Stable, by value in descending order, inside runs of one key.
template <class Entry>
void sort_runs(std::vector<Entry>& entries) {
  for (size_t begin = 0, end; begin < entries.size(); begin = end) {
    for (end = begin + 1; end < entries.size() && entries[end].key == entries[begin].key;) ++end;
    if (end - begin > 1)
      std::stable_sort(entries.begin() + static_cast<std::ptrdiff_t>(begin),
                       entries.begin() + static_cast<std::ptrdiff_t>(end),
                       [](const Entry& a, const Entry& b) { return a.value > b.value; });
  }
}

}  // namespace

GeneformerTokenizer::GeneformerTokenizer(const GeneformerVocabulary& vocabulary,
                                         std::span<const std::string> genes,
                                         const GeneformerTokenizerOptions& options)
    : match_(match_columns(vocabulary, genes, options.aliases)), cls_(vocabulary.cls), eos_(vocabulary.eos) {
  const size_t n_special = cls_ ? 2 : 0;
  if (options.n_positions <= n_special)
    throw Error::usage({"longest sequence", fmt::format("at least {} tokens", n_special + 1),
                        fmt::format("{}", options.n_positions), "choose a longer one"});
  max_genes_ = options.n_positions - n_special;
  if (options.duplicates == Duplicates::refuse && match_.n_duplicates > 0)
    throw Error::data({fmt::format("names of {} genes", genes.size()), "every gene once",
                       fmt::format("{} columns of a gene that an earlier column has (such as {})",
                                   match_.n_duplicates, fmt::join(match_.duplicate_examples, ", ")),
                       "sum them (the default) or remove them from the data"});
  const std::vector<uint32_t> tokens = gene_tokens(vocabulary, options.shuffle_genes, options.seed);
  const std::vector<uint32_t> first = first_columns(match_);
  columns_.resize(genes.size());
  for (size_t g = 0; g < genes.size(); ++g) {
    if (match_.gene[g] == GeneMatch::kUnknown) continue;
    const size_t entry = static_cast<size_t>(match_.gene[g]);
    columns_[g] = {vocabulary.genes[entry].median, tokens[entry], first[g]};
  }
}

/// The cell's genes and their counts in the order of the columns.
void GeneformerTokenizer::collect(std::span<const uint32_t> columns, std::span<const float> values,
                                  CellCoverage& coverage, Scratch& scratch) const {
  scratch.columns.clear();
  scratch.counts.clear();
  scratch.repeats.clear();
  for (size_t i = 0; i < columns.size(); ++i) {
    const float x = values[i];
    coverage.counts += x;
    if (!(x > 0.0f)) continue;
    ++coverage.genes;
    const ColumnGene& gene = columns_[columns[i]];
    if (gene.token == kNoToken) continue;
    ++coverage.genes_seen;
    coverage.counts_seen += x;
    if (gene.first == columns[i]) {
      scratch.columns.push_back(columns[i]);
      scratch.counts.push_back(x);
    } else {
      scratch.repeats.push_back({gene.first, x});
    }
  }
  if (!scratch.repeats.empty()) add_repeats(scratch);
}

/// Merges the counts of later columns of a gene into the list, in float64.
void GeneformerTokenizer::add_repeats(Scratch& scratch) const {
  auto& repeats = scratch.repeats;
  std::stable_sort(repeats.begin(), repeats.end(),
                   [](const auto& a, const auto& b) { return a.column < b.column; });
  std::vector<uint32_t> columns;
  std::vector<float> counts;
  size_t i = 0, r = 0;
  while (i < scratch.columns.size() || r < repeats.size()) {
    const bool take_repeat =
        i == scratch.columns.size() || (r < repeats.size() && repeats[r].column < scratch.columns[i]);
    const uint32_t column = take_repeat ? repeats[r].column : scratch.columns[i];
    double sum = take_repeat ? 0.0 : scratch.counts[i++];
    for (; r < repeats.size() && repeats[r].column == column; ++r) sum += repeats[r].count;
    columns.push_back(column);
    counts.push_back(static_cast<float>(sum));
  }
  scratch.columns.swap(columns);
  scratch.counts.swap(counts);
}

/// Sorts the cell's genes by v. Two passes of a radix sort over the 16 leading bits in which the cell's
/// values differ, then by comparison inside runs of equal bits.
void GeneformerTokenizer::rank(float n_counts, Scratch& scratch) const {
  auto& entries = scratch.entries;
  const size_t n = scratch.columns.size();
  entries.resize(n);
  scratch.sorted.resize(n);
  uint64_t least = UINT64_MAX, greatest = 0;
  for (size_t i = 0; i < n; ++i) {
    const ColumnGene& gene = columns_[scratch.columns[i]];
    const double v = static_cast<double>(scratch.counts[i] / n_counts * kTargetSum) / gene.median;
    const uint64_t value = std::bit_cast<uint64_t>(v);
    least = std::min(least, value);
    greatest = std::max(greatest, value);
    entries[i] = {value, 0, gene.token};
  }
  const int shift = std::max(0, static_cast<int>(std::bit_width(greatest - least)) - 16);
  std::array<uint32_t, 256> low{}, high{};
  for (auto& entry : entries) {
    entry.key = static_cast<uint32_t>((greatest - entry.value) >> shift);
    ++low[entry.key & 0xff];
    ++high[entry.key >> 8];
  }
  sort_by_byte(entries, scratch.sorted, low, 0);
  sort_by_byte(scratch.sorted, entries, high, 8);
  sort_runs(entries);
}

CellCoverage GeneformerTokenizer::operator()(std::span<const uint32_t> columns, std::span<const float> values,
                                             std::vector<uint32_t>& tokens) const {
  Scratch scratch;
  return (*this)(columns, values, tokens, scratch);
}

CellCoverage GeneformerTokenizer::operator()(std::span<const uint32_t> columns, std::span<const float> values,
                                             std::vector<uint32_t>& tokens, Scratch& scratch) const {
  CellCoverage coverage;
  collect(columns, values, coverage, scratch);
  if (scratch.columns.empty()) return coverage;
  rank(static_cast<float>(coverage.counts), scratch);
  const size_t n = std::min(scratch.entries.size(), max_genes_);
  coverage.genes_cut = static_cast<uint32_t>(scratch.entries.size() - n);
  if (cls_) tokens.push_back(*cls_);
  for (size_t i = 0; i < n; ++i) tokens.push_back(scratch.entries[i].token);
  if (eos_) tokens.push_back(*eos_);
  return coverage;
}

std::vector<std::string> GeneformerTokenizer::warnings() const {
  std::vector<std::string> warnings = match_warnings(match_, kModel);
  if (std::string duplicates = duplicate_warning(match_); !duplicates.empty())
    warnings.push_back(std::move(duplicates));
  return warnings;
}

}  // namespace zerocell
