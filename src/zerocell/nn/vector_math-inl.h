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

/// The exact GELU x Phi(x) to 6e-7 of its value; with no fused multiply-add to 6e-7 + 1e-7 x^2 of it. Values
/// nearer to zero than 2^-126 err by less than that. NaN stays NaN.
///
/// x Phi(x) = max(x, 0) - |x| Q(|x|) with the normal tail Q(a) = exp(-a^2 / 2) R(a), where R, half a scaled
/// complementary error function, is smooth: a polynomial of t = 2.5 / (a + 2.5). Nothing cancels.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V gelu(D d, V x) {
  const V a = hn::Min(hn::Abs(x), hn::Set(d, 13.2f));  // 2^-126 is reached at 13.21
  // -a^2 / 2 log2(e) = exponent + rest: rounded alone it would cost up to 4e-6 of the value.
  constexpr float kScale = -0x1.715476p-1f, kScaleRest = -0x1.4ae0cp-27f;  // -log2(e) / 2
  const V scale = hn::Set(d, kScale);
  const V square = hn::Mul(a, a);
  const V exponent = hn::Mul(square, scale);
  V rest = hn::MulSub(square, scale, exponent);
  rest = hn::MulAdd(hn::MulSub(a, a, square), scale, rest);
  rest = hn::MulAdd(square, hn::Set(d, kScaleRest), rest);
  V power = exp2_of_nonpositive(d, exponent);
  power = hn::MulAdd(power, hn::Mul(rest, hn::Set(d, 0x1.62e430p-1f)), power);
  // Minimax polynomial of R for the relative error on 0 <= a <= 13.3, 7e-8.
  const V shift = hn::Set(d, 2.5f);
  const V t = hn::Div(shift, hn::Add(a, shift));
  V r = hn::Set(d, -0x1.48632cp-5f);
  r = hn::MulAdd(r, t, hn::Set(d, 0x1.9f2158p-3f));
  r = hn::MulAdd(r, t, hn::Set(d, -0x1.828f94p-2f));
  r = hn::MulAdd(r, t, hn::Set(d, 0x1.04e33ap-2f));
  r = hn::MulAdd(r, t, hn::Set(d, -0x1.dfc266p-7f));
  r = hn::MulAdd(r, t, hn::Set(d, 0x1.461b04p-3f));
  r = hn::MulAdd(r, t, hn::Set(d, 0x1.3eb1a4p-3f));
  r = hn::MulAdd(r, t, hn::Set(d, 0x1.47866cp-3f));
  r = hn::MulAdd(r, t, hn::Set(d, -0x1.b2a202p-17f));
  const V positive = hn::IfThenZeroElse(hn::Lt(x, hn::Zero(d)), x);
  return hn::NegMulAdd(hn::Mul(a, power), r, positive);
}

}  // namespace HWY_NAMESPACE
}  // namespace zerocell::cpu
HWY_AFTER_NAMESPACE();
#endif
