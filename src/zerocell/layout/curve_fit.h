#pragma once

namespace zerocell {

/// The curve 1 / (1 + a d^(2 b)) by which UMAP turns a distance in the layout into a membership.
struct MembershipCurve {
  double a = 1, b = 1;
};

/// Least-squares fit of the curve to 1 below min_dist and exp(-(d - min_dist) / spread) above, at 300
/// points evenly spaced over [0, 3 spread] (umap-learn's find_ab_params).
/// Throws Error(usage) unless 0 <= min_dist < 3 spread, both finite and spread > 0.
MembershipCurve fit_membership_curve(double min_dist, double spread);

}  // namespace zerocell
