#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace zerocell {

/// Fewest differences with which the two-sided sign-flip test can reach p <= 0.05 at all: 2 / 2^6 = 0.031.
inline constexpr size_t kSignFlipFewest = 6;

/// Two-sided p-value of the sign-flip (randomisation) test of mean 0 (Fisher 1935): the share of all 2^n ways
/// to give the differences signs whose sum is at least as far from 0 as the observed one.
///
/// Exact up to 16 differences; above, (1 + hits) / (1 + 65,536) over signs drawn from `seed`. Nothing below
/// kSignFlipFewest differences, where the smallest possible p is above 0.05 and a value would only look like
/// evidence, and nothing where a difference is not finite. Zeros take part: they shrink the mean.
std::optional<double> sign_flip_p(std::span<const double> differences, uint64_t seed = 0);

/// p-values adjusted for many comparisons by Holm's step-down method (Holm 1979), in the order given; what is
/// empty stays empty and is not counted.
std::vector<std::optional<double>> holm_adjusted(std::span<const std::optional<double>> p);

/// The 97.5 % quantile of Student's t with n - 1 degrees of freedom, n >= 2: half the width of a 95 %
/// interval of a mean of n values, in standard errors. Interpolated in 1 / df between tabulated values (error
/// below 0.001). Throws Error(internal) below 2.
double t_quantile_of_mean(size_t n);

}  // namespace zerocell
