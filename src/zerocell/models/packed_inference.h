#pragma once
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "zerocell/core/parallel.h"
#include "zerocell/core/progress.h"
#include "zerocell/core/row_stream.h"
#include "zerocell/models/token_block.h"

namespace zerocell {

/// The counts of one cell. `columns` ascend and are below the number of genes; values are finite and not
/// negative, zeros count for nothing.
struct CellCounts {
  size_t row = 0;  ///< in the data set
  std::span<const uint32_t> columns;
  std::span<const float> values;
};

/// What a model does with a data set's cells, for run_packed.
struct PackedModel {
  /// Sees every block of rows before its cells are tokenised, in order, on one thread; may be empty.
  std::function<void(const RowBlock& rows)> begin_rows;
  /// Fills in a cell's tokens: none where the model sees nothing of it. Called from several threads, each
  /// with a number of its own below the pool's size.
  std::function<CellCoverage(int worker, const CellCounts& counts, CellTokens& cell)> tokenize;
  /// Runs the network on a block; `cells` are their rows in the data set. Called from several threads.
  std::function<void(const TokenBlock& block, std::span<const uint32_t> cells, Workspace& workspace)> encode;
  /// Scratch bytes of a block of so many tokens.
  std::function<size_t(size_t n_tokens)> block_bytes;
};

struct PackedOptions {
  size_t block_tokens = 2048;        ///< a block holds at least one cell and at most so many tokens
  uint64_t max_memory = 1ull << 30;  ///< for the scratch memory of all workers
  size_t blocks_per_window = 24;     ///< for each worker
  std::vector<bool> done;            ///< (N) cells that need not be encoded again; empty: none
};

/// Told from time to time, by one thread at once: every row below `n_rows` is finished.
using RowsFinished = std::function<void(size_t n_rows)>;

/// Tokenises the rows of a matrix and runs a model on them, block by block, without padding.
///
/// Rows are taken in order. Tokens of consecutive cells are packed into blocks, and blocks are spread over
/// the backend's workers; memory is set by the blocks, never by the number of cells. Where a
/// device runs out of memory, blocks are halved and the run goes on. Coverage is given for every row, done or
/// not.
void run_packed(const RowStream& counts, const PackedModel& model, const Backend& backend,
                const PackedOptions& options, ThreadPool& pool, Progress& progress,
                std::vector<CellCoverage>& coverage, const RowsFinished& rows_finished = {});

}  // namespace zerocell
