#include "zerocell/models/scvi/norm_kernels.h"

#include <algorithm>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "zerocell/models/scvi/norm_kernels.cpp"
// Highway wants this order.
// clang-format off
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace zerocell::scvi {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using W = hn::CappedTag<float, kStripWidth>;

// Loops of a width known to the compiler, which makes vectors of them for the instruction set at hand.
template <class Body>
HWY_INLINE void ForWidth(size_t width, const Body& body) {
  if (width == kStripWidth)
    body(std::integral_constant<size_t, kStripWidth>{});
  else
    body(width);
}

void ColumnMoments(const float* x, const Strip& s, double* mean, double* squares) {
  ForWidth(s.width, [&](auto width) HWY_ATTR {
    double sum[kStripWidth] = {}, square[kStripWidth] = {};
    for (size_t i = 0; i < s.n; ++i)
      for (size_t j = 0; j < width; ++j) sum[j] += static_cast<double>(x[i * s.stride + j]);
    for (size_t j = 0; j < width; ++j) sum[j] /= static_cast<double>(s.n);
    for (size_t i = 0; i < s.n; ++i)
      for (size_t j = 0; j < width; ++j) {
        const double gap = static_cast<double>(x[i * s.stride + j]) - sum[j];
        square[j] += gap * gap;
      }
    std::copy_n(sum, s.width, mean);
    std::copy_n(square, s.width, squares);
  });
}

void NormaliseColumns(float* x, float* normal, const float* mask, const Strip& s, const float* shift,
                      const float* factor, const float* gamma, const float* beta) {
  ForWidth(s.width, [&](auto width) HWY_ATTR {
    float at[4][kStripWidth] = {};
    std::copy_n(shift, s.width, at[0]);
    std::copy_n(factor, s.width, at[1]);
    std::copy_n(gamma, s.width, at[2]);
    std::copy_n(beta, s.width, at[3]);
    for (size_t i = 0; i < s.n; ++i) {
      float* HWY_RESTRICT const out = x + i * s.stride;
      float* HWY_RESTRICT const to = normal + i * s.stride;
      for (size_t j = 0; j < width; ++j) {
        to[j] = (out[j] - at[0][j]) * at[1][j];
        const float y = to[j] * at[2][j] + at[3][j];
        out[j] = y > 0 ? y : 0;
      }
      if (!mask) continue;
      const float* HWY_RESTRICT const kept = mask + i * s.stride;
      for (size_t j = 0; j < width; ++j) out[j] *= kept[j];
    }
  });
}

// Sums wait in double for a strip as wide as ForWidth's; narrower ones, at the end of odd sizes, go the slow
// way.
void RectifiedGradient(const float* out_gradient, const float* normal, const float* mask, const Strip& s,
                       const float* gamma, const float* beta, float* in_gradient, double* sum,
                       double* product) {
#if HWY_TARGET != HWY_SCALAR
  const W d;
  const size_t lanes = hn::Lanes(d);
  if (s.width == kStripWidth) {
    const hn::Repartition<double, W> dd;
    const hn::Half<W> dh;
    const size_t half = hn::Lanes(dd);
    for (size_t j = 0; j < kStripWidth; j += lanes) {
      const auto scale = hn::LoadU(d, gamma + j), shift = hn::LoadU(d, beta + j);
      auto low = hn::Zero(dd), high = low, low_product = low, high_product = low;
      for (size_t i = 0, at = j; i < s.n; ++i, at += s.stride) {
        const auto x = hn::LoadU(d, normal + at);
        auto g = hn::LoadU(d, out_gradient + at);
        if (mask) g = hn::Mul(g, hn::LoadU(d, mask + at));
        g = hn::IfThenElseZero(hn::Gt(hn::Add(hn::Mul(x, scale), shift), hn::Zero(d)), g);
        hn::StoreU(g, d, in_gradient + at);
        const auto g_low = hn::PromoteTo(dd, hn::LowerHalf(g)),
                   g_high = hn::PromoteTo(dd, hn::UpperHalf(dh, g));
        low = hn::Add(low, g_low);
        high = hn::Add(high, g_high);
        low_product = hn::MulAdd(g_low, hn::PromoteTo(dd, hn::LowerHalf(x)), low_product);
        high_product = hn::MulAdd(g_high, hn::PromoteTo(dd, hn::UpperHalf(dh, x)), high_product);
      }
      hn::StoreU(low, dd, sum + j);
      hn::StoreU(high, dd, sum + j + half);
      hn::StoreU(low_product, dd, product + j);
      hn::StoreU(high_product, dd, product + j + half);
    }
    return;
  }
#endif
  for (size_t j = 0; j < s.width; ++j) {
    sum[j] = product[j] = 0;
    for (size_t i = 0, at = j; i < s.n; ++i, at += s.stride) {
      float g = normal[at] * gamma[j] + beta[j] > 0 ? out_gradient[at] : 0;
      if (mask) g *= mask[at];
      in_gradient[at] = g;
      sum[j] += static_cast<double>(g);
      product[j] += static_cast<double>(g) * static_cast<double>(normal[at]);
    }
  }
}

void NormalisedGradient(float* in_gradient, const float* normal, const Strip& s, const float* factor,
                        const float* mean_gradient, const float* mean_product) {
  ForWidth(s.width, [&](auto width) HWY_ATTR {
    float at[3][kStripWidth] = {};
    std::copy_n(factor, s.width, at[0]);
    std::copy_n(mean_gradient, s.width, at[1]);
    std::copy_n(mean_product, s.width, at[2]);
    for (size_t i = 0; i < s.n; ++i) {
      float* HWY_RESTRICT const g = in_gradient + i * s.stride;
      const float* HWY_RESTRICT const from = normal + i * s.stride;
      for (size_t j = 0; j < width; ++j) g[j] = at[0][j] * (g[j] - at[1][j] - from[j] * at[2][j]);
    }
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace zerocell::scvi
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace zerocell::scvi {
HWY_EXPORT(ColumnMoments);
HWY_EXPORT(NormaliseColumns);
HWY_EXPORT(RectifiedGradient);
HWY_EXPORT(NormalisedGradient);

void column_moments(const float* x, const Strip& strip, double* mean, double* squares) {
  HWY_DYNAMIC_DISPATCH(ColumnMoments)(x, strip, mean, squares);
}
void normalise_columns(float* x, float* normal, const float* mask, const Strip& strip, const float* shift,
                       const float* factor, const float* gamma, const float* beta) {
  HWY_DYNAMIC_DISPATCH(NormaliseColumns)(x, normal, mask, strip, shift, factor, gamma, beta);
}
void rectified_gradient(const float* out_gradient, const float* normal, const float* mask, const Strip& strip,
                        const float* gamma, const float* beta, float* in_gradient, double* sum,
                        double* product) {
  HWY_DYNAMIC_DISPATCH(RectifiedGradient)
  (out_gradient, normal, mask, strip, gamma, beta, in_gradient, sum, product);
}
void normalised_gradient(float* in_gradient, const float* normal, const Strip& strip, const float* factor,
                         const float* mean_gradient, const float* mean_product) {
  HWY_DYNAMIC_DISPATCH(NormalisedGradient)
  (in_gradient, normal, strip, factor, mean_gradient, mean_product);
}

}  // namespace zerocell::scvi
#endif
