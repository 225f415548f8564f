#include "zerocell/models/scvi/minibatch.h"

#include <algorithm>
#include <cmath>

#include "zerocell/models/scvi/product.h"

namespace zerocell::scvi {
CountTable::CountTable() {
  for (uint32_t x = 0; x < kSize; ++x) table_[x] = far_logs(static_cast<float>(x));
}

CountTable::Logs CountTable::far_logs(float x) {
  return {std::log1p(x), static_cast<float>(std::lgamma(static_cast<double>(x) + 1))};
}

Minibatch::Minibatch(size_t n_genes)
    : n_genes_(n_genes),
      n_blocks_((n_genes + kGeneBlock - 1) / kGeneBlock),
      block_first_(n_blocks_ + 1),
      gene_starts_(n_blocks_ * (kGeneBlock + 1)) {}

void Minibatch::reset(const ScviCells& cells) {
  n_cells_ = cells.size();
  n_padded_ = (n_cells_ + kWidthStep - 1) / kWidthStep * kWidthStep;
  first_.resize(n_cells_ + 1);
  first_[0] = 0;
  for (size_t i = 0; i < n_cells_; ++i) first_[i + 1] = first_[i] + cells.genes(i).size();
  starts_.resize(n_cells_ * (n_blocks_ + 1));
  library_.resize(n_cells_);
  log_factorials_.resize(n_cells_);
  const size_t n_entries = first_.back();
  if (n_entries <= logs_.size()) return;
  for (auto* part : {&logs_, &gene_counts_, &gene_logs_}) part->resize(n_entries);
  gene_cells_.resize(n_entries);
}

void Minibatch::read_cell(const ScviCells& cells, size_t i) {
  const auto genes = cells.genes(i);
  const auto counts = cells.counts(i);
  float* const logs = logs_.data() + first_[i];
  double total = 0, factorials = 0;
  for (size_t k = 0; k < counts.size(); ++k) {
    const auto of_count = table_.logs(counts[k]);
    logs[k] = of_count.log1p;
    total += static_cast<double>(counts[k]);
    factorials += static_cast<double>(of_count.log_factorial);
  }
  library_[i] = static_cast<float>(total);
  log_factorials_[i] = factorials;
  uint32_t* const starts = starts_.data() + i * (n_blocks_ + 1);
  const auto* from = genes.data();
  const auto* const end = from + genes.size();
  for (size_t block = 0; block < n_blocks_; ++block) {
    from = std::lower_bound(from, end, static_cast<uint32_t>(block * kGeneBlock));
    starts[block] = static_cast<uint32_t>(from - genes.data());
  }
  starts[n_blocks_] = static_cast<uint32_t>(genes.size());
}

void Minibatch::place_blocks() {
  std::ranges::fill(block_first_, size_t{0});
  for (size_t i = 0; i < n_cells_; ++i) {
    const uint32_t* const starts = starts_.data() + i * (n_blocks_ + 1);
    for (size_t block = 0; block < n_blocks_; ++block)
      block_first_[block + 1] += starts[block + 1] - starts[block];
  }
  for (size_t block = 0; block < n_blocks_; ++block) block_first_[block + 1] += block_first_[block];
}

void Minibatch::gather(const ScviCells& cells, size_t block) {
  uint32_t* const of_gene = gene_starts_.data() + block * (kGeneBlock + 1);
  std::fill_n(of_gene, kGeneBlock + 1, 0u);
  const auto first_gene = static_cast<uint32_t>(block * kGeneBlock);
  const auto for_entries = [&](const auto& body) {
    for (size_t i = 0; i < n_cells_; ++i) {
      const uint32_t* const starts = starts_.data() + i * (n_blocks_ + 1) + block;
      const uint32_t* const genes = cells.genes(i).data();
      for (size_t k = starts[0]; k < starts[1]; ++k) body(i, k, genes[k] - first_gene);
    }
  };
  for_entries([&](size_t, size_t, uint32_t gene) { ++of_gene[gene + 1]; });
  uint32_t next[kGeneBlock];
  for (size_t g = 0; g < kGeneBlock; ++g) {
    next[g] = of_gene[g];
    of_gene[g + 1] += of_gene[g];
  }
  const size_t at = block_first_[block];
  for_entries([&](size_t i, size_t k, uint32_t gene) {
    const size_t to = at + next[gene]++;
    gene_cells_[to] = static_cast<uint32_t>(i);
    gene_counts_[to] = cells.counts(i)[k];
    gene_logs_[to] = logs_[first_[i] + k];
  });
}

}  // namespace zerocell::scvi
