#pragma once
#include "zerocell/neighbors/pairwise_pass.h"

namespace zerocell::pairs {

/// Neighbours that the lists must hold beyond K so that float32 errors cannot hide one of the K.
size_t candidates_to_keep(size_t n_neighbors, size_t n_cells);

/// The exact K nearest neighbours from the candidates of a pass, distances in float64.
///
/// A cell left out of the candidates is at least as far as the worst of them, less the error of its float32
/// distance. Where the K-th exact distance does not stay below that, all pairs of the cell are done again.
KnnGraph exact_neighbors(const PassInput& input, size_t n_neighbors, Candidates& candidates, ThreadPool& pool,
                         Progress& progress);

}  // namespace zerocell::pairs
