#pragma once
#include <cstdint>

#include "zerocell/core/matrix.h"
#include "zerocell/core/parallel.h"
#include "zerocell/core/progress.h"
#include "zerocell/layout/curve_fit.h"

namespace zerocell {

struct LayoutSgdOptions {
  MembershipCurve curve;
  int n_epochs = 500;
  int negative_sample_rate = 5;
  double learning_rate = 1.0, repulsion_strength = 1.0;
  uint64_t seed = 0;
};

/// UMAP's stochastic gradient descent of the fuzzy cross-entropy, in place on a layout (N, 2).
///
/// Forces, clipping, schedule and step size are umap-learn's: an edge of weight w is due every w_max / w
/// epochs; a due edge i -> j draws i to j and pushes i away from negative_sample_rate random vertices.
/// What differs is who moves when, so that it is parallel and yet repeatable:
/// - In an epoch a vertex moves by its own due edges, one after the other, and sees the others where the
///   epoch before left them; no vertex writes another's position. The pull that i would feel as the tail
///   of the mirrored edge j -> i, which is due at the same time, is added by pulling with double step.
/// - The due edges are walked from a random one on, in an order shuffled once. In index order every vertex
///   would end near its last neighbour, and whole clusters drift by the order of the cells.
/// - A hub with more than kChainLength due edges walks several chains from its old position side by side
///   and moves by their displacements, joined as if they followed each other (see join_chains).
/// Random draws are keyed by (seed, epoch, vertex). So the result is the same bits whatever the number of
/// threads or lanes.
///
/// graph: symmetric, positive finite weights, no diagonal.
void optimise_layout(const CsrMatrix& graph, const LayoutSgdOptions& options, DenseMatrix<float>& layout,
                     ThreadPool& pool, Progress& progress);

}  // namespace zerocell
