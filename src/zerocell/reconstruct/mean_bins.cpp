#include "zerocell/reconstruct/mean_bins.h"

#include <fmt/format.h>

#include <limits>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

double ratio(uint64_t sum, uint64_t n) {
  return n > 0 ? static_cast<double>(sum) / static_cast<double>(n) : std::numeric_limits<double>::quiet_NaN();
}

/// The value at place `at` of all bins in order.
size_t ordered_bin(const std::vector<uint64_t>& counts, uint64_t at) {
  size_t bin = 0;
  while (at >= counts[bin]) at -= counts[bin++];
  return bin;
}

struct Partial {
  Partial(size_t n_genes, size_t n_bins) : bin_counts(n_bins, 0), sums(n_genes, 0), counts(n_genes, 0) {}

  void add(std::span<const uint32_t> genes, std::span<const uint16_t> bins) {
    for (size_t i = 0; i < genes.size(); ++i) {
      ++bin_counts[bins[i]];
      sums[genes[i]] += bins[i];
      ++counts[genes[i]];
    }
  }

  std::vector<uint64_t> bin_counts, sums, counts;
};

}  // namespace

MeanBins::MeanBins(size_t n_genes, size_t n_bins)
    : bin_counts_(n_bins, 0), gene_sums_(n_genes, 0), gene_counts_(n_genes, 0) {
  if (n_bins < 2) throw Error::internal(fmt::format("mean bins: {} bins leave none above 0", n_bins));
}

void MeanBins::add(std::span<const uint32_t> offsets, std::span<const uint32_t> genes,
                   std::span<const uint16_t> bins, ThreadPool& pool) {
  constexpr size_t kEntriesPerTask = size_t{1} << 16;
  if (genes.size() != bins.size() || offsets.empty() || offsets.front() != 0 ||
      offsets.back() != genes.size())
    throw Error::internal("mean bins: offsets, genes and bins disagree");
  for (size_t i = 0; i < genes.size(); ++i)
    if (genes[i] >= n_genes() || bins[i] == 0 || bins[i] >= n_bins())
      throw Error::internal(fmt::format("mean bins: bin {} of gene {}, there are bins 1 to {} and {} genes",
                                        bins[i], genes[i], n_bins() - 1, n_genes()));
  // Partial sums cost a pass over all genes for every worker: few entries are worth but one.
  const bool alone = genes.size() <= kEntriesPerTask;
  std::vector<Partial> partial(alone ? 1 : static_cast<size_t>(pool.size()), Partial(n_genes(), n_bins()));
  if (alone)
    partial[0].add(genes, bins);
  else
    pool.parallel_ranges(genes.size(), kEntriesPerTask, [&](size_t begin, size_t end, int worker) {
      partial[static_cast<size_t>(worker)].add(genes.subspan(begin, end - begin),
                                               bins.subspan(begin, end - begin));
    });
  for (const Partial& part : partial) {
    for (size_t gene = 0; gene < n_genes(); ++gene) {
      gene_sums_[gene] += part.sums[gene];
      gene_counts_[gene] += part.counts[gene];
    }
    for (size_t bin = 0; bin < n_bins(); ++bin) {
      bin_counts_[bin] += part.bin_counts[bin];
      sum_ += bin * part.bin_counts[bin];
      n_values_ += part.bin_counts[bin];
    }
  }
}

double MeanBins::mean() const {
  return ratio(sum_, n_values_);
}

double MeanBins::median() const {
  if (n_values_ == 0) return std::numeric_limits<double>::quiet_NaN();
  const size_t low = ordered_bin(bin_counts_, (n_values_ - 1) / 2);
  const size_t high = ordered_bin(bin_counts_, n_values_ / 2);
  return static_cast<double>(low + high) / 2;
}

double MeanBins::gene_mean(uint32_t gene) const {
  return gene_counts_[gene] > 0 ? ratio(gene_sums_[gene], gene_counts_[gene]) : mean();
}

double MeanBins::mean_without(const CellBins& cell) const {
  if (cell.n > n_values_) throw Error::internal("mean bins: a cell that was not added is left out");
  return ratio(sum_ - cell.sum, n_values_ - cell.n);
}

std::optional<double> MeanBins::gene_mean_without(uint32_t gene, uint16_t bin) const {
  if (gene_counts_[gene] < 2) return std::nullopt;
  return ratio(gene_sums_[gene] - bin, gene_counts_[gene] - 1);
}

}  // namespace zerocell
