#pragma once
#include <cstdint>

#include "zerocell/core/matrix.h"
#include "zerocell/core/parallel.h"
#include "zerocell/core/progress.h"

namespace zerocell {

/// Where UMAP's layout starts, (N, 2), as umap-learn does it: spectral embedding of the graph scaled to
/// max |x| = 10, noise of N(0, 1e-4), then each axis stretched to [0, 10].
///
/// Of several components each is embedded by itself and scaled to half the gap to the nearest other one:
/// up to four sit at the unit points of the axes; more, on a square grid, largest first (umap-learn uses
/// the centroids of the data there, which the graph does not hold). Components of at most three vertices
/// are placed at random.
DenseMatrix<float> spectral_init(const CsrMatrix& graph, uint64_t seed, ThreadPool& pool, Progress& progress);

}  // namespace zerocell
