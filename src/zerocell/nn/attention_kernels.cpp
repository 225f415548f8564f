#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "zerocell/nn/cpu_kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "zerocell/nn/attention_kernels.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "zerocell/nn/tile-inl.h"
#include "zerocell/nn/vector_math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace zerocell::cpu {
namespace HWY_NAMESPACE {

constexpr float kNone = -std::numeric_limits<float>::infinity();

// Keys of a block: a tile's scores stay in the first-level cache, the block's k and v in the second.
constexpr size_t kMaxKeys = 384;

constexpr size_t round_up(size_t n, size_t unit) {
  return (n + unit - 1) / unit * unit;
}

// Keys of each block of a cell: blocks of nearly equal size, whole panels. Depends on the cell alone.
size_t block_keys(size_t n_rows) {
  const size_t n_blocks = (n_rows + kMaxKeys - 1) / kMaxKeys;
  return round_up((n_rows + n_blocks - 1) / n_blocks, kPanel);
}

// Where a head's intermediate results lie.
struct Scratch {
  float* keys;    // (block / kPanel, depth, kPanel) k^T, scaled
  float* values;  // (depth / kPanel rounded up, block, kPanel) v
  float* scores;  // (kTileRows, block)
  float* top;     // (n_rows) largest score of each row so far
  float* sum;     // (n_rows) sum of 2^(score - top)

  Scratch(float* memory, size_t n_rows, size_t depth) {
    const size_t block = block_keys(n_rows);
    keys = memory;
    values = keys + block * depth;
    scores = values + block * round_up(depth, kPanel);
    top = scores + kTileRows * block;
    sum = top + round_up(n_rows, 16);
  }
  static size_t size(size_t n_rows, size_t depth) {
    return block_keys(n_rows) * (depth + round_up(depth, kPanel) + kTileRows) + 2 * round_up(n_rows, 16);
  }
};

#if HWY_TARGET != HWY_SCALAR
// Four keys by four dimensions of a panel.
HWY_INLINE void pack_four_keys(const float* k, size_t stride, float scale, float* panel) {
  const hn::FixedTag<float, 4> d;
  const hn::Repartition<double, decltype(d)> dd;
  const auto factor = hn::Set(d, scale);
  const auto r0 = hn::Mul(factor, hn::LoadU(d, k)), r1 = hn::Mul(factor, hn::LoadU(d, k + stride));
  const auto r2 = hn::Mul(factor, hn::LoadU(d, k + 2 * stride));
  const auto r3 = hn::Mul(factor, hn::LoadU(d, k + 3 * stride));
  const auto low01 = hn::BitCast(dd, hn::InterleaveLower(d, r0, r1));
  const auto low23 = hn::BitCast(dd, hn::InterleaveLower(d, r2, r3));
  const auto high01 = hn::BitCast(dd, hn::InterleaveUpper(d, r0, r1));
  const auto high23 = hn::BitCast(dd, hn::InterleaveUpper(d, r2, r3));
  hn::Store(hn::BitCast(d, hn::InterleaveLower(dd, low01, low23)), d, panel);
  hn::Store(hn::BitCast(d, hn::InterleaveUpper(dd, low01, low23)), d, panel + kPanel);
  hn::Store(hn::BitCast(d, hn::InterleaveLower(dd, high01, high23)), d, panel + 2 * kPanel);
  hn::Store(hn::BitCast(d, hn::InterleaveUpper(dd, high01, high23)), d, panel + 3 * kPanel);
}
#endif

// One panel of k^T, scaled.
void pack_keys(const float* k, size_t stride, size_t n_keys, size_t depth, float scale, float* panel) {
  size_t whole_keys = 0, whole_depth = 0;
#if HWY_TARGET != HWY_SCALAR
  whole_keys = n_keys / 4 * 4;
  whole_depth = depth / 4 * 4;
  for (size_t c = 0; c < whole_keys; c += 4) {
    for (size_t i = 0; i < whole_depth; i += 4) {
      pack_four_keys(k + c * stride + i, stride, scale, panel + i * kPanel + c);
    }
  }
#endif
  for (size_t i = 0; i < depth; ++i) {
    for (size_t c = i < whole_depth ? whole_keys : 0; c < n_keys; ++c) {
      panel[i * kPanel + c] = scale * k[c * stride + i];
    }
    std::fill(panel + i * kPanel + n_keys, panel + (i + 1) * kPanel, 0.0f);
  }
}

// One panel of v: up to kPanel columns of all rows.
void pack_values(const float* v, size_t stride, size_t n_keys, size_t n_cols, float* panel) {
  for (size_t r = 0; r < n_keys; ++r, panel += kPanel) {
    std::copy_n(v + r * stride, n_cols, panel);
    std::fill(panel + n_cols, panel + kPanel, 0.0f);
  }
}

// Replaces the scores of a row by 2^(score - top) and moves the row's top and sum on. Returns the factor
// that sums made with the former top need. Scores are readable up to whole vectors.
HWY_INLINE float soften_row(float* HWY_RESTRICT scores, size_t n, float& top, float& sum) {
  const Lanes d;
  const size_t whole = n / kLanes * kLanes;
  Vec top0 = hn::Set(d, top), top1 = top0;
  size_t c = 0;
  for (; c + 2 * kLanes <= whole; c += 2 * kLanes) {
    top0 = hn::Max(top0, hn::Load(d, scores + c));
    top1 = hn::Max(top1, hn::Load(d, scores + c + kLanes));
  }
  if (c < whole) top0 = hn::Max(top0, hn::Load(d, scores + c));
  const auto inside = hn::FirstN(d, n - whole);
  if (whole < n) {
    top1 = hn::Max(top1, hn::IfThenElse(inside, hn::Load(d, scores + whole), hn::Set(d, kNone)));
  }
  const Vec highest = hn::MaxOfLanes(d, hn::Max(top0, top1));
  Vec sum0 = hn::Zero(d), sum1 = sum0;
  for (c = 0; c + 2 * kLanes <= whole; c += 2 * kLanes) {
    const Vec p0 = exp2_of_nonpositive(d, hn::Sub(hn::Load(d, scores + c), highest));
    const Vec p1 = exp2_of_nonpositive(d, hn::Sub(hn::Load(d, scores + c + kLanes), highest));
    hn::Store(p0, d, scores + c);
    hn::Store(p1, d, scores + c + kLanes);
    sum0 = hn::Add(sum0, p0);
    sum1 = hn::Add(sum1, p1);
  }
  if (c < whole) {
    const Vec p = exp2_of_nonpositive(d, hn::Sub(hn::Load(d, scores + c), highest));
    hn::Store(p, d, scores + c);
    sum0 = hn::Add(sum0, p);
  }
  if (whole < n) {
    const Vec p = exp2_of_nonpositive(d, hn::Sub(hn::Load(d, scores + whole), highest));
    hn::Store(p, d, scores + whole);
    sum1 = hn::Add(sum1, hn::IfThenElseZero(inside, p));
  }
  const float new_top = hn::GetLane(highest);
  const float factor = std::exp2(top - new_top);
  top = new_top;
  sum = sum * factor + hn::GetLane(hn::SumOfLanes(d, hn::Add(sum0, sum1)));
  return factor;
}

void scale_row(float* x, size_t n, float factor) {
  const Lanes d;
  const Vec by = hn::Set(d, factor);
  size_t c = 0;
  for (; c + kLanes <= n; c += kLanes) hn::StoreU(hn::Mul(by, hn::LoadU(d, x + c)), d, x + c);
  for (; c < n; ++c) x[c] *= factor;
}

// Rows [row, row + height) of the cell against the packed keys and values [first, first + n_keys).
void attend_tile(const AttentionJob& job, const Scratch& scratch, size_t first, size_t n_keys, size_t row,
                 size_t height) {
  const size_t ld = round_up(n_keys, kPanel);
  const float* q = job.q + row * job.stride;
  for (size_t c = 0; c < n_keys; c += kPanel) {
    const Tile tile = {.a = q,
                       .lda = job.stride,
                       .b = scratch.keys + c * job.depth,
                       .depth = job.depth,
                       .c = scratch.scores + c,
                       .ldc = ld};
    compute_tile(tile, height, std::min(kPanel, round_up(n_keys - c, kLanes)));
  }
  float factors[kTileRows];
  for (size_t r = 0; r < height; ++r) {
    factors[r] = soften_row(scratch.scores + r * ld, n_keys, scratch.top[row + r], scratch.sum[row + r]);
  }
  float* out = job.out + row * job.out_stride;
  for (size_t c = 0; c < job.depth; c += kPanel) {
    const Tile tile = {.a = scratch.scores,
                       .lda = ld,
                       .b = scratch.values + c * n_keys,
                       .depth = n_keys,
                       .c = out + c,
                       .ldc = job.out_stride,
                       .start_scale = first > 0 ? factors : nullptr};
    compute_tile(tile, height, std::min(kPanel, job.depth - c));
  }
  if (first + n_keys < job.n_rows) return;
  for (size_t r = 0; r < height; ++r) {
    scale_row(out + r * job.out_stride, job.depth, 1.0f / scratch.sum[row + r]);
  }
}

size_t AttentionScratch(size_t n_rows, size_t depth) {
  return Scratch::size(n_rows, depth);
}

void Attention(const AttentionJob& job, float* memory) {
  const Scratch scratch(memory, job.n_rows, job.depth);
  std::fill_n(scratch.top, job.n_rows, kNone);
  std::fill_n(scratch.sum, job.n_rows, 0.0f);
  // Powers of two are cheaper than of e.
  const auto scale = static_cast<float>(std::numbers::log2e / std::sqrt(static_cast<double>(job.depth)));
  const size_t block = block_keys(job.n_rows);
  for (size_t first = 0; first < job.n_rows; first += block) {
    const size_t n_keys = std::min(block, job.n_rows - first);
    const float *k = job.k + first * job.stride, *v = job.v + first * job.stride;
    for (size_t c = 0; c < n_keys; c += kPanel) {
      pack_keys(k + c * job.stride, job.stride, std::min(kPanel, n_keys - c), job.depth, scale,
                scratch.keys + c * job.depth);
    }
    for (size_t c = 0; c < job.depth; c += kPanel) {
      pack_values(v + c, job.stride, n_keys, std::min(kPanel, job.depth - c), scratch.values + c * n_keys);
    }
    for_row_tiles(job.n_rows,
                  [&](size_t row, size_t height) { attend_tile(job, scratch, first, n_keys, row, height); });
  }
}

size_t AttentionOfOneScratch(size_t n_rows, size_t n_heads) {
  return n_heads * round_up(n_rows, 16);
}

HWY_INLINE float dot(const float* a, const float* b, size_t n) {
  const Lanes d;
  Vec sum0 = hn::Zero(d), sum1 = sum0, sum2 = sum0, sum3 = sum0;
  size_t i = 0;
  for (; i + 4 * kLanes <= n; i += 4 * kLanes) {
    sum0 = hn::MulAdd(hn::LoadU(d, a + i), hn::LoadU(d, b + i), sum0);
    sum1 = hn::MulAdd(hn::LoadU(d, a + i + kLanes), hn::LoadU(d, b + i + kLanes), sum1);
    sum2 = hn::MulAdd(hn::LoadU(d, a + i + 2 * kLanes), hn::LoadU(d, b + i + 2 * kLanes), sum2);
    sum3 = hn::MulAdd(hn::LoadU(d, a + i + 3 * kLanes), hn::LoadU(d, b + i + 3 * kLanes), sum3);
  }
  for (; i + kLanes <= n; i += kLanes) sum0 = hn::MulAdd(hn::LoadU(d, a + i), hn::LoadU(d, b + i), sum0);
  float total = hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(sum0, sum1), hn::Add(sum2, sum3))));
  for (; i < n; ++i) total += a[i] * b[i];
  return total;
}

HWY_INLINE void add_scaled(const float* x, size_t n, float factor, float* out) {
  const Lanes d;
  const Vec by = hn::Set(d, factor);
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    hn::StoreU(hn::MulAdd(by, hn::LoadU(d, x + i), hn::LoadU(d, out + i)), d, out + i);
  }
  for (; i < n; ++i) out[i] += factor * x[i];
}

float Dot(const float* a, const float* b, size_t n) {
  return dot(a, b, n);
}

void AttentionOfOne(const QueryJob& job, float* scores, float* out) {
  const size_t ld = round_up(job.n_rows, 16);
  // Powers of two are cheaper than of e.
  const auto scale = static_cast<float>(std::numbers::log2e * static_cast<double>(job.scale));
  for (size_t r = 0; r < job.n_rows; ++r) {
    for (size_t h = 0; h < job.n_heads; ++h) {
      scores[h * ld + r] = scale * dot(job.q + h * job.q_stride, job.x + r * job.depth, job.depth);
    }
  }
  for (size_t h = 0; h < job.n_heads; ++h) {
    float top = kNone, sum = 0;
    std::fill(scores + h * ld + job.n_rows, scores + (h + 1) * ld, kNone);
    soften_row(scores + h * ld, job.n_rows, top, sum);
    scale_row(scores + h * ld, job.n_rows, 1.0f / sum);
    std::fill_n(out + h * job.q_stride, job.depth, 0.0f);
  }
  for (size_t r = 0; r < job.n_rows; ++r) {
    for (size_t h = 0; h < job.n_heads; ++h) {
      add_scaled(job.x + r * job.depth, job.depth, scores[h * ld + r], out + h * job.q_stride);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace zerocell::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace zerocell::cpu {

HWY_EXPORT(AttentionScratch);
HWY_EXPORT(Attention);
HWY_EXPORT(AttentionOfOneScratch);
HWY_EXPORT(AttentionOfOne);
HWY_EXPORT(Dot);

size_t attention_scratch(size_t n_rows, size_t depth) {
  return HWY_DYNAMIC_DISPATCH(AttentionScratch)(n_rows, depth);
}
void attention(const AttentionJob& job, float* scratch) {
  HWY_DYNAMIC_DISPATCH(Attention)(job, scratch);
}
size_t attention_of_one_scratch(size_t n_rows, size_t n_heads) {
  return HWY_DYNAMIC_DISPATCH(AttentionOfOneScratch)(n_rows, n_heads);
}
float dot(const float* a, const float* b, size_t n) {
  return HWY_DYNAMIC_DISPATCH(Dot)(a, b, n);
}
void attention_of_one(const QueryJob& job, float* scratch, float* out) {
  HWY_DYNAMIC_DISPATCH(AttentionOfOne)(job, scratch, out);
}

}  // namespace zerocell::cpu
#endif
