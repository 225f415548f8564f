#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "zerocell/models/scvi/kernels.h"
#include "zerocell/models/scvi/network.h"

namespace zerocell::scvi {

inline constexpr size_t kGeneBlock = 256;  ///< genes that one task works on

/// ln(1 + x) and ln x! of counts, mostly small whole numbers.
class CountTable {
 public:
  struct Logs {
    float log1p;
    float log_factorial;
  };
  CountTable();
  Logs logs(float x) const {
    const auto n = static_cast<uint32_t>(x >= 0 && x < static_cast<float>(kSize) ? x : 0.0f);
    return static_cast<float>(n) == x ? table_[n] : far_logs(x);
  }
  float log1p(float x) const { return logs(x).log1p; }

 private:
  static Logs far_logs(float x);
  static constexpr uint32_t kSize = 1024;
  Logs table_[kSize];
};

/// The counts of a minibatch by cell and, in blocks of genes, by gene. Cells are read, then blocks gathered;
/// different cells, and different blocks, may be worked on at the same time.
class Minibatch {
 public:
  explicit Minibatch(size_t n_genes);

  size_t n_cells() const { return n_cells_; }
  size_t n_padded() const { return n_padded_; }  ///< cells, rounded up to whole vectors
  size_t n_blocks() const { return n_blocks_; }
  size_t block_width(size_t block) const {
    return block + 1 < n_blocks_ ? kGeneBlock : n_genes_ - block * kGeneBlock;
  }

  void reset(const ScviCells& cells);
  void read_cell(const ScviCells& cells, size_t i);
  void place_blocks();  ///< after all cells
  void gather(const ScviCells& cells, size_t block);

  std::span<const float> logs(size_t i) const {  ///< ln(1 + x) of a cell's counts
    return {logs_.data() + first_[i], first_[i + 1] - first_[i]};
  }
  /// Where a cell's entries of a block begin, and how many there are.
  std::pair<size_t, size_t> entries_of(size_t i, size_t block) const {
    const uint32_t* const starts = starts_.data() + i * (n_blocks_ + 1) + block;
    return {starts[0], starts[1] - starts[0]};
  }
  float library(size_t i) const { return library_[i]; }                 ///< sum of a cell's counts
  double log_factorials(size_t i) const { return log_factorials_[i]; }  ///< sum of ln x!
  GeneEntries block(size_t block) const {
    const size_t at = block_first_[block];
    return {gene_starts_.data() + block * (kGeneBlock + 1), gene_cells_.data() + at, gene_counts_.data() + at,
            gene_logs_.data() + at};
  }

 private:
  CountTable table_;
  size_t n_genes_, n_blocks_, n_cells_ = 0, n_padded_ = 0;
  std::vector<size_t> first_;     ///< (B + 1) where a cell's entries begin
  std::vector<uint32_t> starts_;  ///< (B, n_blocks + 1) where a block's entries of a cell begin
  std::vector<size_t> block_first_;
  std::vector<float> logs_, library_, gene_counts_, gene_logs_;
  std::vector<double> log_factorials_;
  std::vector<uint32_t> gene_starts_, gene_cells_;
};

}  // namespace zerocell::scvi
