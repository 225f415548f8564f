#include "zerocell/neighbors/pairwise_pass.h"

#include <algorithm>
#include <bit>

namespace zerocell::pairs {

namespace {

// Row blocks of one task: enough to earn back a column panel, few enough to share the work evenly.
constexpr size_t kRowBlocksATask = 64;

// Rows of a diagonal tile that are finished before the limits of the neighbour lists are read again.
constexpr size_t kDiagonalRows = 32;

}  // namespace

struct PairwisePass::Worker {
  TileBuffers buffers;
  ExactDistances exact;
  Found row_found, col_found;
  AlignedVector<float> row_limits, col_limits;
  Pieces row_pieces, col_pieces;            // groups among the rows and columns of a tile
  AlignedVector<float> row_sums, col_sums;  // (pieces of the other side, block)
};

/// Looks at pairs that may be neighbours or that lost digits.
struct PairwisePass::Reviewer {
  const PairwisePass& pass;
  Worker& worker;
  size_t first_row, first_col, end_col;
  bool both_sides;

  static void call(void* self, size_t row, size_t col, uint32_t lanes, float* squared) {
    for (; lanes; lanes &= lanes - 1) {
      const auto lane = static_cast<size_t>(std::countr_zero(lanes));
      static_cast<Reviewer*>(self)->review(row, col + lane, squared[lane]);
    }
  }

  void review(size_t row, size_t col, float& squared) {
    const size_t i = first_row + row, j = first_col + col;
    if (j >= end_col) return;
    const auto& order = pass.input_.layout.order;
    if (!pass.norms_.empty() && squared <= pass.near_ * (pass.norms_[i] + pass.norms_[j])) {
      worker.exact.set_row(order[i]);
      squared = static_cast<float>(worker.exact.squared(order[j]));
    }
    if (i == j) return;
    if (squared <= worker.col_limits[col]) {
      worker.col_found.emplace_back(j, candidate_key(squared, order[i]));
    }
    if (both_sides && squared <= worker.row_limits[row]) {
      worker.row_found.emplace_back(i, candidate_key(squared, order[j]));
    }
  }
};

PairwisePass::PairwisePass(const PassInput& input, Candidates& candidates)
    : input_(input), candidates_(&candidates) {
  const size_t n = input.layout.n_cells();
  std::visit(
      [&](const auto& source) {
        block_ = source.kBlock;
        n_blocks_ = (n + block_ - 1) / block_;
        if (!source.uses_norms()) return;
        norms_.assign(n_blocks_ * block_, 0.0f);
        std::ranges::copy(source.norms(), norms_.begin());
        near_ = kNear;
      },
      input.source);
  locks_ = std::vector<std::mutex>(n_blocks_);
}

std::vector<PairwisePass::Worker> PairwisePass::make_workers(int n) const {
  std::vector<Worker> workers;
  for (int worker = 0; worker < n; ++worker) {
    workers.push_back({{}, ExactDistances(input_.x, input_.facts), {}, {}, {}, {}, {}, {}, {}, {}});
  }
  return workers;
}

void PairwisePass::run_symmetric(GroupSums& sums, ThreadPool& pool, Progress& progress) {
  const size_t n_offsets = n_blocks_ / 2 + 1;
  // Turn 0 is the diagonal alone: afterwards every cell's neighbour list has a limit worth the name.
  const size_t n_turns = 1 + (n_offsets - 1 + kRowBlocksATask - 1) / kRowBlocksATask;
  std::vector<Worker> workers = make_workers(pool.size());
  progress.stage("all pairs", n_turns * n_blocks_);
  pool.parallel_for(n_turns * n_blocks_, [&](size_t task, int worker) {
    progress.check();
    const size_t col_block = task % n_blocks_, turn = task / n_blocks_;
    std::vector<uint32_t> row_blocks;
    const size_t first = turn == 0 ? 0 : 1 + (turn - 1) * kRowBlocksATask;
    const size_t last = std::min(n_offsets, turn == 0 ? 1 : first + kRowBlocksATask);
    for (size_t offset = first; offset < last; ++offset) {
      // Half way round an even circle two blocks face each other: one of them takes the tile.
      if (2 * offset == n_blocks_ && col_block >= offset) continue;
      row_blocks.push_back(static_cast<uint32_t>((col_block + offset) % n_blocks_));
    }
    std::visit([&](const auto& s) { visit(s, col_block, row_blocks, workers[worker], sums, true); },
               input_.source);
    progress.advance(1);
  });
}

void PairwisePass::run_strips(PairwiseResults& results, ThreadPool& pool, Progress& progress) {
  const size_t n = input_.layout.n_cells();
  std::vector<Worker> workers = make_workers(pool.size());
  std::vector<GroupSums> sums(pool.size(), GroupSums(input_.layout, input_.radii, 0, std::min(block_, n)));
  progress.stage("all pairs", n_blocks_);
  pool.parallel_for(n_blocks_, [&](size_t col_block, int worker) {
    const size_t begin = col_block * block_, end = std::min(n, begin + block_);
    sums[worker].restart(begin);
    for (size_t offset = 0; offset < n_blocks_; offset += kRowBlocksATask) {
      progress.check();
      std::vector<uint32_t> row_blocks;
      for (size_t k = offset; k < std::min(n_blocks_, offset + kRowBlocksATask); ++k) {
        row_blocks.push_back(static_cast<uint32_t>((col_block + k) % n_blocks_));
      }
      std::visit(
          [&](const auto& s) { visit(s, col_block, row_blocks, workers[worker], sums[worker], false); },
          input_.source);
    }
    sums[worker].finish(begin, end, results);
    progress.advance(1);
  });
}

template <class Source>
void PairwisePass::visit(const Source& source, size_t col_block, std::span<const uint32_t> row_blocks,
                         Worker& worker, GroupSums& sums, bool symmetric) {
  const size_t at_once = source.row_blocks_at_once();
  for (size_t first = 0; first < row_blocks.size(); first += at_once) {
    const auto blocks = row_blocks.subspan(first, std::min(at_once, row_blocks.size() - first));
    source.fill(col_block, blocks, worker.buffers);
    for (size_t k = 0; k < blocks.size(); ++k) {
      float* values = worker.buffers.values.data() + k * block_ * block_;
      const Range rows = range_of(blocks[k]);
      if (blocks[k] != col_block) {
        finish_tile(rows, col_block, values, worker, sums, symmetric);
        continue;
      }
      for (size_t begin = rows.begin; begin < rows.end; begin += kDiagonalRows) {
        const Range part{begin, std::min(rows.end, begin + kDiagonalRows)};
        finish_tile(part, col_block, values + (begin - rows.begin) * block_, worker, sums, false);
      }
    }
  }
}

PairwisePass::Range PairwisePass::range_of(size_t block) const {
  return {block * block_, std::min((block + 1) * block_, input_.layout.n_cells())};
}

void PairwisePass::copy_limits(size_t block, AlignedVector<float>& limits) {
  const Range cells = range_of(block);
  limits.assign(block_, -1.0f);
  const std::lock_guard lock(locks_[block]);
  std::copy(candidates_->limits() + cells.begin, candidates_->limits() + cells.end, limits.begin());
}

void PairwisePass::finish_tile(Range rows, size_t col_block, float* values, Worker& worker, GroupSums& sums,
                               bool both_sides) {
  const Range cols = range_of(col_block);
  const size_t row_block = rows.begin / block_;
  copy_limits(col_block, worker.col_limits);
  if (both_sides) {
    copy_limits(row_block, worker.row_limits);
  } else {
    worker.row_limits.assign(block_, -1.0f);
  }
  worker.row_found.clear();
  worker.col_found.clear();
  cut_segments(input_.layout, rows.begin, rows.end, worker.row_pieces);
  cut_segments(input_.layout, cols.begin, cols.end, worker.col_pieces);
  const bool grouped = input_.layout.has_groups();
  worker.col_sums.resize(worker.row_pieces.ends.size() * block_);
  Reviewer reviewer{*this, worker, rows.begin, cols.begin, cols.end, both_sides};
  const DistanceTile tile{.values = values,
                          .ld = block_,
                          .n_rows = rows.end - rows.begin,
                          .n_cols = (cols.end - cols.begin + 15) / 16 * 16,
                          .row_norms = norms_.empty() ? nullptr : norms_.data() + rows.begin,
                          .col_norms = norms_.empty() ? nullptr : norms_.data() + cols.begin,
                          .row_limits = worker.row_limits.data(),
                          .col_limits = worker.col_limits.data(),
                          .near = near_,
                          .row_ends = worker.row_pieces.ends,
                          .col_sums = grouped ? worker.col_sums.data() : nullptr,
                          .review = &Reviewer::call,
                          .context = &reviewer};
  finish_distances(tile);
  deliver(cols, worker.col_found, worker.row_pieces, worker.col_sums, sums);
  if (!both_sides) return;
  if (grouped) {
    worker.row_sums.resize(worker.col_pieces.ends.size() * block_);
    segment_sums(tile, worker.col_pieces.ends, worker.row_sums.data());
  }
  deliver(rows, worker.row_found, worker.col_pieces, worker.row_sums, sums);
}

void PairwisePass::deliver(Range cells, const Found& found, const Pieces& to,
                           const AlignedVector<float>& distances, GroupSums& sums) {
  const std::lock_guard lock(locks_[cells.begin / block_]);
  for (const auto& [cell, key] : found) candidates_->insert(cell, key);
  if (!input_.layout.has_groups()) return;
  for (size_t piece = 0; piece < to.segments.size(); ++piece) {
    sums.add(cells.begin, cells.end, to.segments[piece], distances.data() + piece * block_);
  }
}

}  // namespace zerocell::pairs
