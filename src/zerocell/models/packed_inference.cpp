#include "zerocell/models/packed_inference.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>

namespace zerocell {
namespace {

/// Some cells of a window, by number.
struct CellRange {
  size_t begin = 0, end = 0, n_tokens = 0;
};

/// Tokenised cells that wait for the network.
struct Window {
  std::vector<uint32_t> cells;     ///< row in the data set
  std::vector<CellTokens> tokens;  ///< of each
  size_t n_tokens = 0;

  TokenBlock block(const CellRange& range) const {
    TokenBlock block;
    block.tokens.reserve(range.n_tokens);
    for (size_t i = range.begin; i < range.end; ++i) block.add(tokens[i]);
    return block;
  }

  std::vector<CellRange> cut(size_t block_tokens) const {
    std::vector<CellRange> ranges;
    for (size_t i = 0; i < cells.size(); ++i) {
      const size_t n = tokens[i].tokens.size();
      if (ranges.empty() || ranges.back().n_tokens + n > block_tokens) ranges.push_back({i, i, 0});
      ranges.back().end = i + 1;
      ranges.back().n_tokens += n;
    }
    return ranges;
  }
};

class PackedRun {
 public:
  PackedRun(const PackedModel& model, const Backend& backend, const PackedOptions& options, ThreadPool& pool,
            Progress& progress, const RowsFinished& rows_finished)
      : model_(model), options_(options), pool_(pool), progress_(progress), rows_finished_(rows_finished) {
    const size_t n_workers = std::max<size_t>(1, backend.n_workers(pool.size()));
    for (size_t i = 0; i < n_workers; ++i) workspaces_.emplace_back(backend);
    block_tokens_ = std::max<size_t>(1, options.block_tokens);
    while (block_tokens_ > 64 && n_workers * model.block_bytes(block_tokens_) > options.max_memory)
      block_tokens_ = block_tokens_ / 2;
  }

  void add(const RowBlock& rows, std::vector<CellCoverage>& coverage) {
    const size_t n = rows.values.n_rows, first = rows.first_row;
    std::vector<CellTokens> tokens(n);
    if (model_.begin_rows) model_.begin_rows(rows);
    pool_.parallel_ranges(n, 32, [&](size_t begin, size_t end, int worker) {
      for (size_t i = begin; i < end; ++i)
        coverage[first + i] = model_.tokenize(
            worker, {first + i, rows.values.row_indices(i), rows.values.row_values(i)}, tokens[i]);
    });
    for (size_t i = 0; i < n; ++i) {
      next_row_ = first + i + 1;
      const bool is_done = !options_.done.empty() && options_.done[first + i];
      if (is_done || tokens[i].tokens.empty()) {
        ++n_passed_;
        continue;
      }
      window_.cells.push_back(static_cast<uint32_t>(first + i));
      window_.n_tokens += tokens[i].tokens.size();
      window_.tokens.push_back(std::move(tokens[i]));
      if (window_.n_tokens >= block_tokens_ * options_.blocks_per_window * workspaces_.size()) flush();
    }
  }

  /// Runs the network on what has gathered.
  void flush() {
    progress_.advance(std::exchange(n_passed_, 0));
    const auto ranges = window_.cut(block_tokens_);
    std::atomic<size_t> next{0};
    // A task is a worker: a device may want fewer of them than there are threads.
    pool_.parallel_for(workspaces_.size(), [&](size_t worker, int) {
      for (size_t i = next++; i < ranges.size(); i = next++) {
        progress_.check();
        encode(ranges[i], workspaces_[worker]);
        progress_.advance(ranges[i].end - ranges[i].begin);
        tell_finished(ranges, i);
      }
    });
    window_ = {};
    finished_.clear();
    n_finished_ = 0;
    if (rows_finished_) rows_finished_(next_row_);
  }

 private:
  /// Blocks finish in any order; what is told is how far they are finished without a gap.
  void tell_finished(const std::vector<CellRange>& ranges, size_t i) {
    if (!rows_finished_) return;
    const std::lock_guard lock(mutex_);
    finished_.resize(ranges.size());
    finished_[i] = true;
    const size_t before = n_finished_;
    while (n_finished_ < ranges.size() && finished_[n_finished_]) ++n_finished_;
    if (n_finished_ > before && n_finished_ < ranges.size())
      rows_finished_(window_.cells[ranges[n_finished_].begin]);
  }

  void encode(const CellRange& range, Workspace& workspace) {
    const std::span cells(window_.cells.data() + range.begin, range.end - range.begin);
    try {
      model_.encode(window_.block(range), cells, workspace);
    } catch (const OutOfDeviceMemory&) {
      if (cells.size() == 1) throw;
      workspace.release();
      block_tokens_ = std::max<size_t>(1, std::min(block_tokens_.load(), range.n_tokens / 2));
      const size_t middle = range.begin + cells.size() / 2;
      for (auto [begin, end] : {std::pair{range.begin, middle}, std::pair{middle, range.end}}) {
        size_t n_tokens = 0;
        for (size_t i = begin; i < end; ++i) n_tokens += window_.tokens[i].tokens.size();
        encode({begin, end, n_tokens}, workspace);
      }
    }
  }

  const PackedModel& model_;
  const PackedOptions& options_;
  ThreadPool& pool_;
  Progress& progress_;
  const RowsFinished& rows_finished_;
  std::vector<Workspace> workspaces_;
  std::atomic<size_t> block_tokens_;
  Window window_;
  size_t next_row_ = 0, n_passed_ = 0;
  std::mutex mutex_;
  std::vector<bool> finished_;  ///< blocks of the window
  size_t n_finished_ = 0;       ///< the first so many
};

}  // namespace

void run_packed(const RowStream& counts, const PackedModel& model, const Backend& backend,
                const PackedOptions& options, ThreadPool& pool, Progress& progress,
                std::vector<CellCoverage>& coverage, const RowsFinished& rows_finished) {
  coverage.assign(counts.n_rows, {});
  PackedRun run(model, backend, options, pool, progress, rows_finished);
  counts.for_each_block([&](const RowBlock& rows) { run.add(rows, coverage); });
  run.flush();
}

}  // namespace zerocell
