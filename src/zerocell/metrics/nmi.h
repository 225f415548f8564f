#pragma once
#include "zerocell/metrics/contingency.h"
#include "zerocell/metrics/metric_value.h"

namespace zerocell {

/// Normalised mutual information of labels and clusters: MI / ((H_labels + H_clusters) / 2), natural
/// logarithms, in [0, 1]. 1 where both have one group; undefined without cells.
/// As sklearn.metrics.normalized_mutual_info_score, which scib calls.
MetricValue nmi(const Contingency& table);

}  // namespace zerocell
