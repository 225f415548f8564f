#pragma once
#include <cstdint>
#include <vector>

#include "zerocell/core/row_stream.h"
#include "zerocell/models/gene_matching.h"
#include "zerocell/models/packed_inference.h"
#include "zerocell/models/token_block.h"

namespace zerocell {

/// A data set's genes as a model names them: columns outside the vocabulary left out, columns of one gene as
/// one. S genes, in the order of their first columns.
class AlignedGenes {
 public:
  explicit AlignedGenes(const GeneMatch& match);

  size_t size() const { return entries_.size(); }
  /// (S) entry of the vocabulary
  const std::vector<uint32_t>& entries() const { return entries_; }
  /// (S) first column of each gene
  const std::vector<uint32_t>& columns() const { return columns_; }

  struct Count {
    uint32_t gene;  ///< below size()
    float count;    ///< above zero
  };
  /// The genes of one cell, ascending; counts of one gene are added in float64. What is seen and what is not
  /// goes into `coverage`.
  void operator()(const CellCounts& counts, std::vector<Count>& out, CellCoverage& coverage) const;

  /// The counts (N, G) as a stream of (N, S). The object must outlive it.
  RowStream stream(RowStream counts) const;

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  std::vector<uint32_t> gene_of_;  ///< (G) gene of a column or kNone
  std::vector<uint32_t> entries_, columns_;
  bool has_repeats_ = false;
};

}  // namespace zerocell
