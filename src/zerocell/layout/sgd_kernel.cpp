#include "zerocell/layout/sgd_kernel.h"

#include <algorithm>
#include <cmath>

#include "zerocell/core/random.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "zerocell/layout/sgd_kernel.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h, as Highway asks.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace zerocell {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Df = hn::ScalableTag<float>;
using Di = hn::RebindToSigned<Df>;
using Du = hn::RebindToUnsigned<Df>;
using Vf = hn::Vec<Df>;
using Vi = hn::Vec<Di>;
using Vu = hn::Vec<Du>;
using Mf = hn::Mask<Df>;

/// sum_k c_k x^k
template <size_t kTerms>
HWY_INLINE Vf Polynomial(Vf x, const float (&c)[kTerms]) {
  const Df d;
  Vf p = hn::Set(d, c[kTerms - 1]);
  for (size_t k = kTerms - 1; k-- > 0;) p = hn::MulAdd(p, x, hn::Set(d, c[k]));
  return p;
}

/// log2 of a normal positive number to 7e-7: exponent plus a minimax polynomial of the mantissa.
HWY_INLINE Vf Log2(Vf x) {
  const Df d;
  const Di di;
  const Vi bits = hn::BitCast(di, x);
  const Vi exponent = hn::ShiftRight<23>(hn::Sub(bits, hn::Set(di, 0x3f3504f3)));  // of x / sqrt(1/2)
  const Vf t = hn::Sub(hn::BitCast(d, hn::Sub(bits, hn::ShiftLeft<23>(exponent))), hn::Set(d, 1.0f));
  constexpr float kTerms[] = {1.44269633f,  -0.721367717f, 0.480648667f, -0.35918501f,
                              0.295100600f, -0.270975441f, 0.176161155f};
  return hn::MulAdd(Polynomial(t, kTerms), t, hn::ConvertTo(d, exponent));
}

/// 2^x to a relative error of 3e-6, x clamped to [-126, 126].
HWY_INLINE Vf Exp2(Vf x) {
  const Df d;
  const Di di;
  x = hn::Min(hn::Max(x, hn::Set(d, -126.0f)), hn::Set(d, 126.0f));
  const Vf whole = hn::Round(x);
  constexpr float kTerms[] = {1.0f, 0.693121016f, 0.240218654f, 0.0559220240f, 0.00968569703f};
  const Vi fraction = hn::BitCast(di, Polynomial(hn::Sub(x, whole), kTerms));
  return hn::BitCast(d, hn::Add(fraction, hn::ShiftLeft<23>(hn::ConvertTo(di, whole))));
}

/// floor(r n / 2^32): uniform in [0, n).
HWY_INLINE Vu Below(Vu r, Vu n) {
  const Du du;
#if HWY_TARGET == HWY_SCALAR
  return hn::Set(du, static_cast<uint32_t>((uint64_t{hn::GetLane(r)} * hn::GetLane(n)) >> 32));
#else
  const hn::Repartition<uint64_t, Du> du64;
  const auto even = hn::ShiftRight<32>(hn::MulEven(r, n));
  const auto odd = hn::MulEven(hn::BitCast(du, hn::ShiftRight<32>(hn::BitCast(du64, r))), n);
  return hn::BitCast(du, hn::Or(even, hn::And(odd, hn::Set(du64, 0xffffffff00000000ull))));
#endif
}

/// xorshift32 (Marsaglia 2003).
HWY_INLINE Vu NextRandom(Vu s) {
  s = hn::Xor(s, hn::ShiftLeft<13>(s));
  s = hn::Xor(s, hn::ShiftRight<17>(s));
  return hn::Xor(s, hn::ShiftLeft<5>(s));
}

struct Points {
  Vf x, y;
};

HWY_INLINE Points Load(const float* positions, Vu vertex) {
  const Vi at = hn::BitCast(Di(), hn::Add(vertex, vertex));
  return {hn::GatherIndex(Df(), positions, at), hn::GatherIndex(Df(), positions + 1, at)};
}

HWY_INLINE Vf Clip(Vf x) {
  const Df d;
  return hn::Min(hn::Max(x, hn::Set(d, -4.0f)), hn::Set(d, 4.0f));
}

/// The forces between two points, each coordinate clipped to [-4, 4] as in umap-learn.
class Forces {
 public:
  explicit Forces(const EpochParameters& p)
      : a_(hn::Set(Df(), p.a)),
        b_(hn::Set(Df(), p.b)),
        pull_(hn::Set(Df(), -2 * p.a * p.b)),
        push_(hn::Set(Df(), p.repulsion)) {}

  /// -2ab d^(2(b-1)) / (1 + a d^(2b)) times the difference; 0 where the points meet or not active.
  HWY_INLINE Points Attract(Points from, Points to, Mf active) const {
    const Df d;
    const Points difference{hn::Sub(from.x, to.x), hn::Sub(from.y, to.y)};
    const Vf d2 = Square(difference), power = Power(d2);
    const Vf divisor = hn::Mul(d2, hn::MulAdd(a_, power, hn::Set(d, 1.0f)));
    const Mf apart = hn::And(active, hn::Gt(d2, hn::Set(d, 1e-30f)));
    return Scale(difference, hn::IfThenElseZero(apart, hn::Div(hn::Mul(pull_, power), divisor)));
  }

  /// 2 gamma b / ((0.001 + d^2) (1 + a d^(2b))) times the difference; 0 where not active.
  HWY_INLINE Points Repel(Points from, Points to, Mf active) const {
    const Df d;
    const Points difference{hn::Sub(from.x, to.x), hn::Sub(from.y, to.y)};
    const Vf d2 = Square(difference);
    const Vf divisor = hn::Mul(hn::Add(d2, hn::Set(d, 0.001f)), hn::MulAdd(a_, Power(d2), hn::Set(d, 1.0f)));
    return Scale(difference, hn::IfThenElseZero(active, hn::Div(push_, divisor)));
  }

 private:
  static HWY_INLINE Vf Square(Points p) { return hn::MulAdd(p.x, p.x, hn::Mul(p.y, p.y)); }
  static HWY_INLINE Points Scale(Points p, Vf by) { return {Clip(hn::Mul(by, p.x)), Clip(hn::Mul(by, p.y))}; }
  HWY_INLINE Vf Power(Vf d2) const { return Exp2(hn::Mul(b_, Log2(d2))); }

  Vf a_, b_, pull_, push_;
};

/// Lists the due edges of every vertex of the block and advances their schedules.
void CollectDue(VertexBlock& block, float epoch, BlockScratch& scratch) {
  const Df d;
  const Du du;
  const auto lanes = static_cast<uint32_t>(hn::Lanes(d));
  scratch.due_tails.resize(block.tails.size());
  scratch.due_begin.resize(block.indptr.size());
  const Vf now = hn::Set(d, epoch);
  uint32_t n_due = 0;
  for (uint32_t v = 0; v < block.n_vertices(); ++v) {
    scratch.due_begin[v] = n_due;
    for (uint32_t e = block.indptr[v]; e < block.indptr[v + 1]; e += lanes) {
      const Vf due = hn::LoadU(d, &block.due[e]);
      const Mf is_due = hn::And(hn::Le(due, now), hn::FirstN(d, block.indptr[v + 1] - e));
      const Vf period = hn::LoadU(d, &block.period[e]);
      hn::StoreU(hn::Add(due, hn::IfThenElseZero(is_due, period)), d, &block.due[e]);
      // Not CompressStore, which some processors run in microcode; the list has room for a whole vector.
      const auto wanted = hn::RebindMask(du, is_due);
      hn::StoreU(hn::Compress(hn::LoadU(du, &block.tails[e]), wanted), du, &scratch.due_tails[n_due]);
      n_due += static_cast<uint32_t>(hn::CountTrue(du, wanted));
    }
  }
  scratch.due_begin[block.n_vertices()] = n_due;
}

/// Walks the chains from `positions` and adds every chain's displacement to its vertex.
void WalkChains(const VertexBlock& block, size_t n_chains, const EpochParameters& p, const float* positions,
                BlockScratch& scratch) {
  const Df d;
  const Di di;
  const Du du;
  const size_t lanes = hn::Lanes(d);
  const Chains& chains = scratch.chains;
  const Forces forces(p);
  const Vf step = hn::Set(d, p.step), twice = hn::Set(d, 2 * p.step);
  const Vu n_vertices = hn::Set(du, p.n_vertices);
  const auto* due_tails = reinterpret_cast<const int32_t*>(scratch.due_tails.data());
  for (size_t c = 0; c < n_chains; c += lanes) {
    const Vu vertex = hn::LoadU(du, &chains.vertex[c]), first = hn::LoadU(du, &chains.first[c]);
    const Vu n_due = hn::LoadU(du, &chains.n_due[c]), stride = hn::LoadU(du, &chains.stride[c]);
    const Vu length = hn::LoadU(du, &chains.length[c]);
    Vu at = hn::LoadU(du, &chains.start[c]), random = hn::LoadU(du, &chains.random[c]);
    const Points begin = Load(positions, vertex);
    Points here = begin;
    for (uint32_t k = 0; k < chains.length[c]; ++k) {
      const auto walking = hn::Gt(hn::BitCast(di, length), hn::Set(di, static_cast<int32_t>(k)));
      const Mf active = hn::RebindMask(d, walking);
      const Vi where = hn::IfThenElseZero(walking, hn::BitCast(di, hn::Add(first, at)));
      at = hn::Add(at, stride);
      at = hn::Min(at, hn::Sub(at, n_due));  // wraps: below n_due the difference is huge
      const Vu tail = hn::BitCast(du, hn::GatherIndex(di, due_tails, where));
      const Points pull = forces.Attract(here, Load(positions, tail), active);
      here = {hn::MulAdd(twice, pull.x, here.x), hn::MulAdd(twice, pull.y, here.y)};
      // All pushes act on the same position: they do not wait for each other.
      Points push{hn::Zero(d), hn::Zero(d)};
      for (int s = 0; s < p.n_negative; ++s) {
        random = NextRandom(random);
        const Vu other = Below(random, n_vertices);
        const Mf pushes = hn::And(active, hn::RebindMask(d, hn::Ne(other, vertex)));
        const Points one = forces.Repel(here, Load(positions, other), pushes);
        push = {hn::Add(push.x, one.x), hn::Add(push.y, one.y)};
      }
      here = {hn::MulAdd(step, push.x, here.x), hn::MulAdd(step, push.y, here.y)};
    }
    float dx[HWY_MAX_BYTES / sizeof(float)], dy[HWY_MAX_BYTES / sizeof(float)];
    hn::StoreU(hn::Sub(here.x, begin.x), d, dx);
    hn::StoreU(hn::Sub(here.y, begin.y), d, dy);
    for (size_t lane = 0; lane < std::min(lanes, n_chains - c); ++lane) {
      float* sum = &scratch.displacement[2 * size_t{chains.vertex[c + lane] - block.first_vertex}];
      sum[0] += dx[lane], sum[1] += dy[lane];
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace zerocell
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace zerocell {
namespace {

constexpr uint32_t kChainLength = 32;

uint32_t chains_of(uint32_t n_due) {
  return (n_due + kChainLength - 1) / kChainLength;
}

/// Weight of each of `n` chains that together walk n_due edges. One edge shrinks the distance to its
/// tail by about 1 - g, so a chain covers the part f = 1 - exp(-g n_due / n) of the way to where the edges
/// pull, and n chains in a row would cover 1 - (1 - f)^n: the mean displacement times their ratio.
float join_chains(uint32_t n, uint32_t n_due, const EpochParameters& p) {
  if (n <= 1) return 1;
  const double g = 2.0 * p.step * 2 * p.a * p.b / (1 + p.a);  // at distance 1, where neighbours tend to be
  return static_cast<float>(std::expm1(-g * n_due) / std::expm1(-g * n_due / n) / n);
}

/// Splits the due edges into chains, longest first. Returns how many there are.
size_t plan_chains(const VertexBlock& block, const EpochParameters& p, BlockScratch& s) {
  s.slot.assign(kChainLength + 2, 0);
  s.share.resize(block.n_vertices());
  for (uint32_t v = 0; v < block.n_vertices(); ++v) {
    const uint32_t n_due = s.due_begin[v + 1] - s.due_begin[v], n = chains_of(n_due);
    s.share[v] = join_chains(n, n_due, p);
    for (uint32_t c = 0; c < n; ++c) ++s.slot[kChainLength + 1 - (n_due - c + n - 1) / n];
  }
  for (uint32_t l = 0; l <= kChainLength; ++l) s.slot[l + 1] += s.slot[l];
  const size_t n_chains = s.slot[kChainLength];
  s.chains.resize(n_chains + VertexBlock::kPadding);
  for (uint32_t v = 0; v < block.n_vertices(); ++v) {
    const uint32_t n_due = s.due_begin[v + 1] - s.due_begin[v], n = chains_of(n_due);
    const uint32_t vertex = block.first_vertex + v;
    for (uint32_t c = 0; c < n; ++c) {
      const uint64_t bits = mix64(p.key ^ (uint64_t{c} << 32 | vertex));
      const uint32_t length = (n_due - c + n - 1) / n, slot = s.slot[kChainLength - length]++;
      s.chains.vertex[slot] = vertex;
      s.chains.first[slot] = s.due_begin[v];
      s.chains.n_due[slot] = n_due;
      s.chains.start[slot] = n == 1 ? static_cast<uint32_t>((bits >> 32) * n_due >> 32) : c;
      s.chains.stride[slot] = n;
      s.chains.length[slot] = length;
      s.chains.random[slot] = static_cast<uint32_t>(bits) | 1;  // xorshift must not start at 0
    }
  }
  for (size_t c = n_chains; c < n_chains + VertexBlock::kPadding; ++c)
    s.chains.vertex[c] = block.first_vertex, s.chains.length[c] = 0;
  return n_chains;
}

}  // namespace

void Chains::resize(size_t n) {
  for (auto* values : {&vertex, &first, &n_due, &start, &stride, &length, &random})
    if (values->size() < n) values->resize(n);
}

HWY_EXPORT(CollectDue);
HWY_EXPORT(WalkChains);

void move_vertices(VertexBlock& block, const EpochParameters& parameters, const float* positions,
                   float* moved, BlockScratch& scratch) {
  HWY_DYNAMIC_DISPATCH(CollectDue)(block, parameters.epoch, scratch);
  const size_t n_chains = plan_chains(block, parameters, scratch);
  scratch.displacement.assign(2 * size_t{block.n_vertices()}, 0.0f);
  HWY_DYNAMIC_DISPATCH(WalkChains)(block, n_chains, parameters, positions, scratch);
  for (uint32_t v = 0; v < block.n_vertices(); ++v)
    for (size_t d = 0; d < 2; ++d) {
      const size_t at = 2 * size_t{block.first_vertex + v} + d;
      moved[at] = positions[at] + scratch.share[v] * scratch.displacement[2 * size_t{v} + d];
    }
}

}  // namespace zerocell
#endif
