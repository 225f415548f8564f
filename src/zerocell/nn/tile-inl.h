// The register tile that all matrix products are made of. Included once for every instruction set, so there
// is no #pragma once.
#if defined(ZEROCELL_NN_TILE_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ZEROCELL_NN_TILE_INL_H
#undef ZEROCELL_NN_TILE_INL_H
#else
#define ZEROCELL_NN_TILE_INL_H
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

HWY_BEFORE_NAMESPACE();
namespace zerocell::cpu {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Lanes = hn::CappedTag<float, 16>;
using Vec = hn::Vec<Lanes>;
constexpr size_t kLanes = hn::MaxLanes(Lanes());
constexpr size_t kVectors = 2;  // vectors of columns held in registers
constexpr size_t kPanel = kVectors * kLanes;
// AVX-512 and NEON have 32 registers, the others 16.
constexpr size_t kTileRows = (kLanes == 16 || HWY_TARGET == HWY_NEON) ? 12 : 6;

/// c = [scale c +] a b [+ bias], of up to kTileRows x kPanel.
struct Tile {
  const float* a;  // (rows, depth), rows `lda` apart
  size_t lda;
  const float* b;  // (depth, kPanel)
  size_t depth;
  float* c;  // rows `ldc` apart
  size_t ldc;
  const float* start_scale = nullptr;  // one a row; null: start at zero and leave what c holds unread
  const float* bias = nullptr;         // one a column, or null
  bool relu = false;
};

template <size_t kRows, size_t kCount>
HWY_NOINLINE void whole_tile(const Tile& tile) {
  const Lanes d;
  Vec sum[kRows][kCount];
  if (tile.start_scale) {
#pragma GCC unroll 16
    for (size_t r = 0; r < kRows; ++r) {
      const Vec scale = hn::Set(d, tile.start_scale[r]);
#pragma GCC unroll 2
      for (size_t v = 0; v < kCount; ++v) {
        sum[r][v] = hn::Mul(scale, hn::LoadU(d, tile.c + r * tile.ldc + v * kLanes));
      }
    }
  } else {
#pragma GCC unroll 16
    for (size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
      for (size_t v = 0; v < kCount; ++v) sum[r][v] = hn::Zero(d);
    }
  }
  // One pointer for three rows: base, base + lda and base + 2 lda are addressing modes.
  constexpr size_t kPointers = (kRows + 2) / 3;
  const float* a[kPointers];
  const size_t lda = tile.lda;
#pragma GCC unroll 16
  for (size_t p = 0; p < kPointers; ++p) a[p] = tile.a + 3 * p * lda;
  const float* HWY_RESTRICT b = tile.b;
  const float* const end = b + tile.depth * kPanel;
  for (; b != end; b += kPanel) {
    Vec column[kCount];
#pragma GCC unroll 2
    for (size_t v = 0; v < kCount; ++v) column[v] = hn::Load(d, b + v * kLanes);
#pragma GCC unroll 16
    for (size_t r = 0; r < kRows; ++r) {
      const Vec row = hn::Set(d, a[r / 3][(r % 3) * lda]);
#pragma GCC unroll 2
      for (size_t v = 0; v < kCount; ++v) sum[r][v] = hn::MulAdd(row, column[v], sum[r][v]);
    }
#pragma GCC unroll 16
    for (size_t p = 0; p < kPointers; ++p) ++a[p];
  }
#pragma GCC unroll 2
  for (size_t v = 0; v < kCount; ++v) {
    const Vec bias = tile.bias ? hn::LoadU(d, tile.bias + v * kLanes) : hn::Zero(d);
#pragma GCC unroll 16
    for (size_t r = 0; r < kRows; ++r) {
      Vec value = hn::Add(sum[r][v], bias);
      if (tile.relu) value = hn::IfThenZeroElse(hn::Lt(value, hn::Zero(d)), value);  // NaN stays
      hn::StoreU(value, d, tile.c + r * tile.ldc + v * kLanes);
    }
  }
}

using TileFunction = void (*)(const Tile&);

template <size_t kCount, size_t... kRowsLessOne>
constexpr std::array<TileFunction, kTileRows> tile_functions(std::index_sequence<kRowsLessOne...>) {
  return {whole_tile<kRowsLessOne + 1, kCount>...};
}

/// Computes a tile of n_rows <= kTileRows and n_cols <= kPanel.
HWY_INLINE void compute_tile(Tile tile, size_t n_rows, size_t n_cols) {
  static constexpr auto kWide = tile_functions<2>(std::make_index_sequence<kTileRows>());
  static constexpr auto kNarrow = tile_functions<1>(std::make_index_sequence<kTileRows>());
  const TileFunction function = (n_cols > kLanes ? kWide : kNarrow)[n_rows - 1];
  if (HWY_LIKELY(n_cols % kLanes == 0)) {
    function(tile);
    return;
  }
  HWY_ALIGN float values[kTileRows * kPanel] = {};
  float* const c = tile.c;
  const size_t ldc = tile.ldc;
  if (tile.start_scale) {
    for (size_t r = 0; r < n_rows; ++r) std::copy_n(c + r * ldc, n_cols, values + r * kPanel);
  }
  tile.c = values;
  tile.ldc = kPanel;
  function(tile);
  for (size_t r = 0; r < n_rows; ++r) std::copy_n(values + r * kPanel, n_cols, c + r * ldc);
}

/// Calls body(first_row, n_rows) for tiles of rows of nearly equal height.
template <class Body>
HWY_INLINE void for_row_tiles(size_t n_rows, const Body& body) {
  const size_t n_tiles = (n_rows + kTileRows - 1) / kTileRows;
  for (size_t t = 0, row = 0; t < n_tiles; ++t) {
    const size_t height = (n_rows - row + n_tiles - t - 1) / (n_tiles - t);
    body(row, height);
    row += height;
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace zerocell::cpu
HWY_AFTER_NAMESPACE();
#endif
