#include <algorithm>
#include <cmath>

#include "zerocell/nn/cpu_kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "zerocell/nn/row_kernels.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "zerocell/nn/tile-inl.h"
#include "zerocell/nn/vector_math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace zerocell::cpu {
namespace HWY_NAMESPACE {

using Doubles = hn::CappedTag<double, 8>;
using Halves = hn::Rebind<float, Doubles>;  // as many floats
constexpr size_t kDoubles = hn::MaxLanes(Doubles());

// Mean of a row: in float64, so that a constant row has exactly its value for a mean.
HWY_INLINE double mean_of_row(const float* x, size_t n) {
  const Doubles d;
  const Halves half;
  auto sum0 = hn::Zero(d), sum1 = sum0, sum2 = sum0, sum3 = sum0;
  size_t c = 0;
  for (; c + 4 * kDoubles <= n; c += 4 * kDoubles) {
    sum0 = hn::Add(sum0, hn::PromoteTo(d, hn::LoadU(half, x + c)));
    sum1 = hn::Add(sum1, hn::PromoteTo(d, hn::LoadU(half, x + c + kDoubles)));
    sum2 = hn::Add(sum2, hn::PromoteTo(d, hn::LoadU(half, x + c + 2 * kDoubles)));
    sum3 = hn::Add(sum3, hn::PromoteTo(d, hn::LoadU(half, x + c + 3 * kDoubles)));
  }
  double sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(sum0, sum1), hn::Add(sum2, sum3))));
  for (; c < n; ++c) sum += x[c];
  return sum / static_cast<double>(n);
}

// x -= high + low; returns the sum of squares of what remains.
HWY_INLINE float centre_row(float* HWY_RESTRICT x, size_t n, float high, float low) {
  const Lanes d;
  const Vec first = hn::Set(d, high), second = hn::Set(d, low);
  Vec sum0 = hn::Zero(d), sum1 = sum0;
  size_t c = 0;
  for (; c + 2 * kLanes <= n; c += 2 * kLanes) {
    const Vec y0 = hn::Sub(hn::Sub(hn::LoadU(d, x + c), first), second);
    const Vec y1 = hn::Sub(hn::Sub(hn::LoadU(d, x + c + kLanes), first), second);
    hn::StoreU(y0, d, x + c);
    hn::StoreU(y1, d, x + c + kLanes);
    sum0 = hn::MulAdd(y0, y0, sum0);
    sum1 = hn::MulAdd(y1, y1, sum1);
  }
  float sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(sum0, sum1)));
  for (; c < n; ++c) {
    x[c] = (x[c] - high) - low;
    sum += x[c] * x[c];
  }
  return sum;
}

HWY_INLINE void scale_and_shift(float* HWY_RESTRICT x, size_t n, float factor, const float* scale,
                                const float* shift) {
  const Lanes d;
  const Vec by = hn::Set(d, factor);
  size_t c = 0;
  for (; c + kLanes <= n; c += kLanes) {
    const Vec y = hn::Mul(by, hn::LoadU(d, x + c));
    hn::StoreU(hn::MulAdd(y, hn::LoadU(d, scale + c), hn::LoadU(d, shift + c)), d, x + c);
  }
  for (; c < n; ++c) x[c] = factor * x[c] * scale[c] + shift[c];
}

void AddValues(const float* HWY_RESTRICT x, size_t n, float* HWY_RESTRICT out) {
  const Lanes d;
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    hn::StoreU(hn::Add(hn::LoadU(d, out + i), hn::LoadU(d, x + i)), d, out + i);
  }
  for (; i < n; ++i) out[i] += x[i];
}

void AddLayerNorm(Rows x, const float* residual, const float* scale, const float* shift, float eps) {
  const size_t n = x.n_cols;
  for (size_t r = 0; r < x.n_rows; ++r) {
    float* row = x.data + r * n;
    if (residual) AddValues(residual + r * n, n, row);
    const double mean = mean_of_row(row, n);
    const auto high = static_cast<float>(mean);
    const auto low = static_cast<float>(mean - high);
    const double variance = static_cast<double>(centre_row(row, n, high, low)) / static_cast<double>(n);
    scale_and_shift(row, n, static_cast<float>(1.0 / std::sqrt(variance + eps)), scale, shift);
  }
}

void Gelu(float* x, size_t n) {
  const Lanes d;
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) hn::StoreU(gelu(d, hn::LoadU(d, x + i)), d, x + i);
  if (i == n) return;
  // The same operations for the last values: no value may depend on its place.
  HWY_ALIGN float last[kLanes] = {};
  std::copy(x + i, x + n, last);
  hn::Store(gelu(d, hn::Load(d, last)), d, last);
  std::copy_n(last, n - i, x + i);
}

void LeakyRelu(float* x, size_t n) {
  const Lanes d;
  const Vec slope = hn::Set(d, 0.01f);
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    const Vec v = hn::LoadU(d, x + i);
    hn::StoreU(hn::IfThenElse(hn::Lt(v, hn::Zero(d)), hn::Mul(v, slope), v), d, x + i);
  }
  for (; i < n; ++i) x[i] = x[i] < 0.0f ? 0.01f * x[i] : x[i];
}

void MeanOfRows(const float* x, size_t n_rows, size_t n_cols, float* out) {
  const Doubles d;
  const Halves half;
  const auto factor = hn::Set(d, 1.0 / static_cast<double>(n_rows));
  size_t c = 0;
  for (; c + 4 * kDoubles <= n_cols; c += 4 * kDoubles) {
    hn::Vec<Doubles> sum[4];
    for (auto& s : sum) s = hn::Zero(d);
    for (size_t r = 0; r < n_rows; ++r) {
      const float* from = x + r * n_cols + c;
#pragma GCC unroll 4
      for (size_t v = 0; v < 4; ++v) {
        sum[v] = hn::Add(sum[v], hn::PromoteTo(d, hn::LoadU(half, from + v * kDoubles)));
      }
    }
#pragma GCC unroll 4
    for (size_t v = 0; v < 4; ++v) {
      hn::StoreU(hn::DemoteTo(half, hn::Mul(factor, sum[v])), half, out + c + v * kDoubles);
    }
  }
  for (; c < n_cols; ++c) {
    double sum = 0;
    for (size_t r = 0; r < n_rows; ++r) sum += x[r * n_cols + c];
    out[c] = static_cast<float>(sum * (1.0 / static_cast<double>(n_rows)));
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace zerocell::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace zerocell::cpu {

HWY_EXPORT(AddLayerNorm);
HWY_EXPORT(Gelu);
HWY_EXPORT(LeakyRelu);
HWY_EXPORT(AddValues);
HWY_EXPORT(MeanOfRows);

void add_layer_norm(Rows x, const float* residual, const float* scale, const float* shift, float eps) {
  HWY_DYNAMIC_DISPATCH(AddLayerNorm)(x, residual, scale, shift, eps);
}
void gelu(float* x, size_t n) {
  HWY_DYNAMIC_DISPATCH(Gelu)(x, n);
}
void leaky_relu(float* x, size_t n) {
  HWY_DYNAMIC_DISPATCH(LeakyRelu)(x, n);
}
void add_values(const float* x, size_t n, float* out) {
  HWY_DYNAMIC_DISPATCH(AddValues)(x, n, out);
}
void mean_of_rows(const float* x, size_t n_rows, size_t n_cols, float* out) {
  HWY_DYNAMIC_DISPATCH(MeanOfRows)(x, n_rows, n_cols, out);
}

}  // namespace zerocell::cpu
#endif
