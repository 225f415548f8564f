#pragma once
#include "zerocell/core/matrix.h"
#include "zerocell/core/parallel.h"
#include "zerocell/neighbors/knn_graph.h"

namespace zerocell {

/// The symmetric weighted neighbour graph that scanpy calls `connectivities`: fuzzy simplicial set of
/// UMAP (McInnes, Healy, Melville 2018), set_op_mix_ratio 1, local_connectivity 1.
///
/// Returns an N x N CSR matrix, values in (0, 1], no diagonal, weights that underflow left out.
/// Weights agree with umap-learn's to 1e-6.
CsrMatrix fuzzy_graph(const KnnGraph& knn, ThreadPool& pool);

}  // namespace zerocell
