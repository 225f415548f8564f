#pragma once
#include "zerocell/metrics/contingency.h"
#include "zerocell/metrics/metric_value.h"

namespace zerocell {

/// Adjusted Rand index (Hubert, Arabie 1985): (I - E) / ((A + B) / 2 - E), I = sum C(n_ij, 2), A and B the
/// same over labels and clusters, E = A B / C(n, 2). At most 1, about 0 by chance.
/// Undefined without two cells and where both groupings are trivial (one group, or one cell a group).
/// As scib.metrics.ari and, where defined, sklearn.metrics.adjusted_rand_score.
MetricValue ari(const Contingency& table);

}  // namespace zerocell
