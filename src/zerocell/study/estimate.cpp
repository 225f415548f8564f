#include <algorithm>

#include "zerocell/study/inspect.h"

namespace zerocell {
namespace {

// Measured per thread on a 2.6 GHz server core (docs/performance.md): rounded up, as a promise should be.
constexpr double kMultiplyAddsPerSecond = 2.0e10;  // pairwise pass, dense
constexpr double kSparseAddsPerSecond = 1.0e10;    // the same where sparse rows meet dense tiles
constexpr double kPairsPerSecond = 4e8;            // what every pair costs beside its products
constexpr double kGraphSecondsPerCell = 4e-4;      // graph, 20 Louvain runs, UMAP
constexpr double kFixedSeconds = 0.3;

}  // namespace

CostEstimate estimate_evaluate(size_t n_cells, size_t dims, double density, int threads) {
  const auto n = static_cast<double>(n_cells), d = static_cast<double>(dims);
  const double pairs = n * n / 2;
  const double products =
      density < 0.35 ? pairs * d * density / kSparseAddsPerSecond : pairs * d / kMultiplyAddsPerSecond;
  CostEstimate estimate;
  estimate.seconds =
      kFixedSeconds + (products + pairs / kPairsPerSecond + n * kGraphSecondsPerCell) / std::max(threads, 1);
  const double matrix = density < 0.5 ? n * d * density * 8 : n * d * 4;
  estimate.bytes = static_cast<uint64_t>(6e7 + 2.5 * matrix + n * 2500);
  return estimate;
}

}  // namespace zerocell
