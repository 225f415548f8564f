#include "zerocell/layout/curve_fit.h"

#include <array>
#include <cmath>
#include <string>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

constexpr int kPoints = 300;

struct Samples {
  std::array<double, kPoints> x, y;
};

Samples target_curve(double min_dist, double spread) {
  Samples samples;
  for (int i = 0; i < kPoints; ++i) {
    const double x = 3 * spread * i / (kPoints - 1);
    samples.x[i] = x;
    samples.y[i] = x < min_dist ? 1.0 : std::exp(-(x - min_dist) / spread);
  }
  return samples;
}

/// Sum of squared residuals; with normal != nullptr also J'J (aa, ab, bb) and J'r (a, b).
double residuals(const Samples& samples, MembershipCurve curve, std::array<double, 5>* normal) {
  double sum = 0;
  if (normal) normal->fill(0);
  for (int i = 0; i < kPoints; ++i) {
    const double x = samples.x[i];
    const double power = x > 0 ? std::pow(x, 2 * curve.b) : 0.0;
    const double f = 1 / (1 + curve.a * power);
    const double r = samples.y[i] - f;
    sum += r * r;
    if (!normal) continue;
    const double da = -f * f * power;
    const double db = x > 0 ? -f * f * curve.a * power * 2 * std::log(x) : 0.0;
    auto& [aa, ab, bb, ra, rb] = *normal;
    aa += da * da, ab += da * db, bb += db * db, ra += da * r, rb += db * r;
  }
  return sum;
}

}  // namespace

MembershipCurve fit_membership_curve(double min_dist, double spread) {
  if (!(std::isfinite(spread) && spread > 0 && min_dist >= 0 && min_dist < 3 * spread))
    throw Error::usage({"UMAP's min_dist and spread", "0 <= min_dist < 3 spread, spread > 0",
                        "min_dist " + std::to_string(min_dist) + ", spread " + std::to_string(spread), ""});
  // Levenberg-Marquardt from (1, 1), where scipy's curve_fit starts too.
  const Samples samples = target_curve(min_dist, spread);
  MembershipCurve curve;
  std::array<double, 5> normal;
  double sum = residuals(samples, curve, &normal), damping = 1e-3;
  for (int iteration = 0; iteration < 200; ++iteration) {
    const auto [aa, ab, bb, ra, rb] = normal;
    const double daa = aa * (1 + damping), dbb = bb * (1 + damping);
    const double determinant = daa * dbb - ab * ab;
    if (!(determinant > 0)) break;
    const double step_a = (ra * dbb - rb * ab) / determinant, step_b = (rb * daa - ra * ab) / determinant;
    const MembershipCurve trial{curve.a + step_a, curve.b + step_b};
    const double trial_sum = trial.a > 0 && trial.b > 0 ? residuals(samples, trial, nullptr) : INFINITY;
    if (trial_sum <= sum) {
      curve = trial;
      sum = residuals(samples, curve, &normal);
      damping = damping / 10;
      if (std::abs(step_a) < 1e-12 * curve.a && std::abs(step_b) < 1e-12 * curve.b) break;
    } else {
      damping *= 10;
      if (damping > 1e12) break;
    }
  }
  return curve;
}

}  // namespace zerocell
