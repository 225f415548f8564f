#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zerocell/core/matrix.h"
#include "zerocell/core/parallel.h"
#include "zerocell/core/progress.h"

namespace zerocell {

/// Which program's algorithm is meant; harmony.cpp lists all that differs.
enum class HarmonyVariant {
  harmony2,  ///< harmonypy 2.1.0, as R harmony 2: the ridge penalty follows the cluster's expected batches
  classic,   ///< harmonypy 0.0.10, the algorithm of the article
};

/// Throws Error(usage) for a name other than harmony2 and classic.
HarmonyVariant parse_harmony_variant(std::string_view name);
const char* to_string(HarmonyVariant variant);

/// Names and defaults as harmonypy has them. Absent: the variant's own value, harmony2 first.
struct HarmonyOptions {
  HarmonyVariant variant = HarmonyVariant::harmony2;
  std::optional<double> theta;  ///< weight of batch diversity: 2, 1
  double sigma = 0.1;           ///< width of the soft clusters, 0.05 to 10
  double lambda = 1;            ///< ridge penalty of a batch; classic alone
  double alpha = 0.2;           ///< ridge penalty in units of the expected cells of a batch; harmony2 alone
  double batch_prop_cutoff = 1e-5;   ///< a batch whose cells lie in a cluster by less is not corrected there
  double block_size = 0.05;          ///< share of the cells that are assigned at once
  std::optional<size_t> n_clusters;  ///< min(round(N / 30), 100), at least 1; more than N: N
  size_t max_iter_harmony = 10;
  std::optional<size_t> max_iter_kmeans;  ///< clustering rounds of an iteration: 4, 20
  std::optional<double> epsilon_cluster;  ///< 1e-3, 1e-5
  std::optional<double> epsilon_harmony;  ///< 1e-2, 1e-4
  uint64_t seed = 0;
  /// (N) what the draws of a cell are keyed by, so that they follow the cell wherever it stands; empty: its
  /// row.
  std::span<const uint64_t> cell_keys;

  /// For comparison with another program, in place of draws.
  DenseMatrix<double> initial_centroids;            ///< (K, D), of any length; empty: k-means
  std::vector<std::vector<uint32_t>> block_orders;  ///< of each round the N cells in order; empty: drawn
};

struct HarmonyResults {
  DenseMatrix<float> corrected;           ///< (N, D)
  size_t n_clusters = 0;                  ///< K
  std::vector<double> objective_harmony;  ///< at the start and after each iteration
  std::vector<double> objective_kmeans;   ///< at the start and after each clustering round
  std::vector<size_t> kmeans_rounds;      ///< of each iteration
  bool converged = false;
  std::string message;  ///< how it ended, for people
};

/// Harmony (Korsunsky et al. 2019, doi:10.1038/s41592-019-0619-0; harmony 2: Patikas et al. 2025): soft
/// clusters of cells, drawn towards the same mixture of batches in each, and a linear correction of each
/// batch in each cluster.
///
/// z: (N, D) coordinates, principal components as a rule. batches: (N) codes 0 .. n_batches - 1; unused codes
/// do no harm. One batch: z itself. The same bits whatever the number of threads; with cell_keys the order of
/// cells matters by rounding alone. Sums are in double; harmony2 keeps distances and assignments in float, as
/// its model does, classic in double.
/// Throws Error(data) for values that are not finite, Error(usage) for options out of range,
/// Error(interrupted).
HarmonyResults harmony(const DenseMatrix<float>& z, std::span<const int32_t> batches, size_t n_batches,
                       const HarmonyOptions& options, ThreadPool& pool, Progress& progress);

}  // namespace zerocell
