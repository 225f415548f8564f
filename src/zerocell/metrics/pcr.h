#pragma once
#include <cstdint>
#include <span>

#include "zerocell/baselines/pca.h"

namespace zerocell {

/// Share of the variance of the principal components that a grouping of the cells explains, in [0, 1]:
/// sum_i variance_i R2_i / sum_i variance_i over the components kept, R2_i = sum_b n_b (mean_bi - mean_i)^2 /
/// sum_cells (score_i - mean_i)^2, the R2 of the regression of component i on the one-hot groups.
///
/// groups: (N) codes; all negative codes together are one more group, as in scib. The closed form of scib
/// 1.1.7 metrics.pc_regression with min(50, N, D) components. NaN where the components have no variance.
double pc_regression(const PcaResults& pca, std::span<const int32_t> groups);

}  // namespace zerocell
