#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "zerocell/core/parallel.h"
#include "zerocell/statistics/bootstrap.h"

namespace zerocell {

/// K scores that are ratios of sums over the same N cells: score k = sum_i sums[i, k] / sum_i weights[i].
struct RatioTerms {
  size_t n_scores = 0;                ///< K
  std::span<const double> sums;       ///< (N, K); one that is not finite leaves its score without interval
  std::span<const uint32_t> weights;  ///< (N); cells of weight 0 take no part
};

/// (K) the scores, summed in the order of the cells; NaN where no cell takes part.
std::vector<double> ratios(const RatioTerms& terms);

/// (K) percentile intervals of the ratios over resampled cells, numerator and denominator drawn together
/// (Efron 1979). Every resample draws the same cells for all scores, so that the interval of a difference of
/// two sums is paired. Same bits for a seed whatever the number of threads.
/// O(n_resamples * N * K) time, O(N) memory a thread. Throws Error(internal) where lengths disagree.
std::vector<Interval> bootstrap_ratios_cells(const RatioTerms& terms, const BootstrapOptions& options,
                                             ThreadPool& pool);

/// The same over resampled groups (cluster bootstrap); cells without a group take no part.
std::vector<Interval> bootstrap_ratios_groups(const RatioTerms& terms, const BootstrapGroups& groups,
                                              const BootstrapOptions& options, ThreadPool& pool);

}  // namespace zerocell
