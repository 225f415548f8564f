#include "zerocell/models/scvi/product.h"

#include <algorithm>
#include <array>
#include <utility>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "zerocell/models/scvi/product.cpp"
// Highway wants this order.
// clang-format off
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace zerocell::scvi {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, kWidthStep>;
using V = hn::Vec<D>;
constexpr size_t kLanes = hn::MaxLanes(D());
// AVX-512 and NEON have 32 registers, the others 16.
constexpr bool kManyRegisters = kLanes == 16 || HWY_TARGET == HWY_NEON;
constexpr size_t kTileRows = 6;
constexpr size_t kTileVectors = kManyRegisters ? 4 : 2;
constexpr size_t kSlice = 64;  // rows of b whose tile stays in the first-level cache

struct Tile {
  const float* a;
  size_t a_row, a_column;
  const float* b;
  size_t b_row, k;
  float* c;
  size_t c_row;
  bool add;
};

template <size_t kRows, size_t kVectors>
HWY_NOINLINE void WholeTile(const Tile& t) {
  const D d;
  V sum[kRows][kVectors];
#pragma GCC unroll 8
  for (size_t r = 0; r < kRows; ++r)
#pragma GCC unroll 4
    for (size_t v = 0; v < kVectors; ++v)
      sum[r][v] = t.add ? hn::LoadU(d, t.c + r * t.c_row + v * kLanes) : hn::Zero(d);
  // Two pointers and one stride reach six rows by addressing modes.
  const float* a[(kRows + 2) / 3];
  const size_t a_row = t.a_row, a_column = t.a_column, b_row = t.b_row;
#pragma GCC unroll 2
  for (size_t p = 0; p < (kRows + 2) / 3; ++p) a[p] = t.a + 3 * p * a_row;
  const float* HWY_RESTRICT b = t.b;
  for (size_t k = t.k; k > 0; --k, b += b_row) {
    V column[kVectors];
#pragma GCC unroll 4
    for (size_t v = 0; v < kVectors; ++v) column[v] = hn::LoadU(d, b + v * kLanes);
#pragma GCC unroll 8
    for (size_t r = 0; r < kRows; ++r) {
      const V row = hn::Set(d, a[r / 3][(r % 3) * a_row]);
#pragma GCC unroll 4
      for (size_t v = 0; v < kVectors; ++v) sum[r][v] = hn::MulAdd(row, column[v], sum[r][v]);
    }
#pragma GCC unroll 2
    for (size_t p = 0; p < (kRows + 2) / 3; ++p) a[p] += a_column;
  }
#pragma GCC unroll 8
  for (size_t r = 0; r < kRows; ++r)
#pragma GCC unroll 4
    for (size_t v = 0; v < kVectors; ++v) hn::StoreU(sum[r][v], d, t.c + r * t.c_row + v * kLanes);
}

using TileFunction = void (*)(const Tile&);

template <size_t kVectors, size_t... kRowsLessOne>
constexpr std::array<TileFunction, kTileRows> TileFunctions(std::index_sequence<kRowsLessOne...>) {
  return {WholeTile<kRowsLessOne + 1, kVectors>...};
}

void Multiply(const Product& p) {
  static constexpr auto kWide = TileFunctions<kTileVectors>(std::make_index_sequence<kTileRows>());
  static constexpr auto kNarrow = TileFunctions<1>(std::make_index_sequence<kTileRows>());
  for (size_t k = 0; k < p.k; k += kSlice)
    for (size_t n = 0; n < p.n;) {
      const bool wide = p.n - n >= kTileVectors * kLanes;
      for (size_t m = 0; m < p.m; m += kTileRows) {
        const Tile tile{p.a + m * p.a_row + k * p.a_column,
                        p.a_row,
                        p.a_column,
                        p.b + k * p.b_row + n,
                        p.b_row,
                        std::min(kSlice, p.k - k),
                        p.c + m * p.c_row + n,
                        p.c_row,
                        p.add || k > 0};
        (wide ? kWide : kNarrow)[std::min(kTileRows, p.m - m) - 1](tile);
      }
      n += wide ? kTileVectors * kLanes : kLanes;
    }
}

}  // namespace HWY_NAMESPACE
}  // namespace zerocell::scvi
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace zerocell::scvi {
HWY_EXPORT(Multiply);

void multiply(const Product& product) {
  HWY_DYNAMIC_DISPATCH(Multiply)(product);
}

}  // namespace zerocell::scvi
#endif
