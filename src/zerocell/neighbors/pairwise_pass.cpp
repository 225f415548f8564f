#include "zerocell/neighbors/pairwise_pass.h"

#include <algorithm>
#include <bit>

namespace zerocell::pairs {

namespace {

// Below this share of |x|^2 + |y|^2 a squared distance is recomputed: 4 of float32's 24 bits are lost there.
constexpr float kNear = 1.0f / 16;

// Row blocks of one task: enough to earn back a column panel, few enough to share the work evenly.
constexpr size_t kRowBlocksATask = 64;

std::vector<uint32_t> ends_of(const std::vector<Segment>& segments, size_t begin) {
  std::vector<uint32_t> ends;
  for (const Segment& segment : segments) ends.push_back(static_cast<uint32_t>(segment.end - begin));
  return ends;
}

}  // namespace

struct PairwisePass::Worker {
  TileBuffers buffers;
  ExactDistances exact;
  Found row_found, col_found;
  AlignedVector<float> row_limits, col_limits, col_sums;
  std::vector<float> row_sums;
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
    workers.push_back({{}, ExactDistances(input_.x, input_.facts), {}, {}, {}, {}, {}, {}});
  }
  return workers;
}

void PairwisePass::run_symmetric(GroupSums& sums, ThreadPool& pool, Progress& progress) {
  const size_t n_offsets = n_blocks_ / 2 + 1;
  const size_t n_turns = (n_offsets + kRowBlocksATask - 1) / kRowBlocksATask;
  std::vector<Worker> workers = make_workers(pool.size());
  progress.stage("all pairs", n_turns * n_blocks_);
  pool.parallel_for(n_turns * n_blocks_, [&](size_t task, int worker) {
    progress.check();
    const size_t col_block = task % n_blocks_, turn = task / n_blocks_;
    std::vector<uint32_t> row_blocks;
    const size_t last = std::min(n_offsets, (turn + 1) * kRowBlocksATask);
    for (size_t offset = turn * kRowBlocksATask; offset < last; ++offset) {
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
      finish_tile(col_block, blocks[k], values, worker, sums, symmetric && blocks[k] != col_block);
    }
  }
}

void PairwisePass::copy_limits(size_t block, AlignedVector<float>& limits) {
  const size_t begin = block * block_, end = std::min(begin + block_, input_.layout.n_cells());
  limits.assign(block_, -1.0f);
  const std::lock_guard lock(locks_[block]);
  std::copy(candidates_->limits() + begin, candidates_->limits() + end, limits.begin());
}

void PairwisePass::finish_tile(size_t col_block, size_t row_block, float* values, Worker& worker,
                               GroupSums& sums, bool both_sides) {
  const size_t n = input_.layout.n_cells();
  const size_t first_row = row_block * block_, end_row = std::min(n, first_row + block_);
  const size_t first_col = col_block * block_, end_col = std::min(n, first_col + block_);
  const auto row_segments = segments_in(input_.layout, first_row, end_row);
  const auto row_ends = ends_of(row_segments, first_row);
  copy_limits(col_block, worker.col_limits);
  if (both_sides) {
    copy_limits(row_block, worker.row_limits);
  } else {
    worker.row_limits.assign(block_, -1.0f);
  }
  worker.row_found.clear();
  worker.col_found.clear();
  worker.col_sums.resize(row_segments.size() * block_);
  Reviewer reviewer{*this, worker, first_row, first_col, end_col, both_sides};
  const DistanceTile tile{.values = values,
                          .ld = block_,
                          .n_rows = end_row - first_row,
                          .n_cols = (end_col - first_col + 15) / 16 * 16,
                          .row_norms = norms_.empty() ? nullptr : norms_.data() + first_row,
                          .col_norms = norms_.empty() ? nullptr : norms_.data() + first_col,
                          .row_limits = worker.row_limits.data(),
                          .col_limits = worker.col_limits.data(),
                          .near = near_,
                          .row_segment_ends = row_ends.data(),
                          .n_row_segments = row_segments.size(),
                          .col_sums = input_.layout.has_groups() ? worker.col_sums.data() : nullptr,
                          .review = &Reviewer::call,
                          .context = &reviewer};
  finish_distances(tile);
  const bool grouped = input_.layout.has_groups();
  {
    const std::lock_guard lock(locks_[col_block]);
    for (const auto& [cell, key] : worker.col_found) candidates_->insert(cell, key);
    for (size_t s = 0; grouped && s < row_segments.size(); ++s) {
      sums.add(first_col, end_col, row_segments[s], worker.col_sums.data() + s * block_);
    }
  }
  if (!both_sides) return;
  const auto col_segments = segments_in(input_.layout, first_col, end_col);
  if (grouped) {
    const auto col_ends = ends_of(col_segments, first_col);
    worker.row_sums.resize(col_segments.size() * tile.n_rows);
    segment_sums(tile, col_ends.data(), col_segments.size(), worker.row_sums.data());
  }
  const std::lock_guard lock(locks_[row_block]);
  for (const auto& [cell, key] : worker.row_found) candidates_->insert(cell, key);
  for (size_t s = 0; grouped && s < col_segments.size(); ++s) {
    sums.add(first_row, end_row, col_segments[s], worker.row_sums.data() + s * tile.n_rows);
  }
}

}  // namespace zerocell::pairs
