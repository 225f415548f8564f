#pragma once
#include <cstdint>
#include <span>

#include "zerocell/core/matrix.h"
#include "zerocell/core/parallel.h"
#include "zerocell/metrics/metric_value.h"

namespace zerocell {

/// Batch-removal adapted silhouette (Rautenstrauch, Ohler 2025), as scib_metrics.bras: asw_batch with cosine
/// distances, and with all cells of other batches in the label in place of the nearest batch.
///
/// x: (N, D); labels, batches: (N) codes, cells with a negative one are left out. In [0, 1]. A mean of cosine
/// distances to a group is 1 - u . mean(group) for unit vectors u, so no pairs are formed: O(N D).
/// Undefined where no label has two batches, and where a cell is all zero, because then it has no angle.
MetricValue bras(const EmbeddingMatrix& x, std::span<const int32_t> labels, std::span<const int32_t> batches,
                 ThreadPool& pool);

}  // namespace zerocell
