// Elementary functions on vectors. Included once for every instruction set, so there is no #pragma once.
#if defined(ZEROCELL_NN_VECTOR_MATH_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef ZEROCELL_NN_VECTOR_MATH_INL_H
#undef ZEROCELL_NN_VECTOR_MATH_INL_H
#else
#define ZEROCELL_NN_VECTOR_MATH_INL_H
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace zerocell::cpu {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// 2^x for x <= 0 to 1.5 units in the last place; 2^-126 for all smaller x; exactly 1 for 0.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V exp2_of_nonpositive(D d, V x) {
  const hn::RebindToSigned<D> di;
  x = hn::Max(x, hn::Set(d, -126.0f));
  // Adding 1.5 x 2^23 leaves the nearest integer in the lowest bits.
  const V magic = hn::Set(d, 0x1.8p23f);
  const V shifted = hn::Add(x, magic);
  const V f = hn::Sub(x, hn::Sub(shifted, magic));  // in [-0.5, 0.5]
  // Minimax polynomial of 2^f for the relative error, 9.2e-8, with constant term 1.
  V p = hn::Set(d, 0x1.5bba14p-10f);
  p = hn::MulAdd(p, f, hn::Set(d, 0x1.3cea88p-7f));
  p = hn::MulAdd(p, f, hn::Set(d, 0x1.c6b752p-5f));
  p = hn::MulAdd(p, f, hn::Set(d, 0x1.ebf9bcp-3f));
  p = hn::MulAdd(p, f, hn::Set(d, 0x1.62e42ap-1f));
  p = hn::MulAdd(p, f, hn::Set(d, 1.0f));
  return hn::BitCast(d, hn::Add(hn::BitCast(di, p), hn::ShiftLeft<23>(hn::BitCast(di, shifted))));
}

}  // namespace HWY_NAMESPACE
}  // namespace zerocell::cpu
HWY_AFTER_NAMESPACE();
#endif
