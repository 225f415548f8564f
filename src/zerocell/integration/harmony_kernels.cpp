// Compiled once for each instruction set; the best one for the processor is chosen at run time (Highway).
#include "zerocell/integration/harmony_kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "zerocell/integration/harmony_kernels.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h, as Highway asks.
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace zerocell {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// At most eight lanes, so that every row is a whole number of vectors.
template <class T>
using Tag = hn::CappedTag<T, kClusterLanes>;

template <class T>
HWY_INLINE T ExponentiateRow(T* HWY_RESTRICT row, size_t n, size_t width, T factor) {
  const Tag<T> d;
  const size_t lanes = hn::Lanes(d);
  const size_t whole = n / lanes * lanes;
  T largest = row[0];
  if (whole > 0) {
    auto most = hn::LoadU(d, row);
    for (size_t k = lanes; k < whole; k += lanes) most = hn::Max(most, hn::LoadU(d, row + k));
    largest = hn::GetLane(hn::MaxOfLanes(d, most));
  }
  for (size_t k = whole; k < n; ++k) largest = row[k] > largest ? row[k] : largest;
  const auto shift = hn::Set(d, largest), scale = hn::Set(d, factor);
  for (size_t k = 0; k < width; k += lanes)
    hn::StoreU(hn::Exp(d, hn::Mul(hn::Sub(hn::LoadU(d, row + k), shift), scale)), d, row + k);
  for (size_t k = n; k < width; ++k) row[k] = 0;
  return largest;
}

template <class T>
HWY_INLINE T AssignRow(const T* HWY_RESTRICT similarity, const T* HWY_RESTRICT weights,
                       T* HWY_RESTRICT assigned, T* HWY_RESTRICT sums, size_t width) {
  const Tag<T> d;
  const size_t lanes = hn::Lanes(d);
  auto total = hn::Zero(d);
  for (size_t k = 0; k < width; k += lanes) {
    const auto x = hn::Mul(hn::LoadU(d, similarity + k), hn::LoadU(d, weights + k));
    total = hn::Add(total, x);
    hn::StoreU(x, d, assigned + k);
  }
  const T sum = hn::GetLane(hn::SumOfLanes(d, total));
  const auto scale = hn::Set(d, T(1) / sum);
  for (size_t k = 0; k < width; k += lanes) {
    const auto x = hn::Mul(hn::LoadU(d, assigned + k), scale);
    hn::StoreU(x, d, assigned + k);
    hn::StoreU(hn::Add(hn::LoadU(d, sums + k), x), d, sums + k);
  }
  return sum;
}

template <class T>
HWY_INLINE void AddRow(const T* HWY_RESTRICT row, T* HWY_RESTRICT sums, size_t width) {
  const Tag<T> d;
  for (size_t k = 0; k < width; k += hn::Lanes(d))
    hn::StoreU(hn::Add(hn::LoadU(d, sums + k), hn::LoadU(d, row + k)), d, sums + k);
}

float ExponentiateFloat(float* row, size_t n, size_t width, float factor) {
  return ExponentiateRow(row, n, width, factor);
}
double ExponentiateDouble(double* row, size_t n, size_t width, double factor) {
  return ExponentiateRow(row, n, width, factor);
}
float AssignFloat(const float* similarity, const float* weights, float* assigned, float* sums, size_t width) {
  return AssignRow(similarity, weights, assigned, sums, width);
}
double AssignDouble(const double* similarity, const double* weights, double* assigned, double* sums,
                    size_t width) {
  return AssignRow(similarity, weights, assigned, sums, width);
}
void AddFloat(const float* row, float* sums, size_t width) {
  AddRow(row, sums, width);
}
void AddDouble(const double* row, double* sums, size_t width) {
  AddRow(row, sums, width);
}

size_t PlaceOfLargest(const float* HWY_RESTRICT row, const float* HWY_RESTRICT bias, size_t width) {
  const Tag<float> d;
  const hn::RebindToSigned<decltype(d)> di;
  const size_t lanes = hn::Lanes(d);
  auto best = hn::Add(hn::LoadU(d, row), hn::LoadU(d, bias));
  auto place = hn::Iota(di, 0);
  auto at = place;
  const auto step = hn::Set(di, static_cast<int32_t>(lanes));
  for (size_t k = lanes; k < width; k += lanes) {
    at = hn::Add(at, step);
    const auto x = hn::Add(hn::LoadU(d, row + k), hn::LoadU(d, bias + k));
    const auto better = hn::Gt(x, best);
    best = hn::IfThenElse(better, x, best);
    place = hn::IfThenElse(hn::RebindMask(di, better), at, place);
  }
  HWY_ALIGN float values[kClusterLanes];
  HWY_ALIGN int32_t places[kClusterLanes];
  hn::Store(best, d, values);
  hn::Store(place, di, places);
  size_t winner = 0;
  for (size_t l = 1; l < lanes; ++l)
    if (values[l] > values[winner] || (values[l] == values[winner] && places[l] < places[winner])) winner = l;
  return static_cast<size_t>(places[winner]);
}

}  // namespace HWY_NAMESPACE
}  // namespace zerocell
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace zerocell {

HWY_EXPORT(ExponentiateFloat);
HWY_EXPORT(ExponentiateDouble);
HWY_EXPORT(AssignFloat);
HWY_EXPORT(AssignDouble);
HWY_EXPORT(AddFloat);
HWY_EXPORT(AddDouble);
HWY_EXPORT(PlaceOfLargest);

template <>
float HarmonyKernels<float>::exponentiate(float* row, size_t n, size_t width, float factor) {
  return HWY_DYNAMIC_DISPATCH(ExponentiateFloat)(row, n, width, factor);
}
template <>
double HarmonyKernels<double>::exponentiate(double* row, size_t n, size_t width, double factor) {
  return HWY_DYNAMIC_DISPATCH(ExponentiateDouble)(row, n, width, factor);
}
template <>
float HarmonyKernels<float>::assign(const float* similarity, const float* weights, float* assigned,
                                    float* sums, size_t width) {
  return HWY_DYNAMIC_DISPATCH(AssignFloat)(similarity, weights, assigned, sums, width);
}
template <>
double HarmonyKernels<double>::assign(const double* similarity, const double* weights, double* assigned,
                                      double* sums, size_t width) {
  return HWY_DYNAMIC_DISPATCH(AssignDouble)(similarity, weights, assigned, sums, width);
}
template <>
void HarmonyKernels<float>::add(const float* row, float* sums, size_t width) {
  HWY_DYNAMIC_DISPATCH(AddFloat)(row, sums, width);
}
template <>
void HarmonyKernels<double>::add(const double* row, double* sums, size_t width) {
  HWY_DYNAMIC_DISPATCH(AddDouble)(row, sums, width);
}

size_t place_of_largest(const float* row, const float* bias, size_t width) {
  return HWY_DYNAMIC_DISPATCH(PlaceOfLargest)(row, bias, width);
}

}  // namespace zerocell
#endif
