#include "zerocell/models/scvi/kernels.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "zerocell/models/scvi/product.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "zerocell/models/scvi/kernels.cpp"
// Highway wants this order.
// clang-format off
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>
#include <hwy/contrib/math/math-inl.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace zerocell::scvi {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;
using W = hn::CappedTag<float, kWidthStep>;  // rows of cells are whole vectors of it

constexpr float kEps = 1e-8f;  // of the likelihoods, as in scvi-tools

// Eight vectors of the output stay in registers while the rows pass by.
void AddScaledRows(std::span<const uint32_t> indices, std::span<const float> values, const float* rows,
                   size_t width, float* out) {
  const D d;
  const size_t lanes = hn::Lanes(d);
  size_t j = 0;
  for (; j + 8 * lanes <= width; j += 8 * lanes) {
    float* const to = out + j;
    V a0 = hn::LoadU(d, to), a1 = hn::LoadU(d, to + lanes), a2 = hn::LoadU(d, to + 2 * lanes),
      a3 = hn::LoadU(d, to + 3 * lanes), a4 = hn::LoadU(d, to + 4 * lanes), a5 = hn::LoadU(d, to + 5 * lanes),
      a6 = hn::LoadU(d, to + 6 * lanes), a7 = hn::LoadU(d, to + 7 * lanes);
    for (size_t k = 0; k < indices.size(); ++k) {
      const float* const row = rows + size_t{indices[k]} * width + j;
      const V x = hn::Set(d, values[k]);
      a0 = hn::MulAdd(x, hn::LoadU(d, row), a0);
      a1 = hn::MulAdd(x, hn::LoadU(d, row + lanes), a1);
      a2 = hn::MulAdd(x, hn::LoadU(d, row + 2 * lanes), a2);
      a3 = hn::MulAdd(x, hn::LoadU(d, row + 3 * lanes), a3);
      a4 = hn::MulAdd(x, hn::LoadU(d, row + 4 * lanes), a4);
      a5 = hn::MulAdd(x, hn::LoadU(d, row + 5 * lanes), a5);
      a6 = hn::MulAdd(x, hn::LoadU(d, row + 6 * lanes), a6);
      a7 = hn::MulAdd(x, hn::LoadU(d, row + 7 * lanes), a7);
    }
    hn::StoreU(a0, d, to);
    hn::StoreU(a1, d, to + lanes);
    hn::StoreU(a2, d, to + 2 * lanes);
    hn::StoreU(a3, d, to + 3 * lanes);
    hn::StoreU(a4, d, to + 4 * lanes);
    hn::StoreU(a5, d, to + 5 * lanes);
    hn::StoreU(a6, d, to + 6 * lanes);
    hn::StoreU(a7, d, to + 7 * lanes);
  }
  for (; j + lanes <= width; j += lanes) {
    V sum = hn::LoadU(d, out + j);
    for (size_t k = 0; k < indices.size(); ++k)
      sum = hn::MulAdd(hn::Set(d, values[k]), hn::LoadU(d, rows + size_t{indices[k]} * width + j), sum);
    hn::StoreU(sum, d, out + j);
  }
  for (; j < width; ++j)
    for (size_t k = 0; k < indices.size(); ++k) out[j] += values[k] * rows[size_t{indices[k]} * width + j];
}

// Calls body(d, i) for whole vectors, and for a tail of single lanes. Arrays need no padding that way.
template <class Body>
HWY_INLINE void ForVectors(size_t n, const Body& body) {
  const D d;
  const hn::CappedTag<float, 1> one;
  size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) body(d, i);
  for (; i < n; ++i) body(one, i);
}

void ExpColumns(float* x, const float* bias, size_t n_genes, size_t n_cells, float* largest, float* sums) {
  const W d;
  const size_t lanes = hn::Lanes(d);
  std::fill_n(largest, n_cells, -std::numeric_limits<float>::infinity());
  std::fill_n(sums, n_cells, 0.0f);
  for (size_t g = 0; g < n_genes; ++g) {
    const float* const row = x + g * n_cells;
    const auto shift = hn::Set(d, bias[g]);
    for (size_t i = 0; i < n_cells; i += lanes)
      hn::StoreU(hn::Max(hn::LoadU(d, largest + i), hn::Add(hn::LoadU(d, row + i), shift)), d, largest + i);
  }
  for (size_t g = 0; g < n_genes; ++g) {
    float* const row = x + g * n_cells;
    const auto shift = hn::Set(d, bias[g]);
    for (size_t i = 0; i < n_cells; i += lanes) {
      const auto e = hn::Exp(d, hn::Sub(hn::Add(hn::LoadU(d, row + i), shift), hn::LoadU(d, largest + i)));
      hn::StoreU(e, d, row + i);
      hn::StoreU(hn::Add(hn::LoadU(d, sums + i), e), d, sums + i);
    }
  }
}

// ln Gamma(y) and psi(y), y > 0: Stirling's series at y + 6, brought back by the recurrence. The product of
// six factors stays finite for y < 1e6; beyond, the series is exact without it.
template <class DD, class VV = hn::Vec<DD>>
HWY_INLINE void LogGamma(DD d, VV y, VV& log_gamma, VV& digamma) {
  const VV one = hn::Set(d, 1.0f);
  VV product = y, slope = one;  // slope: derivative of the product
  for (int k = 1; k < 6; ++k) {
    const VV factor = hn::Add(y, hn::Set(d, static_cast<float>(k)));
    slope = hn::MulAdd(slope, factor, product);
    product = hn::Mul(product, factor);
  }
  const auto large = hn::Gt(y, hn::Set(d, 1e5f));
  product = hn::IfThenElse(large, one, product);
  slope = hn::IfThenElse(large, hn::Zero(d), slope);
  const VV s = hn::IfThenElse(large, y, hn::Add(y, hn::Set(d, 6.0f)));
  const VV log_s = hn::Log(d, s);
  const VV r = hn::Div(one, s);
  const VV r2 = hn::Mul(r, r);
  // (s - 1/2) ln s - s + ln(2 pi) / 2 + 1 / (12 s) - 1 / (360 s^3)
  VV series = hn::MulAdd(hn::Mul(r, r2), hn::Set(d, -1.0f / 360), hn::Mul(r, hn::Set(d, 1.0f / 12)));
  series = hn::Add(series, hn::Set(d, 0.918938533f));
  log_gamma = hn::Add(hn::MulAdd(hn::Sub(s, hn::Set(d, 0.5f)), log_s, hn::Neg(s)), series);
  log_gamma = hn::Sub(log_gamma, hn::Log(d, product));
  // ln s - 1 / (2 s) - 1 / (12 s^2) + 1 / (120 s^4)
  digamma = hn::Sub(log_s, hn::MulAdd(hn::Mul(r2, r2), hn::Set(d, -1.0f / 120),
                                      hn::MulAdd(r2, hn::Set(d, 1.0f / 12), hn::Mul(r, hn::Set(d, 0.5f)))));
  digamma = hn::Sub(digamma, hn::Div(slope, product));
}

void DispersionTerms(const float* theta, size_t n, float* inverse, float* log_gamma, float* digamma) {
  ForVectors(n, [&](auto d, size_t i) HWY_ATTR {
    const auto y = hn::LoadU(d, theta + i);
    hn::StoreU(hn::Div(hn::Set(d, 1.0f), hn::Add(y, hn::Set(d, kEps))), d, inverse + i);
    auto l = y, p = y;
    LogGamma(d, y, l, p);
    hn::StoreU(l, d, log_gamma + i);
    hn::StoreU(p, d, digamma + i);
  });
}

// 1 / (1 + exp(-x)) and ln(1 + exp(x)), without overflow.
template <class DD, class VV = hn::Vec<DD>>
HWY_INLINE void Logistic(DD d, VV x, VV& sigmoid, VV& softplus) {
  const VV one = hn::Set(d, 1.0f);
  const VV e = hn::Exp(d, hn::Neg(hn::Abs(x)));
  const VV r = hn::Div(one, hn::Add(one, e));
  sigmoid = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Mul(e, r), r);
  softplus = hn::Add(hn::Max(x, hn::Zero(d)), hn::Log1p(d, e));
}

// One gene; its theta gradient.
template <bool kInflated>
float ZeroCountsOfGene(const BlockArrays& block, const CellTerms& cells, const GeneDispersions& genes,
                       size_t g) {
  const W d;
  using VW = hn::Vec<W>;
  const VW theta = hn::Set(d, genes.theta[g]), inverse = hn::Set(d, genes.inverse[g]);
  const VW theta_eps = hn::Add(theta, hn::Set(d, kEps)), share = hn::Mul(theta, inverse);
  VW theta_gradient = hn::Zero(d);
  for (size_t i = 0, at = g * cells.n; i < cells.n; i += hn::Lanes(d), at += hn::Lanes(d)) {
    const VW mu = hn::Mul(hn::LoadU(d, block.softmax + at), hn::LoadU(d, cells.size + i));
    const VW log_ratio = hn::Log1p(d, hn::Mul(mu, inverse));
    const VW part = hn::Div(mu, hn::Add(theta_eps, mu));  // mu / (theta + mu + eps)
    VW at_mu = hn::Mul(theta, part);
    VW at_theta = hn::NegMulAdd(share, part, log_ratio);
    VW term = hn::Mul(theta, log_ratio);  // -log p
    if constexpr (kInflated) {
      const VW logit = hn::LoadU(d, block.logits + at);
      VW weight = theta, plus = theta, kept = theta, plus_kept = theta;
      Logistic(d, hn::Neg(hn::Add(logit, term)), weight, plus);
      Logistic(d, hn::Neg(logit), kept, plus_kept);
      term = hn::Sub(plus_kept, plus);
      at_mu = hn::Mul(at_mu, weight);
      at_theta = hn::Mul(at_theta, weight);
      hn::StoreU(hn::Sub(weight, kept), d, block.dropout + at);
    }
    hn::StoreU(at_mu, d, block.slope + at);
    theta_gradient = hn::Add(theta_gradient, at_theta);
    hn::StoreU(hn::Sub(hn::LoadU(d, cells.log_likelihood + i), term), d, cells.log_likelihood + i);
    hn::StoreU(hn::Add(hn::LoadU(d, cells.slope + i), at_mu), d, cells.slope + i);
  }
  return hn::GetLane(hn::SumOfLanes(d, theta_gradient));
}

void ZeroCounts(const BlockArrays& block, const CellTerms& cells, const GeneDispersions& genes,
                size_t n_genes) {
  std::fill_n(cells.log_likelihood, cells.n, 0.0f);
  std::fill_n(cells.slope, cells.n, 0.0f);
  for (size_t g = 0; g < n_genes; ++g)
    block.theta_gradient[g] = block.logits ? ZeroCountsOfGene<true>(block, cells, genes, g)
                                           : ZeroCountsOfGene<false>(block, cells, genes, g);
}

// Values of a few entries side by side, so that vectors can work on them.
constexpr size_t kEntries = 64;
struct Entries {
  alignas(64) float theta[kEntries], inverse[kEntries], log_gamma[kEntries], digamma[kEntries], mu[kEntries],
      count[kEntries], logit[kEntries];
  alignas(64) float likelihood[kEntries], slope[kEntries], theta_gradient[kEntries], dropout[kEntries];
  uint32_t cell[kEntries], gene[kEntries], place[kEntries];
};

template <bool kInflated, class DD>
HWY_INLINE void StoredCountsAt(DD d, size_t i, Entries& e) {
  using VV = hn::Vec<DD>;
  const VV eps = hn::Set(d, kEps), one = hn::Set(d, 1.0f);
  const VV theta = hn::Load(d, e.theta + i), mu = hn::Load(d, e.mu + i), x = hn::Load(d, e.count + i);
  VV log_gamma = x, digamma = x;
  LogGamma(d, hn::Add(x, theta), log_gamma, digamma);
  const VV total = hn::Add(hn::Add(theta, mu), eps);
  const VV mu_eps = hn::Add(mu, eps);
  const VV part = hn::Div(mu, total);
  // log p gains x (ln(mu + eps) - ln(theta + mu + eps)) + ln Gamma(x + theta) - ln Gamma(theta).
  VV gain = hn::Mul(x, hn::Log(d, hn::Div(mu_eps, total)));
  gain = hn::Add(gain, hn::Sub(log_gamma, hn::Load(d, e.log_gamma + i)));
  VV at_mu = hn::Mul(x, hn::Sub(part, hn::Div(mu, mu_eps)));
  VV at_theta = hn::Sub(hn::Div(x, total), hn::Sub(digamma, hn::Load(d, e.digamma + i)));
  if constexpr (kInflated) {
    // The terms of the negative binomial count in full, where zero_counts gave them the weight of a zero.
    const VV inverse = hn::Load(d, e.inverse + i), logit = hn::Load(d, e.logit + i);
    const VV log_ratio = hn::Log1p(d, hn::Mul(mu, inverse));
    const VV term = hn::Mul(theta, log_ratio);
    const VV a = hn::Neg(hn::Add(logit, term));
    VV weight = theta, plus = theta;
    Logistic(d, a, weight, plus);
    gain = hn::Add(gain, hn::Sub(a, plus));
    const VV missing = hn::Sub(one, weight);
    at_mu = hn::MulAdd(missing, hn::Mul(theta, part), at_mu);
    at_theta = hn::MulAdd(missing, hn::NegMulAdd(hn::Mul(theta, inverse), part, log_ratio), at_theta);
    hn::Store(missing, d, e.dropout + i);
  }
  hn::Store(gain, d, e.likelihood + i);
  hn::Store(at_mu, d, e.slope + i);
  hn::Store(at_theta, d, e.theta_gradient + i);
}

void StoredCountsOf(Entries& e, size_t n, const BlockArrays& block, const CellTerms& cells) {
  const D d;
  const size_t padded = (n + hn::Lanes(d) - 1) / hn::Lanes(d) * hn::Lanes(d);
  for (size_t k = n; k < padded; ++k)
    e.theta[k] = e.inverse[k] = e.log_gamma[k] = e.digamma[k] = e.mu[k] = e.count[k] = 1, e.logit[k] = 0;
  for (size_t k = 0; k < padded; k += hn::Lanes(d))
    if (block.logits)
      StoredCountsAt<true>(d, k, e);
    else
      StoredCountsAt<false>(d, k, e);
  for (size_t k = 0; k < n; ++k) {
    cells.log_likelihood[e.cell[k]] += e.likelihood[k];
    cells.slope[e.cell[k]] += e.slope[k];
    block.slope[e.place[k]] += e.slope[k];
    block.theta_gradient[e.gene[k]] += e.theta_gradient[k];
    if (block.logits) block.dropout[e.place[k]] += e.dropout[k];
  }
}

void StoredCounts(const GeneEntries& entries, const BlockArrays& block, const CellTerms& cells,
                  const GeneDispersions& genes, size_t n_genes) {
  Entries e;
  size_t n = 0;
  for (size_t g = 0; g < n_genes; ++g)
    for (size_t at = entries.starts[g]; at < entries.starts[g + 1]; ++at) {
      const uint32_t cell = entries.cells[at];
      const auto place = static_cast<uint32_t>(g * cells.n + cell);
      e.cell[n] = cell;
      e.place[n] = place;
      e.gene[n] = static_cast<uint32_t>(g);
      e.theta[n] = genes.theta[g];
      e.inverse[n] = genes.inverse[g];
      e.log_gamma[n] = genes.log_gamma[g];
      e.digamma[n] = genes.digamma[g];
      e.mu[n] = block.softmax[place] * cells.size[cell];
      e.count[n] = entries.counts[at];
      e.logit[n] = block.logits ? block.logits[place] : 0;
      if (++n == kEntries) {
        StoredCountsOf(e, n, block, cells);
        n = 0;
      }
    }
  StoredCountsOf(e, n, block, cells);
}

void SoftmaxGradient(const float* softmax, const float* total, float weight, size_t n_genes, size_t n_cells,
                     float* slope, float* sums) {
  const W d;
  const auto factor = hn::Set(d, weight);
  for (size_t g = 0; g < n_genes; ++g) {
    auto sum = hn::Zero(d);
    for (size_t i = 0, at = g * n_cells; i < n_cells; i += hn::Lanes(d), at += hn::Lanes(d)) {
      auto value = hn::LoadU(d, slope + at);
      if (softmax) value = hn::NegMulAdd(hn::LoadU(d, softmax + at), hn::LoadU(d, total + i), value);
      value = hn::Mul(value, factor);
      hn::StoreU(value, d, slope + at);
      sum = hn::Add(sum, value);
    }
    sums[g] = hn::GetLane(hn::SumOfLanes(d, sum));
  }
}

void Adam(const AdamStep& s, const float* gradient, size_t n, float* parameters, float* first,
          float* second) {
  const float step_size = s.learning_rate / s.correction1, root = 1 / s.correction2_root;
  ForVectors(n, [&](auto d, size_t i) HWY_ATTR {
    const auto p = hn::LoadU(d, parameters + i);
    const auto g = hn::MulAdd(hn::Set(d, s.weight_decay), p, hn::LoadU(d, gradient + i));
    const auto m =
        hn::MulAdd(hn::Set(d, 1 - s.beta1), hn::Sub(g, hn::LoadU(d, first + i)), hn::LoadU(d, first + i));
    const auto v = hn::MulAdd(hn::Mul(hn::Set(d, 1 - s.beta2), g), g,
                              hn::Mul(hn::Set(d, s.beta2), hn::LoadU(d, second + i)));
    hn::StoreU(m, d, first + i);
    hn::StoreU(v, d, second + i);
    const auto scale = hn::MulAdd(hn::Sqrt(v), hn::Set(d, root), hn::Set(d, s.epsilon));
    hn::StoreU(hn::NegMulAdd(hn::Set(d, step_size), hn::Div(m, scale), p), d, parameters + i);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace zerocell::scvi
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace zerocell::scvi {
HWY_EXPORT(AddScaledRows);
HWY_EXPORT(ExpColumns);
HWY_EXPORT(DispersionTerms);
HWY_EXPORT(ZeroCounts);
HWY_EXPORT(StoredCounts);
HWY_EXPORT(SoftmaxGradient);
HWY_EXPORT(Adam);

void add_scaled_rows(std::span<const uint32_t> indices, std::span<const float> values, const float* rows,
                     size_t width, float* out) {
  HWY_DYNAMIC_DISPATCH(AddScaledRows)(indices, values, rows, width, out);
}
void exp_columns(float* x, const float* bias, size_t n_genes, size_t n_cells, float* largest, float* sums) {
  HWY_DYNAMIC_DISPATCH(ExpColumns)(x, bias, n_genes, n_cells, largest, sums);
}
void dispersion_terms(const float* theta, size_t n, float* inverse, float* log_gamma, float* digamma) {
  HWY_DYNAMIC_DISPATCH(DispersionTerms)(theta, n, inverse, log_gamma, digamma);
}
void zero_counts(const BlockArrays& block, const CellTerms& cells, const GeneDispersions& genes,
                 size_t n_genes) {
  HWY_DYNAMIC_DISPATCH(ZeroCounts)(block, cells, genes, n_genes);
}
void stored_counts(const GeneEntries& entries, const BlockArrays& block, const CellTerms& cells,
                   const GeneDispersions& genes, size_t n_genes) {
  HWY_DYNAMIC_DISPATCH(StoredCounts)(entries, block, cells, genes, n_genes);
}
void softmax_gradient(const float* softmax, const float* total, float weight, size_t n_genes, size_t n_cells,
                      float* slope, float* sums) {
  HWY_DYNAMIC_DISPATCH(SoftmaxGradient)(softmax, total, weight, n_genes, n_cells, slope, sums);
}
void adam(const AdamStep& step, const float* gradient, size_t n, float* parameters, float* first,
          float* second) {
  HWY_DYNAMIC_DISPATCH(Adam)(step, gradient, n, parameters, first, second);
}

}  // namespace zerocell::scvi
#endif
