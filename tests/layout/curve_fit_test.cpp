#include "zerocell/layout/curve_fit.h"

#include <gtest/gtest.h>

#include <cmath>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

// umap-learn 0.5.9.post2, find_ab_params(spread=1, min_dist), printed with six decimals.
TEST(CurveFit, EqualsUmapLearn) {
  const struct {
    double min_dist, a, b;
  } cases[] = {{0.3, 0.992176, 1.112253}, {0.5, 0.583030, 1.334167}, {0.1, 1.576943, 0.895061}};
  for (const auto& expected : cases) {
    const MembershipCurve curve = fit_membership_curve(expected.min_dist, 1.0);
    EXPECT_NEAR(curve.a, expected.a, 1e-5) << expected.min_dist;  // both fits stop at about 1e-8
    EXPECT_NEAR(curve.b, expected.b, 1e-5) << expected.min_dist;
  }
}

// d -> d / s maps the problem (min_dist, spread) to (min_dist / s, spread / s): b stays, a scales by s^-2b.
TEST(CurveFit, ScalesWithSpread) {
  const MembershipCurve one = fit_membership_curve(0.3, 1.0), three = fit_membership_curve(0.9, 3.0);
  EXPECT_NEAR(three.b, one.b, 1e-6);
  EXPECT_NEAR(three.a, one.a * std::pow(3.0, -2 * one.b), 1e-6);
}

TEST(CurveFit, ZeroMinDist) {
  const MembershipCurve curve = fit_membership_curve(0, 1);
  EXPECT_NEAR(curve.a, 1.9328, 1e-3);  // find_ab_params(1, 0) = (1.9328..., 0.7904...), printed shorter
  EXPECT_NEAR(curve.b, 0.7905, 1e-3);
}

TEST(CurveFit, RefusesNonsense) {
  EXPECT_THROW(fit_membership_curve(-0.1, 1), Error);
  EXPECT_THROW(fit_membership_curve(0.1, 0), Error);
  EXPECT_THROW(fit_membership_curve(3, 1), Error);
  EXPECT_THROW(fit_membership_curve(NAN, 1), Error);
  EXPECT_THROW(fit_membership_curve(0.1, INFINITY), Error);
}

}  // namespace
}  // namespace zerocell
