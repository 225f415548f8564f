#pragma once
#include <cstdint>
#include <span>

#include "zerocell/core/matrix.h"
#include "zerocell/metrics/metric_value.h"
#include "zerocell/neighbors/knn_graph.h"

namespace zerocell {

/// Mean over labels of: cells in the largest connected component of the graph among the label's cells /
/// cells of the label. In (0, 1]. `graph` is symmetric, its weights do not matter; cells with a negative
/// label are left out. As scib.metrics.graph_connectivity on obsp['connectivities'].
MetricValue graph_connectivity(const CsrMatrix& graph, std::span<const int32_t> labels);

/// The same with strongly connected components of the directed graph of nearest neighbours, as
/// scib_metrics.graph_connectivity.
MetricValue graph_connectivity_directed(const KnnGraph& knn, std::span<const int32_t> labels);

}  // namespace zerocell
