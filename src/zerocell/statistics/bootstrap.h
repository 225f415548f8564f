#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "zerocell/core/parallel.h"
#include "zerocell/statistics/cell_terms.h"

namespace zerocell {

struct BootstrapOptions {
  size_t n_resamples = 1000;
  double confidence = 0.95;
  uint64_t seed = 0;
  size_t min_groups = 5;  ///< fewer donors or batches than this say nothing about donors or batches
};

/// Percentile interval (Efron 1979), or why there is none.
struct Interval {
  std::optional<double> low, high;
  std::string reason;  ///< empty where low and high are there
  std::string method;  ///< "bootstrap over 8405 cells", "bootstrap over 12 donors"
};

/// Donors or batches: resampled as a whole, because cells of one donor are alike.
struct BootstrapGroups {
  std::span<const int32_t> codes;  ///< (N) group of each cell, -1 where missing: such cells take no part
  std::string unit = "groups";     ///< for the reason: "donors", "batches"
};

/// Interval of stratified_mean(terms) over resampled cells, drawn with replacement inside each stratum.
/// The terms are held fixed: what the distances would be without a cell is not computed anew.
/// Same bits for a seed whatever the number of threads. O(n_resamples * terms) time.
Interval bootstrap_cells(const CellTerms& terms, const BootstrapOptions& options, ThreadPool& pool);

/// Interval of stratified_mean(terms) over resampled groups (cluster bootstrap), from sums per stratum and
/// group. A stratum that no drawn group reaches is left out of that resample.
Interval bootstrap_groups(const CellTerms& terms, const BootstrapGroups& groups,
                          const BootstrapOptions& options, ThreadPool& pool);

/// What one embedding scores above another on the same cells.
struct PairedDifference {
  std::optional<double> difference;  ///< a - b over the cells that both have; empty: no such cell
  Interval interval;
};

/// Interval of the difference of two scores: every resample draws the same cells for both.
PairedDifference paired_bootstrap_cells(const CellTerms& a, const CellTerms& b,
                                        const BootstrapOptions& options, ThreadPool& pool);
/// The same over resampled groups.
PairedDifference paired_bootstrap_groups(const CellTerms& a, const CellTerms& b,
                                         const BootstrapGroups& groups, const BootstrapOptions& options,
                                         ThreadPool& pool);

/// The q-th quantile of values, 0 <= q <= 1, interpolated linearly as numpy.quantile does. Sorts values.
double quantile(std::vector<double>& values, double q);

}  // namespace zerocell
