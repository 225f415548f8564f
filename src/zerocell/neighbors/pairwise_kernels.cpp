#include "zerocell/neighbors/pairwise_kernels.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "zerocell/neighbors/pairwise_kernels.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace zerocell::pairs {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Lanes = hn::CappedTag<float, 16>;
using Vec = hn::Vec<Lanes>;
constexpr size_t kLanes = hn::MaxLanes(Lanes());
constexpr size_t kVectors = 3;               // vectors of columns held in registers
constexpr size_t kStep = kVectors * kLanes;  // divides kPanel
// AVX-512 and NEON have 32 registers, the others 16.
constexpr size_t kRows = (kLanes == 16 || HWY_TARGET == HWY_NEON) ? 8 : 4;

// One block of kRows x kStep pairs over `depth` dimensions, all sums in registers.
template <bool kDifference>
HWY_INLINE void micro_kernel(const float* HWY_RESTRICT a, const float* HWY_RESTRICT b, size_t depth,
                             float* HWY_RESTRICT c, size_t ld, bool add) {
  const Lanes d;
  Vec sum[kRows][kVectors];
#pragma GCC unroll 8
  for (size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 3
    for (size_t v = 0; v < kVectors; ++v) sum[r][v] = hn::Zero(d);
  }
  for (size_t k = 0; k < depth; ++k) {
    Vec column[kVectors];
#pragma GCC unroll 3
    for (size_t v = 0; v < kVectors; ++v) column[v] = hn::Load(d, b + k * kPanel + v * kLanes);
#pragma GCC unroll 8
    for (size_t r = 0; r < kRows; ++r) {
      const Vec row = hn::Set(d, a[k * kPanel + r]);
#pragma GCC unroll 3
      for (size_t v = 0; v < kVectors; ++v) {
        if constexpr (kDifference) {
          const Vec difference = hn::Sub(column[v], row);
          sum[r][v] = hn::MulAdd(difference, difference, sum[r][v]);
        } else {
          sum[r][v] = hn::MulAdd(row, column[v], sum[r][v]);
        }
      }
    }
  }
#pragma GCC unroll 8
  for (size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 3
    for (size_t v = 0; v < kVectors; ++v) {
      float* to = c + r * ld + v * kLanes;
      hn::Store(add ? hn::Add(sum[r][v], hn::Load(d, to)) : sum[r][v], d, to);
    }
  }
}

template <bool kDifference>
HWY_INLINE void all_blocks(const float* a, const float* b, size_t depth, float* c, size_t ld, bool add) {
  for (size_t col = 0; col < kPanel; col += kStep) {
    for (size_t row = 0; row < kPanel; row += kRows) {
      micro_kernel<kDifference>(a + row, b + col, depth, c + row * ld + col, ld, add);
    }
  }
}

void DotPanels(const float* a, const float* b, size_t depth, float* c, size_t ld, bool add) {
  all_blocks<false>(a, b, depth, c, ld, add);
}

void DifferencePanels(const float* a, const float* b, size_t depth, float* c, size_t ld) {
  all_blocks<true>(a, b, depth, c, ld, false);
}

// One sparse row against kCount vectors of columns.
template <size_t kCount>
HWY_INLINE void sparse_row(const SparseRow& row, uint32_t first_gene, const float* HWY_RESTRICT panel,
                           float* HWY_RESTRICT c, bool add) {
  const Lanes d;
  Vec sum[kCount];
#pragma GCC unroll 12
  for (size_t v = 0; v < kCount; ++v) sum[v] = add ? hn::Load(d, c + v * kLanes) : hn::Zero(d);
  for (size_t k = 0; k < row.n; ++k) {
    const float* from = panel + static_cast<size_t>(row.genes[k] - first_gene) * kPanel;
    const Vec value = hn::Set(d, row.values[k]);
#pragma GCC unroll 12
    for (size_t v = 0; v < kCount; ++v) sum[v] = hn::MulAdd(value, hn::Load(d, from + v * kLanes), sum[v]);
  }
#pragma GCC unroll 12
  for (size_t v = 0; v < kCount; ++v) hn::Store(sum[v], d, c + v * kLanes);
}

void SparsePanel(const SparseRow* rows, size_t n_rows, uint32_t first_gene, const float* panel, float* c,
                 bool add) {
  constexpr size_t kCount = std::min<size_t>(kPanel / kLanes, 12);
  for (size_t r = 0; r < n_rows; ++r) {
    for (size_t col = 0; col < kPanel; col += kCount * kLanes) {
      sparse_row<kCount>(rows[r], first_gene, panel + col, c + r * kPanel + col, add);
    }
  }
}

// Rare: out of line, so that the loop below keeps its registers.
HWY_NOINLINE void review_vector(const DistanceTile& tile, size_t row, size_t col, const float* limits,
                                float* squared) {
  uint32_t lanes = 0;
  for (size_t lane = 0; lane < kLanes; ++lane) {
    lanes |= static_cast<uint32_t>(squared[lane] <= limits[lane]) << lane;
  }
  tile.review(tile.context, row, col, lanes, squared);
}

template <bool kNorms>
HWY_INLINE void finish_row(const DistanceTile& tile, size_t r, float* HWY_RESTRICT col_sums) {
  const Lanes d;
  float* values = tile.values + r * tile.ld;
  const Vec row_norm = hn::Set(d, kNorms ? tile.row_norms[r] : 0.0f);
  const Vec row_limit = hn::Set(d, tile.row_limits[r]);
  const Vec near = hn::Set(d, tile.near);
  const Vec minus_two = hn::Set(d, -2.0f);
  for (size_t col = 0; col < tile.n_cols; col += kLanes) {
    Vec squared = hn::Load(d, values + col);
    Vec limit = hn::Max(row_limit, hn::Load(d, tile.col_limits + col));
    if constexpr (kNorms) {
      const Vec norms = hn::Add(row_norm, hn::Load(d, tile.col_norms + col));
      squared = hn::Max(hn::MulAdd(minus_two, squared, norms), hn::Zero(d));
      limit = hn::Max(limit, hn::Mul(near, norms));
    }
    if (HWY_UNLIKELY(!hn::AllFalse(d, hn::Le(squared, limit)))) {
      HWY_ALIGN float reviewed[kLanes];
      HWY_ALIGN float limits[kLanes];
      hn::Store(squared, d, reviewed);
      hn::Store(limit, d, limits);
      review_vector(tile, r, col, limits, reviewed);
      squared = hn::Load(d, reviewed);
    }
    if (col_sums) {
      const Vec distance = hn::Sqrt(squared);
      hn::Store(distance, d, values + col);
      hn::Store(hn::Add(distance, hn::Load(d, col_sums + col)), d, col_sums + col);
    }
  }
}

void FinishDistances(const DistanceTile& tile) {
  size_t row = 0;
  for (size_t segment = 0; segment < tile.row_ends.size(); ++segment) {
    float* col_sums = tile.col_sums ? tile.col_sums + segment * tile.ld : nullptr;
    if (col_sums) std::fill_n(col_sums, tile.n_cols, 0.0f);
    for (; row < tile.row_ends[segment]; ++row) {
      if (tile.row_norms) {
        finish_row<true>(tile, row, col_sums);
      } else {
        finish_row<false>(tile, row, col_sums);
      }
    }
  }
}

void SegmentSums(const DistanceTile& tile, std::span<const uint32_t> col_ends, float* sums) {
  const Lanes d;
  for (size_t r = 0; r < tile.n_rows; ++r) {
    const float* values = tile.values + r * tile.ld;
    size_t col = 0;
    for (size_t segment = 0; segment < col_ends.size(); ++segment) {
      const size_t end = col_ends[segment];
      Vec sum = hn::Zero(d);
      for (; col + kLanes <= end; col += kLanes) sum = hn::Add(sum, hn::LoadU(d, values + col));
      if (col < end) {  // what follows the segment in the row is readable: rows are padded to whole vectors
        const auto inside = hn::FirstN(d, end - col);
        sum = hn::Add(sum, hn::IfThenElseZero(inside, hn::LoadU(d, values + col)));
        col = end;
      }
      sums[segment * tile.ld + r] = hn::GetLane(hn::SumOfLanes(d, sum));
    }
  }
}

double SquaredDifference(const float* a, const float* b, size_t n) {
  const hn::CappedTag<double, 8> wide;
  const hn::Rebind<float, decltype(wide)> narrow;
  const size_t lanes = hn::Lanes(wide);
  auto sum0 = hn::Zero(wide), sum1 = hn::Zero(wide);
  size_t k = 0;
  for (; k + 2 * lanes <= n; k += 2 * lanes) {
    const auto d0 =
        hn::Sub(hn::PromoteTo(wide, hn::LoadU(narrow, a + k)), hn::PromoteTo(wide, hn::LoadU(narrow, b + k)));
    const auto d1 = hn::Sub(hn::PromoteTo(wide, hn::LoadU(narrow, a + k + lanes)),
                            hn::PromoteTo(wide, hn::LoadU(narrow, b + k + lanes)));
    sum0 = hn::MulAdd(d0, d0, sum0);
    sum1 = hn::MulAdd(d1, d1, sum1);
  }
  double sum = hn::GetLane(hn::SumOfLanes(wide, hn::Add(sum0, sum1)));
  for (; k < n; ++k) {
    const double difference = static_cast<double>(a[k]) - b[k];
    sum += difference * difference;
  }
  return sum;
}

const char* InstructionSet() {
  return hwy::TargetName(HWY_TARGET);
}

}  // namespace HWY_NAMESPACE
}  // namespace zerocell::pairs
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace zerocell::pairs {

HWY_EXPORT(DotPanels);
HWY_EXPORT(DifferencePanels);
HWY_EXPORT(SparsePanel);
HWY_EXPORT(FinishDistances);
HWY_EXPORT(SegmentSums);
HWY_EXPORT(SquaredDifference);
HWY_EXPORT(InstructionSet);

void dot_panels(const float* a, const float* b, size_t depth, float* c, size_t ld, bool add) {
  HWY_DYNAMIC_DISPATCH(DotPanels)(a, b, depth, c, ld, add);
}
void difference_panels(const float* a, const float* b, size_t depth, float* c, size_t ld) {
  HWY_DYNAMIC_DISPATCH(DifferencePanels)(a, b, depth, c, ld);
}
void sparse_panel(const SparseRow* rows, size_t n_rows, uint32_t first_gene, const float* panel, float* c,
                  bool add) {
  HWY_DYNAMIC_DISPATCH(SparsePanel)(rows, n_rows, first_gene, panel, c, add);
}
void finish_distances(const DistanceTile& tile) {
  HWY_DYNAMIC_DISPATCH(FinishDistances)(tile);
}
void segment_sums(const DistanceTile& tile, std::span<const uint32_t> col_ends, float* sums) {
  HWY_DYNAMIC_DISPATCH(SegmentSums)(tile, col_ends, sums);
}
double squared_difference(const float* a, const float* b, size_t n) {
  return HWY_DYNAMIC_DISPATCH(SquaredDifference)(a, b, n);
}
const char* instruction_set() {
  return HWY_DYNAMIC_DISPATCH(InstructionSet)();
}

}  // namespace zerocell::pairs
#endif
