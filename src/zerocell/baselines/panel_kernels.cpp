// Compiled once for each instruction set; the best one for the processor is chosen at run time (Highway).
#include "zerocell/baselines/panel_kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "zerocell/baselines/panel_kernels.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h, as Highway asks.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace zerocell {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_HAVE_SCALABLE || HWY_TARGET == HWY_SCALAR
/// Vectors of unknown size cannot stand in a struct: plain doubles, which the compiler puts into vectors.
struct Eight {
  double v[kPanelWidth];
};

HWY_INLINE Eight Load(const double* from) {
  Eight x;
  for (size_t i = 0; i < kPanelWidth; ++i) x.v[i] = from[i];
  return x;
}

HWY_INLINE void Store(const Eight& x, double* to) {
  for (size_t i = 0; i < kPanelWidth; ++i) to[i] = x.v[i];
}

/// factor x + y
HWY_INLINE Eight MultiplyAdd(double factor, const Eight& x, const Eight& y) {
  Eight out;
  for (size_t i = 0; i < kPanelWidth; ++i) out.v[i] = factor * x.v[i] + y.v[i];
  return out;
}
#else
using Tag = hn::CappedTag<double, kPanelWidth>;
constexpr size_t kLanes = HWY_MIN(kPanelWidth, HWY_LANES(double));
constexpr size_t kVectors = kPanelWidth / kLanes;

/// Eight doubles in one, two or four vectors.
struct Eight {
  hn::Vec<Tag> v[kVectors];
};

HWY_INLINE Eight Load(const double* from) {
  Eight x;
  for (size_t i = 0; i < kVectors; ++i) x.v[i] = hn::LoadU(Tag(), from + i * kLanes);
  return x;
}

HWY_INLINE void Store(const Eight& x, double* to) {
  for (size_t i = 0; i < kVectors; ++i) hn::StoreU(x.v[i], Tag(), to + i * kLanes);
}

/// factor x + y
HWY_INLINE Eight MultiplyAdd(double factor, const Eight& x, const Eight& y) {
  const auto f = hn::Set(Tag(), factor);
  Eight out;
  for (size_t i = 0; i < kVectors; ++i) out.v[i] = hn::MulAdd(f, x.v[i], y.v[i]);
  return out;
}
#endif

/// One row times the panel, minus shift; two sums hide the latency of the additions.
HWY_INLINE Eight RowTimesPanel(const CsrMatrix& x, size_t row, const Panel& panel, const Eight& shift) {
  const uint32_t* indices = x.indices.data();
  const float* values = x.values.data();
  const double zeros[kPanelWidth] = {};
  Eight even = Load(zeros), odd = even;
  size_t k = x.indptr[row];
  const size_t end = x.indptr[row + 1];
  for (; k + 1 < end; k += 2) {
    even = MultiplyAdd(values[k], Load(panel.data + indices[k] * panel.stride), even);
    odd = MultiplyAdd(values[k + 1], Load(panel.data + indices[k + 1] * panel.stride), odd);
  }
  if (k < end) even = MultiplyAdd(values[k], Load(panel.data + indices[k] * panel.stride), even);
  return MultiplyAdd(-1.0, shift, MultiplyAdd(1.0, even, odd));
}

void MultiplyRows(const CsrMatrix& x, size_t first, size_t last, const Panel& panel, const double* shift,
                  double* out, size_t out_stride) {
  const Eight s = Load(shift);
  for (size_t i = first; i < last; ++i) Store(RowTimesPanel(x, i, panel, s), out + (i - first) * out_stride);
}

void MultiplyNormal(const CsrMatrix& x, size_t first, size_t last, const Panel& panel, const double* shift,
                    double* sum, double* total) {
  const Eight s = Load(shift);
  Eight all = Load(total);
  for (size_t i = first; i < last; ++i) {
    const Eight t = RowTimesPanel(x, i, panel, s);
    all = MultiplyAdd(1.0, t, all);
    for (size_t k = x.indptr[i]; k < x.indptr[i + 1]; ++k) {
      double* at = sum + x.indices[k] * kPanelWidth;
      Store(MultiplyAdd(x.values[k], t, Load(at)), at);
    }
  }
  Store(all, total);
}

}  // namespace HWY_NAMESPACE
}  // namespace zerocell
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace zerocell {

HWY_EXPORT(MultiplyRows);
HWY_EXPORT(MultiplyNormal);

void multiply_rows(const CsrMatrix& x, size_t first, size_t last, const Panel& panel, const double* shift,
                   double* out, size_t out_stride) {
  HWY_DYNAMIC_DISPATCH(MultiplyRows)(x, first, last, panel, shift, out, out_stride);
}

void multiply_normal(const CsrMatrix& x, size_t first, size_t last, const Panel& panel, const double* shift,
                     double* sum, double* total) {
  HWY_DYNAMIC_DISPATCH(MultiplyNormal)(x, first, last, panel, shift, sum, total);
}

}  // namespace zerocell
#endif
