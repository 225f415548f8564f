#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "zerocell/core/parallel.h"
#include "zerocell/models/token_block.h"
#include "zerocell/reconstruct/mean_ranks.h"

namespace zerocell {

/// Rank correlations of one cell; NaN where undefined (fewer than two tokens, or no spread).
struct RankCorrelation {
  double model = 0;      ///< Pearson(true rank, predicted rank)
  double mean_rank = 0;  ///< Pearson(true rank, the gene's mean rank over the cells, this one included)
  double mean_rank_without = 0;  ///< the same with the cell itself left out of the mean
};

/// Counts of (true rank, predicted rank) over the genes of all cells, for the density of the study's figure
/// 6C.
struct RankDensity {
  static constexpr size_t kBins = 64;  ///< a side, over [0, 1]
  std::vector<uint64_t> counts;        ///< (kBins, kBins): row = true rank, column = predicted rank
};

struct RankReconstruction {
  std::vector<RankCorrelation> cells;  ///< (C)
  RankDensity density;                 ///< of the union of tokens of every cell, as the correlation sees it

  /// Adds the cells and counts of a later block.
  void append(const RankReconstruction& block);
};

/// The study's reconstruction score of Geneformer (Kedzierska et al. 2025, doi:10.1186/s13059-025-03574-x,
/// published code). C cells; `predicted` holds the predicted token at every position of `cells`.
///
/// Position i of L tokens has rank (L - 1 - i) / (L - 1). A gene predicted at several positions has the mean
/// of their ranks. Per cell, over the union of true and predicted tokens, absent ones at rank 0:
/// Pearson(true, predicted). Mean rank of a gene: over the cells where its true rank is above 0; 0 where
/// there are none.
///
/// Throws Error(internal) where `predicted` has another length than the tokens.
RankReconstruction reconstruct_ranks(const TokenBlock& cells, std::span<const uint32_t> predicted,
                                     ThreadPool& pool);

/// The same for one block of many: first add() every block's tokens to a MeanRanks, which needs no
/// predictions, then score block by block. Nothing is kept per token between the two passes, so memory is
/// O(block + vocabulary) whatever the number of cells; blocks in any order and of any size give the same
/// bits. Every cell of `cells` must have been added to `means`. Throws Error(internal) as above and for
/// tokens outside the vocabulary of `means`.
RankReconstruction score_ranks(const TokenBlock& cells, std::span<const uint32_t> predicted,
                               const MeanRanks& means, ThreadPool& pool);

}  // namespace zerocell
