#include "zerocell/models/scgpt/tokenize.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "zerocell/core/error.h"
#include "zerocell/core/hash.h"
#include "zerocell/preprocess/float_memo.h"

namespace zerocell {
namespace {

// Streams of their own for each kind of draw.
constexpr uint64_t kBinStream = 0x62696e73, kSampleStream = 0x73616d706c65;

}  // namespace

ScgptTokenizer::ScgptTokenizer(const ScgptVocabulary& vocabulary, const AlignedGenes& genes,
                               const ScgptGeneChoice& choice, const ScgptTokenizerOptions& options)
    : options_(options), genes_(genes), choice_(choice) {
  if (options.max_tokens < 2)
    throw Error::usage({"longest sequence", "at least 2 tokens", fmt::format("{}", options.max_tokens),
                        "choose a longer one"});
  choice_.counted.resize(genes.size(), 1);
  choice_.chosen.resize(genes.size(), 1);
  std::vector<uint32_t> order;
  for (uint32_t g = 0; g < genes.size(); ++g) {
    gene_keys_.push_back(text_key(vocabulary.names[genes.entries()[g]]));
    if (choice_.chosen[g]) order.push_back(g);
  }
  std::ranges::sort(order, {}, [&](uint32_t g) { return genes.entries()[g]; });
  vocabulary_ids_.push_back(vocabulary.cls);
  columns_.push_back(0);
  token_keys_.push_back(text_key(vocabulary.names[vocabulary.cls]));
  token_of_.assign(genes.size(), 0);
  for (const uint32_t g : order) {
    token_of_[g] = static_cast<uint32_t>(vocabulary_ids_.size());
    vocabulary_ids_.push_back(genes.entries()[g]);
    columns_.push_back(genes.columns()[g]);
    token_keys_.push_back(gene_keys_[g]);
  }
}

/// The chosen genes of a cell and the total of the counted ones.
void ScgptTokenizer::collect(const CellCounts& counts, CellCoverage& coverage, float& total,
                             Scratch& scratch) const {
  genes_(counts, scratch.counts, coverage);
  double sum = 0;
  size_t n = 0;
  double chosen_sum = 0;
  for (const auto& gene : scratch.counts) {
    if (choice_.counted[gene.gene]) sum += gene.count;
    if (!choice_.chosen[gene.gene]) continue;
    chosen_sum += gene.count;
    scratch.counts[n++] = gene;
  }
  total = static_cast<float>(sum);
  if (n == scratch.counts.size()) return;
  scratch.counts.resize(n);
  coverage.genes_seen = static_cast<uint32_t>(n);
  coverage.counts_seen = chosen_sum;
}

/// Of the counts by name, whatever their order.
uint64_t ScgptTokenizer::cell_key(const Scratch& scratch) const {
  uint64_t sum = 0;
  for (const auto& gene : scratch.counts)
    sum += mix64(gene_keys_[gene.gene], std::bit_cast<uint32_t>(gene.count));
  return sum;
}

void ScgptTokenizer::transform(float total, Scratch& scratch) const {
  scratch.values.clear();
  float divisor = 1;
  if (options_.normalize_total) {
    divisor = total / static_cast<float>(*options_.normalize_total);
    if (divisor == 0) divisor = 1;
  }
  FloatMemo<log1p_float> memo;
  for (const auto& gene : scratch.counts) {
    const float value = gene.count / divisor;
    scratch.values.push_back(options_.log1p ? memo(value) : value);
  }
}

void ScgptTokenizer::choose_bins(uint64_t cell, std::span<const double> draws, Scratch& scratch) const {
  scratch.binning(scratch.values, scratch.ranges);
  const bool from_numpy = options_.bin_ties == BinTies::numpy_mt19937;
  if (from_numpy && draws.size() != scratch.counts.size())
    throw Error::internal("scGPT: draws for another number of genes");
  const uint64_t key = mix64(options_.seed, kBinStream, cell);
  scratch.genes.clear();
  for (size_t i = 0; i < scratch.counts.size(); ++i) {
    const uint32_t gene = scratch.counts[i].gene;
    const BinRange range = scratch.ranges[i];
    uint16_t bin = 0;
    switch (options_.bin_ties) {
      case BinTies::keyed:
        bin = draw_bin(range, to_unit(mix64(key, gene_keys_[gene])));
        break;
      case BinTies::upper:
        bin = range.upper;
        break;
      case BinTies::lower:
        bin = range.lower;
        break;
      case BinTies::mid:
        bin = static_cast<uint16_t>((range.lower + range.upper) / 2);
        break;
      case BinTies::numpy_mt19937:
        bin = draw_bin(range, draws[i]);
        break;
    }
    scratch.genes.push_back({0, gene, bin});
  }
}

/// Leaves as many genes as a sequence takes; returns how many are left out.
uint32_t ScgptTokenizer::cut(uint64_t cell, Scratch& scratch) const {
  auto& genes = scratch.genes;
  const size_t n = options_.max_tokens - 1;
  if (genes.size() <= n) return 0;
  if (options_.long_cells == LongCells::keyed) {
    const uint64_t key = mix64(options_.seed, kSampleStream, cell);
    for (auto& gene : genes) gene.key = mix64(key, gene_keys_[gene.gene]);
    std::ranges::nth_element(
        genes, genes.begin() + static_cast<ptrdiff_t>(n),
        [](const auto& a, const auto& b) { return a.key != b.key ? a.key < b.key : a.gene < b.gene; });
  }
  const auto n_cut = static_cast<uint32_t>(genes.size() - n);
  genes.resize(n);
  return n_cut;
}

CellCoverage ScgptTokenizer::operator()(const CellCounts& counts, std::span<const double> draws,
                                        CellTokens& cell, Scratch& scratch) const {
  CellCoverage coverage;
  float total = 0;
  collect(counts, coverage, total, scratch);
  cell.tokens.clear();
  cell.values.clear();
  if (scratch.counts.empty()) return coverage;
  const uint64_t key = cell_key(scratch);
  transform(total, scratch);
  choose_bins(key, draws, scratch);
  coverage.genes_cut = cut(key, scratch);
  auto& genes = scratch.genes;
  std::ranges::sort(genes, {}, [&](const auto& gene) { return token_of_[gene.gene]; });
  cell.tokens.reserve(genes.size() + 1);
  cell.values.reserve(genes.size() + 1);
  cell.tokens.push_back(0);
  cell.values.push_back(options_.cls_value_is_zero ? 0 : options_.values.pad());
  for (const auto& gene : genes) {
    cell.tokens.push_back(token_of_[gene.gene]);
    cell.values.push_back(gene.bin);
  }
  return coverage;
}

size_t ScgptTokenizer::count_draws(const CellCounts& counts, Scratch& scratch) const {
  CellCoverage ignored;
  float total = 0;
  collect(counts, ignored, total, scratch);
  return scratch.counts.size();
}

void ScgptNumpyDraws::begin(const RowBlock& rows, const ScgptTokenizer& tokenizer) {
  ScgptTokenizer::Scratch scratch(tokenizer);
  first_row_ = rows.first_row;
  offsets_.assign(1, 0);
  for (size_t i = 0; i < rows.values.n_rows; ++i)
    offsets_.push_back(offsets_.back() +
                       tokenizer.count_draws(
                           {first_row_ + i, rows.values.row_indices(i), rows.values.row_values(i)}, scratch));
  draws_.resize(offsets_.back());
  for (double& draw : draws_) draw = generator_.uniform();
}

std::span<const double> ScgptNumpyDraws::of(size_t row) const {
  const size_t i = row - first_row_;
  return std::span(draws_).subspan(offsets_[i], offsets_[i + 1] - offsets_[i]);
}

}  // namespace zerocell
