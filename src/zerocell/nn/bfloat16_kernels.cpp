#include "zerocell/nn/bfloat16_kernels.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>
#include <vector>

#include "zerocell/nn/cpu_kernels.h"

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#include <immintrin.h>

// Highway 1.0 does not know these instructions. Only functions so marked may use them.
#define ZEROCELL_AVX512_BF16 [[gnu::noinline, gnu::target("avx512f,avx512bw,avx512vl,avx512bf16")]]

namespace zerocell::cpu {
namespace {

constexpr size_t kLanes = 16;
constexpr size_t kTileRows = 12;

// Weights that stay in the second-level cache while all rows pass by, and pairs of a slice of them, as for
// float32.
constexpr size_t kGroupBytes = size_t{512} * 1024;
constexpr size_t kSlice = 1024;

constexpr __mmask16 first_lanes(size_t n) {
  return static_cast<__mmask16>(n < kLanes ? (1u << n) - 1 : 0xffffu);
}

ZEROCELL_AVX512_BF16 void round_row(const float* x, size_t n_in, uint32_t* pairs) {
  for (size_t k = 0; k < n_in; k += kLanes, pairs += kLanes / 2) {
    const size_t n = std::min(kLanes, n_in - k);
    const __m512 values = _mm512_maskz_loadu_ps(first_lanes(n), x + k);
    _mm256_mask_storeu_epi16(pairs, first_lanes(2 * count_pairs(n)), (__m256i)_mm512_cvtneps_pbh(values));
  }
}

/// c = [c +] a b [+ bias], of up to kTileRows x kPairPanel.
struct Tile {
  const uint32_t* a;  // (rows, depth) pairs, rows `lda` apart
  size_t lda;
  const uint32_t* b;  // (depth, kPairPanel) pairs
  size_t depth;
  float* c;  // (rows, n_cols), rows `ldc` apart
  size_t ldc, n_cols;
  bool add = false;             // to what c holds
  const float* bias = nullptr;  // one a column, or null
  bool relu = false;
};

template <size_t kRows, size_t kCount>
ZEROCELL_AVX512_BF16 void whole_tile(const Tile& tile) {
  __m512 sum[kRows][kCount];
  __mmask16 mask[kCount];
#pragma GCC unroll 2
  for (size_t v = 0; v < kCount; ++v) mask[v] = first_lanes(tile.n_cols - v * kLanes);
    // A mask of no lanes reads nothing and gives zero.
#pragma GCC unroll 2
  for (size_t v = 0; v < kCount; ++v) {
    const __mmask16 held = tile.add ? mask[v] : __mmask16{0};
#pragma GCC unroll 16
    for (size_t r = 0; r < kRows; ++r) {
      sum[r][v] = _mm512_maskz_loadu_ps(held, tile.c + r * tile.ldc + v * kLanes);
    }
  }
  // One pointer for three rows: base, base + lda and base + 2 lda are addressing modes.
  constexpr size_t kPointers = (kRows + 2) / 3;
  const uint32_t* a[kPointers];
  const size_t lda = tile.lda;
#pragma GCC unroll 16
  for (size_t p = 0; p < kPointers; ++p) a[p] = tile.a + 3 * p * lda;
  const uint32_t* b = tile.b;
  const uint32_t* const end = b + tile.depth * kPairPanel;
  for (; b != end; b += kPairPanel) {
    __m512i column[kCount];
#pragma GCC unroll 2
    for (size_t v = 0; v < kCount; ++v) column[v] = _mm512_load_si512(b + v * kLanes);
#pragma GCC unroll 16
    for (size_t r = 0; r < kRows; ++r) {
      const __m512i row = _mm512_set1_epi32(static_cast<int>(a[r / 3][(r % 3) * lda]));
#pragma GCC unroll 2
      for (size_t v = 0; v < kCount; ++v) {
        sum[r][v] = _mm512_dpbf16_ps(sum[r][v], (__m512bh)row, (__m512bh)column[v]);
      }
    }
#pragma GCC unroll 16
    for (size_t p = 0; p < kPointers; ++p) ++a[p];
  }
#pragma GCC unroll 2
  for (size_t v = 0; v < kCount; ++v) {
    const __m512 bias = tile.bias ? _mm512_loadu_ps(tile.bias + v * kLanes) : _mm512_setzero_ps();
#pragma GCC unroll 16
    for (size_t r = 0; r < kRows; ++r) {
      __m512 value = _mm512_add_ps(sum[r][v], bias);
      // NaN stays, as the second operand.
      if (tile.relu) value = _mm512_maskz_max_ps(mask[v], _mm512_setzero_ps(), value);
      _mm512_mask_storeu_ps(tile.c + r * tile.ldc + v * kLanes, mask[v], value);
    }
  }
}

using TileFunction = void (*)(const Tile&);

template <size_t kCount, size_t... kRowsLessOne>
constexpr std::array<TileFunction, kTileRows> tile_functions(std::index_sequence<kRowsLessOne...>) {
  return {whole_tile<kRowsLessOne + 1, kCount>...};
}

void compute_tile(const Tile& tile, size_t n_rows) {
  static constexpr auto kWide = tile_functions<2>(std::make_index_sequence<kTileRows>());
  static constexpr auto kNarrow = tile_functions<1>(std::make_index_sequence<kTileRows>());
  (tile.n_cols > kLanes ? kWide : kNarrow)[n_rows - 1](tile);
}

/// Calls body(first_row, n_rows) for tiles of rows of nearly equal height.
template <class Body>
void for_row_tiles(size_t n_rows, const Body& body) {
  const size_t n_tiles = (n_rows + kTileRows - 1) / kTileRows;
  for (size_t t = 0, row = 0; t < n_tiles; ++t) {
    const size_t height = (n_rows - row + n_tiles - t - 1) / (n_tiles - t);
    body(row, height);
    row += height;
  }
}

// Columns of whole panels whose slices of `depth` pairs fill a group.
size_t group_columns(size_t depth) {
  constexpr size_t kPanelRowBytes = kPairPanel * sizeof(uint32_t);
  return std::max<size_t>(1, kGroupBytes / (depth * kPanelRowBytes)) * kPairPanel;
}

// Columns [first, last) of out, pairs [k, k + depth).
void linear_group(const PairJob& job, bool relu, size_t first, size_t last, size_t k, size_t depth,
                  float* out) {
  const bool is_last = k + depth == job.n_pairs;
  for_row_tiles(job.n_rows, [&](size_t row, size_t height) {
    for (size_t col = first; col < last; col += kPairPanel) {
      compute_tile({.a = job.x + row * job.n_pairs + k,
                    .lda = job.n_pairs,
                    .b = job.panels + col * job.n_pairs + k * kPairPanel,
                    .depth = depth,
                    .c = out + row * job.n_out + col,
                    .ldc = job.n_out,
                    .n_cols = std::min(kPairPanel, last - col),
                    .add = k > 0,
                    .bias = is_last ? job.bias + col : nullptr,
                    .relu = relu && is_last},
                   height);
    }
  });
}

// The logits (height, kPairPanel) of the classes from first_id on.
ZEROCELL_AVX512_BF16 void take_better(const float* logits, size_t height, size_t first_id, Prediction* best) {
  for (size_t r = 0; r < height; ++r) {
    for (size_t c = 0; c < kPairPanel; c += kLanes, logits += kLanes) {
      const __m512 margin = _mm512_set1_ps(best[r].margin);
      if (_mm512_cmp_ps_mask(_mm512_loadu_ps(logits), margin, _CMP_GT_OQ) != 0) {
        take_logits(logits, kLanes, first_id + c, best[r]);
      }
    }
  }
}

}  // namespace

const char* bfloat16_obstacle() {
  const bool holds = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                     __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bf16");
  return holds ? nullptr : "this processor does not multiply bfloat16 fast";
}

void round_to_pairs(const float* x, size_t n_rows, size_t n_in, uint32_t* pairs) {
  for (size_t r = 0; r < n_rows; ++r) round_row(x + r * n_in, n_in, pairs + r * count_pairs(n_in));
}

void pack_pair_panels(const float* w, size_t n_out, size_t n_in, uint32_t* panels) {
  const size_t n_pairs = count_pairs(n_in);
  std::vector<uint32_t> row(n_pairs);
  for (size_t first = 0; first < n_out; first += kPairPanel, panels += n_pairs * kPairPanel) {
    const size_t n_cols = std::min(kPairPanel, n_out - first);
    if (n_cols < kPairPanel) std::fill_n(panels, n_pairs * kPairPanel, 0u);
    for (size_t c = 0; c < n_cols; ++c) {
      round_row(w + (first + c) * n_in, n_in, row.data());
      for (size_t k = 0; k < n_pairs; ++k) panels[k * kPairPanel + c] = row[k];
    }
  }
}

void linear(const PairJob& job, Activation activation, float* out) {
  const size_t n_slices = (job.n_pairs + kSlice - 1) / kSlice;
  const size_t slice = (job.n_pairs + n_slices - 1) / n_slices;
  const size_t group = group_columns(slice);
  for (size_t first = 0; first < job.n_out; first += group) {
    for (size_t k = 0; k < job.n_pairs; k += slice) {
      linear_group(job, activation == Activation::relu, first, std::min(job.n_out, first + group), k,
                   std::min(slice, job.n_pairs - k), out);
    }
  }
  if (activation == Activation::gelu) gelu(out, job.n_rows * job.n_out);
  if (activation == Activation::leaky_relu) leaky_relu(out, job.n_rows * job.n_out);
}

void argmax_linear(const PairJob& job, std::span<Prediction> out) {
  constexpr float kNone = -std::numeric_limits<float>::infinity();
  std::ranges::fill(out, Prediction{.id = 0, .logit = kNone, .margin = kNone});
  alignas(64) float logits[kTileRows * kPairPanel];
  const size_t group = group_columns(job.n_pairs);
  for (size_t first = 0; first < job.n_out; first += group) {
    for_row_tiles(job.n_rows, [&](size_t row, size_t height) {
      for (size_t col = first; col < std::min(job.n_out, first + group); col += kPairPanel) {
        compute_tile({.a = job.x + row * job.n_pairs,
                      .lda = job.n_pairs,
                      .b = job.panels + col * job.n_pairs,
                      .depth = job.n_pairs,
                      .c = logits,
                      .ldc = kPairPanel,
                      .n_cols = kPairPanel,
                      .bias = job.bias + col},
                     height);
        take_better(logits, height, col, &out[row]);
      }
    });
  }
  for (Prediction& best : out) best.margin = best.logit - best.margin;
}

}  // namespace zerocell::cpu

#else

namespace zerocell::cpu {
namespace {

[[noreturn]] void fail() {
  throw Error::internal("cpu backend: bfloat16 in a build without it");
}

}  // namespace

const char* bfloat16_obstacle() {
  return "this build has no fast bfloat16 (it is for x86-64, by GCC or Clang)";
}
void round_to_pairs(const float*, size_t, size_t, uint32_t*) {
  fail();
}
void pack_pair_panels(const float*, size_t, size_t, uint32_t*) {
  fail();
}
void linear(const PairJob&, Activation, float*) {
  fail();
}
void argmax_linear(const PairJob&, std::span<Prediction>) {
  fail();
}

}  // namespace zerocell::cpu
#endif
