#pragma once
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "zerocell/core/parallel.h"
#include "zerocell/core/progress.h"
#include "zerocell/neighbors/pairwise_candidates.h"
#include "zerocell/neighbors/pairwise_exact.h"
#include "zerocell/neighbors/pairwise_layout.h"
#include "zerocell/neighbors/pairwise_sums.h"
#include "zerocell/neighbors/pairwise_tiles.h"

namespace zerocell::pairs {

/// The inputs of a pass; all must outlive it.
struct PassInput {
  const EmbeddingMatrix& x;
  const RowFacts& facts;
  const Layout& layout;
  const TileSource& source;
  const Radii& radii;
};

/// Walks all tiles of pairs and leaves group sums and neighbour candidates.
///
/// Cells are cut into blocks. A task owns a block of columns and visits row blocks in the order column block,
/// next, next but one ..., cyclically: half way round when a tile serves both its columns and its rows (each
/// unordered pair once, every block equally much work, the nearest groups first so that the limits of
/// the neighbour lists are tight early), all the way round when it serves the columns alone.
class PairwisePass {
 public:
  PairwisePass(const PassInput& input, Candidates& candidates);

  /// Each unordered pair once, into `sums` of all cells.
  void run_symmetric(GroupSums& sums, ThreadPool& pool, Progress& progress);

  /// Each ordered pair, block by block; silhouettes are finished and sums dropped after each block.
  void run_strips(PairwiseResults& results, ThreadPool& pool, Progress& progress);

 private:
  struct Worker;
  struct Reviewer;
  struct Range {
    size_t begin, end;
  };
  using Found = std::vector<std::pair<uint32_t, uint64_t>>;  ///< (position, candidate key)

  template <class Source>
  void visit(const Source& source, size_t col_block, std::span<const uint32_t> row_blocks, Worker& worker,
             GroupSums& sums, bool symmetric);
  void finish_tile(Range rows, size_t col_block, float* values, Worker& worker, GroupSums& sums,
                   bool both_sides);
  void deliver(Range cells, const Found& found, const Pieces& to, const AlignedVector<float>& distances,
               GroupSums& sums);
  Range range_of(size_t block) const;
  void copy_limits(size_t block, AlignedVector<float>& limits);
  std::vector<Worker> make_workers(int n) const;

  PassInput input_;
  Candidates* candidates_;
  size_t block_ = 0, n_blocks_ = 0;
  AlignedVector<float> norms_;  ///< (N, padded) empty when tiles hold squared distances
  float near_ = -1.0f;
  std::vector<std::mutex> locks_;  ///< (blocks) guards candidates and sums of the block's cells
};

}  // namespace zerocell::pairs
