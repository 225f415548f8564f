#include "zerocell/statistics/sign_flip.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numeric>

#include "zerocell/core/error.h"
#include "zerocell/statistics/draws.h"

namespace zerocell {
namespace {

constexpr size_t kMostExact = 16;
constexpr uint64_t kDraws = 65'536;

/// All sign vectors in the order of a Gray code: one sign changes from each to the next. The first sign stays
/// positive, because a vector and its opposite give the same |sum|.
double exact_p(std::span<const double> d, double reached) {
  double sum = std::accumulate(d.begin(), d.end(), 0.0);
  std::vector<double> signed_values(d.begin(), d.end());
  const uint64_t n_vectors = uint64_t{1} << (d.size() - 1);
  uint64_t hits = std::abs(sum) >= reached ? 1 : 0;
  for (uint64_t k = 1; k < n_vectors; ++k) {
    const auto flipped = static_cast<size_t>(std::countr_zero(k)) + 1;
    sum -= 2 * signed_values[flipped];
    signed_values[flipped] = -signed_values[flipped];
    if (std::abs(sum) >= reached) ++hits;
  }
  return static_cast<double>(hits) / static_cast<double>(n_vectors);
}

double drawn_p(std::span<const double> d, double reached, uint64_t seed) {
  uint64_t hits = 0;
  for (uint64_t k = 0; k < kDraws; ++k) {
    Draws draws(seed, k);
    double sum = 0;
    uint64_t bits = 0;
    for (size_t i = 0; i < d.size(); ++i) {
      if (i % 64 == 0) bits = draws.next();
      sum += bits & 1 ? d[i] : -d[i];
      bits >>= 1;
    }
    if (std::abs(sum) >= reached) ++hits;
  }
  return static_cast<double>(1 + hits) / static_cast<double>(1 + kDraws);
}

}  // namespace

std::optional<double> sign_flip_p(std::span<const double> differences, uint64_t seed) {
  if (differences.size() < kSignFlipFewest) return std::nullopt;
  double sum = 0, absolute = 0;
  for (const double d : differences) {
    if (!std::isfinite(d)) return std::nullopt;
    sum += d;
    absolute += std::abs(d);
  }
  // Sums that differ by rounding alone are equal.
  const double reached = std::abs(sum) - 1e-12 * absolute;
  return differences.size() <= kMostExact ? exact_p(differences, reached)
                                          : drawn_p(differences, reached, seed);
}

std::vector<std::optional<double>> holm_adjusted(std::span<const std::optional<double>> p) {
  std::vector<size_t> order;
  for (size_t i = 0; i < p.size(); ++i)
    if (p[i]) order.push_back(i);
  std::ranges::stable_sort(order, [&](size_t a, size_t b) { return *p[a] < *p[b]; });
  std::vector<std::optional<double>> adjusted(p.size());
  double largest = 0;
  for (size_t k = 0; k < order.size(); ++k) {
    largest = std::max(largest, static_cast<double>(order.size() - k) * *p[order[k]]);
    adjusted[order[k]] = std::min(1.0, largest);
  }
  return adjusted;
}

double t_quantile_of_mean(size_t n) {
  if (n < 2) throw Error::internal("the interval of a mean needs two values");
  // R: qt(0.975, df)
  constexpr std::array<double, 30> kTable = {
      12.70620, 4.30265, 3.18245, 2.77645, 2.57058, 2.44691, 2.36462, 2.30600, 2.26216, 2.22814,
      2.20099,  2.17881, 2.16037, 2.14479, 2.13145, 2.11991, 2.10982, 2.10092, 2.09302, 2.08596,
      2.07961,  2.07387, 2.06866, 2.06390, 2.05954, 2.05553, 2.05183, 2.04841, 2.04523, 2.04227};
  constexpr double kNormal = 1.95996;
  const size_t df = n - 1;
  if (df <= kTable.size()) return kTable[df - 1];
  const double last = static_cast<double>(kTable.size());
  return kNormal + (kTable.back() - kNormal) * last / static_cast<double>(df);
}

}  // namespace zerocell
