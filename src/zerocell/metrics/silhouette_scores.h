#pragma once
#include <cstdint>
#include <span>

#include "zerocell/metrics/metric_value.h"
#include "zerocell/statistics/bootstrap.h"
#include "zerocell/statistics/cell_terms.h"

namespace zerocell {

/// A silhouette score with the terms of its cells, which its interval and its comparison rest on.
struct SilhouetteScore {
  MetricValue score;  ///< without interval: see with_interval()
  CellTerms terms;
};

// Silhouettes and codes are (N); cells with a negative code or a silhouette that is not a number are left
// out.

/// (mean silhouette over labels + 1) / 2, in [0, 1]: scib.metrics.silhouette.
/// Undefined, as in scikit-learn, unless 2 <= labels < cells.
SilhouetteScore asw_label(std::span<const float> silhouette, std::span<const int32_t> labels);

/// (mean silhouette over batches of all cells + 1) / 2, in [0, 1]; lower is better mixed.
SilhouetteScore asw_batch_global(std::span<const float> silhouette, std::span<const int32_t> batches);

/// Mean over labels of the mean over cells of 1 - |silhouette over batches inside the label|, in [0, 1]:
/// scib.metrics.silhouette_batch. Labels of one batch, and those with a batch for every cell, are left out.
SilhouetteScore asw_batch(std::span<const float> silhouette_within_label, std::span<const int32_t> labels,
                          std::span<const int32_t> batches);

/// The score with a 95 % interval over donors or batches where `groups` is given and has enough of them,
/// else over cells; interval_method says which and, for cells in place of groups, why.
MetricValue with_interval(const SilhouetteScore& score, const BootstrapGroups* groups,
                          const BootstrapOptions& options, ThreadPool& pool);

}  // namespace zerocell
