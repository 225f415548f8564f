#include "zerocell/integration/harmony.h"

#include <cblas.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "zerocell/core/blas.h"
#include "zerocell/core/error.h"
#include "zerocell/core/random.h"
#include "zerocell/integration/harmony_clusters.h"
#include "zerocell/integration/harmony_input.h"
#include "zerocell/integration/harmony_ridge.h"
#include "zerocell/integration/harmony_start.h"

// What the two variants have in common and where they differ (classic: harmonypy 0.0.10, harmony.py;
// harmony2: harmonypy 2.1.0, src/harmony.cpp):
//   rows          classic divides a cell by its largest coordinate before it scales it to length 1 the first
//                 time, which turns round cells whose coordinates are all negative
//   start         classic the best of 10 k-means++ of 25 iterations, harmony2 one of 10 iterations
//   an iteration  classic up to 20 rounds, each with new centroids; harmony2 assigns all cells by the
//                 centroids that the last correction left, then 4 rounds with those
//   penalty       DiversityPenalty
//   correction    HarmonyRidge
//   objective     harmony2 times 2000 / N
//   converged     classic when it falls by less than 1e-4 of itself, or rises; harmony2 when it falls by less
//                 than 1e-2
// Common: the rounds of an iteration end early when the sum of the last three objectives changes by less than
// epsilon_cluster of itself, from the fifth round on.

namespace zerocell {
namespace {

constexpr size_t kWindow = 3;

template <class T>
class Harmony {
 public:
  Harmony(const HarmonyCells& cells, const HarmonyOptions& options, size_t n_clusters, ThreadPool& pool,
          Progress& progress)
      : cells_(cells),
        options_(options),
        classic_(options.variant == HarmonyVariant::classic),
        max_rounds_(options.max_iter_kmeans.value_or(classic_ ? 20 : 4)),
        pool_(pool),
        progress_(progress),
        unit_(cells.n_cells(), cells.n_dims()),
        corrected_(cells.z),
        clusters_(cells, n_clusters, options.sigma,
                  DiversityPenalty{options.theta.value_or(classic_ ? 1.0 : 2.0), classic_}, pool) {
    pool.parallel_ranges(cells.n_cells(), kHarmonyTaskRows, [&](size_t first, size_t last, int) {
      for (size_t i = first; i < last; ++i) scale_row(i);
    });
  }

  HarmonyResults run() {
    find_start();
    results_.n_clusters = clusters_.n_clusters();
    clusters_.measure(unit_, centroids_);
    clusters_.assign_all();
    record();
    results_.objective_harmony.push_back(results_.objective_kmeans.back());
    progress_.stage("harmony", options_.max_iter_harmony);
    const HarmonyRidge ridge{classic_, options_.lambda, options_.alpha, options_.batch_prop_cutoff};
    for (size_t iteration = 0; iteration < options_.max_iter_harmony && !results_.converged; ++iteration) {
      cluster(iteration);
      correct_batches(cells_, clusters_, ridge, corrected_, unit_, centroids_, pool_);
      results_.converged = has_converged();
      progress_.advance(1);
    }
    const size_t n = results_.kmeans_rounds.size();
    results_.message =
        fmt::format("{} after {} iteration{}",
                    results_.converged ? "converged" : "stopped before convergence", n, n == 1 ? "" : "s");
    results_.corrected = DenseMatrix<float>(cells_.n_cells(), cells_.n_dims());
    for (size_t i = 0; i < cells_.n_cells(); ++i)
      std::ranges::copy(corrected_.row(i), results_.corrected.row(cells_.origin[i]).begin());
    return std::move(results_);
  }

 private:
  void scale_row(size_t i) {
    const auto z = cells_.z.row(i);
    const auto row = unit_.row(i);
    // A largest coordinate of 0 would be a division by 0 there: such cells stay as they are.
    const T largest = classic_ && !z.empty() ? static_cast<T>(*std::ranges::max_element(z)) : T(1);
    for (size_t j = 0; j < z.size(); ++j) row[j] = largest != 0 ? static_cast<T>(z[j]) / largest : z[j];
    to_unit_length(row.data(), row.size());
  }

  void find_start() {
    if (options_.initial_centroids.n_rows() > 0) {
      centroids_ = options_.initial_centroids;
    } else {
      progress_.stage("harmony: first clusters", 0);
      HarmonyStartOptions start{clusters_.n_clusters(), classic_,     10, classic_ ? 25u : 10u,
                                classic_ ? 1e-4 : 0.0,  options_.seed};
      if constexpr (std::is_same_v<T, float>) {
        centroids_ = harmony_start(cells_, unit_, start, pool_, progress_);
      } else {
        DenseMatrix<float> rows(unit_.n_rows(), unit_.n_cols());
        std::transform(unit_.data(), unit_.data() + unit_.n_rows() * unit_.n_cols(), rows.data(),
                       [](T x) { return static_cast<float>(x); });
        centroids_ = harmony_start(cells_, rows, start, pool_, progress_);
      }
    }
    for (size_t k = 0; k < centroids_.n_rows(); ++k)
      to_unit_length(centroids_.row(k).data(), cells_.n_dims());
  }

  void record() {
    const double scale = classic_ ? 1 : 2000 / static_cast<double>(cells_.n_cells());
    results_.objective_kmeans.push_back(scale * clusters_.objective());
  }

  void cluster(size_t iteration) {
    if (!classic_ && iteration > 0) {
      clusters_.measure(unit_, centroids_);
      clusters_.assign_all();
    }
    size_t rounds = 0;
    while (rounds < max_rounds_) {
      progress_.check();
      if (classic_) {
        centroids_ = clusters_.weighted_sums(unit_);
        for (size_t k = 0; k < centroids_.n_rows(); ++k)
          to_unit_length(centroids_.row(k).data(), cells_.n_dims());
        clusters_.measure(unit_, centroids_);
      }
      const auto blocks = blocks_of_round();
      clusters_.round(blocks.of_row, blocks.n);
      record();
      if (++rounds > kWindow + 1 && window_rests()) break;
    }
    results_.kmeans_rounds.push_back(rounds);
    results_.objective_harmony.push_back(results_.objective_kmeans.back());
  }

  struct Blocks {
    std::vector<uint32_t> of_row;
    size_t n;
  };

  /// The blocks of the next round. Drawn cell by cell, so that a cell's block does not depend on the others:
  /// blocks are equally long up to chance, those of harmonypy up to one cell.
  Blocks blocks_of_round() {
    const size_t n = cells_.n_cells();
    Blocks blocks{std::vector<uint32_t>(n), static_cast<size_t>(std::ceil(1 / options_.block_size))};
    const size_t round = n_rounds_++;
    if (round < options_.block_orders.size()) {
      std::vector<uint32_t> row_of(n);
      for (uint32_t i = 0; i < n; ++i) row_of[cells_.origin[i]] = i;
      const auto& order = options_.block_orders[round];
      if (order.size() != n) throw Error::internal("harmony: a block order of all cells");
      for (size_t p = 0; p < n; ++p) blocks.of_row[row_of.at(order[p])] = given_block(p, blocks.n);
      return blocks;
    }
    const uint64_t draw = mix64(options_.seed, 0x626c6f636b73 + round);
    for (size_t i = 0; i < n; ++i) {
      const double u = to_unit(mix64(draw ^ cells_.keys[i]));
      blocks.of_row[i] = static_cast<uint32_t>(u * static_cast<double>(blocks.n));
    }
    return blocks;
  }

  /// Block of a place in a given order, as the variant's program cuts it.
  uint32_t given_block(size_t place, size_t n_blocks) const {
    const size_t n = cells_.n_cells();
    size_t block;
    if (classic_) {  // numpy.array_split: the first n % n_blocks have one cell more
      const size_t length = n / n_blocks, longer = n % n_blocks;
      block = place < longer * (length + 1)
                  ? place / (length + 1)
                  : longer + (place - longer * (length + 1)) / std::max<size_t>(1, length);
    } else {
      const auto length =
          static_cast<size_t>(static_cast<float>(n) * static_cast<float>(options_.block_size));
      block = std::min(place / std::max<size_t>(1, length), n_blocks - 1);
    }
    return static_cast<uint32_t>(block);
  }

  bool window_rests() const {
    const auto& o = results_.objective_kmeans;
    double before = 0, now = 0;
    for (size_t i = 0; i < kWindow; ++i) {
      before += o[o.size() - 2 - i];
      now += o[o.size() - 1 - i];
    }
    return std::abs(before - now) / std::abs(before) <
           options_.epsilon_cluster.value_or(classic_ ? 1e-5 : 1e-3);
  }

  bool has_converged() const {
    const auto& o = results_.objective_harmony;
    const double before = o[o.size() - 2], now = o.back();
    const double epsilon = options_.epsilon_harmony.value_or(classic_ ? 1e-4 : 1e-2);
    if (before == 0) return now == 0;
    const double fall = (before - now) / std::abs(before);
    return fall < epsilon && (classic_ || fall >= 0);
  }

  const HarmonyCells& cells_;
  const HarmonyOptions& options_;
  bool classic_;
  size_t max_rounds_;
  ThreadPool& pool_;
  Progress& progress_;
  DenseMatrix<T> unit_;
  DenseMatrix<float> corrected_;
  DenseMatrix<double> centroids_;
  HarmonyClusters<T> clusters_;
  HarmonyResults results_;
  size_t n_rounds_ = 0;
};

}  // namespace

HarmonyVariant parse_harmony_variant(std::string_view name) {
  if (name == "harmony2") return HarmonyVariant::harmony2;
  if (name == "classic") return HarmonyVariant::classic;
  throw Error::usage({"harmony, option 'variant'", "harmony2 or classic", fmt::format("'{}'", name), ""});
}

const char* to_string(HarmonyVariant variant) {
  return variant == HarmonyVariant::classic ? "classic" : "harmony2";
}

HarmonyResults harmony(const DenseMatrix<float>& z, std::span<const int32_t> batches, size_t n_batches,
                       const HarmonyOptions& options, ThreadPool& pool, Progress& progress) {
  check_harmony_options(options);
  check_harmony_input(z, batches, n_batches, options);
  begin_blas(pool.size());
  const auto cells = sorted_cells(z, batches, options);
  if (z.n_rows() == 0 || z.n_cols() == 0 || cells.n_batches() == 1) {
    HarmonyResults results;
    results.corrected = z;
    results.converged = true;
    results.message = "one batch: nothing to correct";
    return results;
  }
  const size_t n = z.n_rows();
  // nearbyint: halves to even, as both programs round.
  const auto usual = static_cast<size_t>(std::clamp(std::nearbyint(static_cast<double>(n) / 30), 1.0, 100.0));
  size_t n_clusters = std::min(options.n_clusters.value_or(usual), n);
  if (const auto& given = options.initial_centroids; given.n_rows() > 0) {
    n_clusters = given.n_rows();
    if (given.n_cols() != z.n_cols())
      throw Error::internal("harmony: centroids of as many dimensions as cells");
  }
  if (options.variant == HarmonyVariant::classic)
    return Harmony<double>(cells, options, n_clusters, pool, progress).run();
  return Harmony<float>(cells, options, n_clusters, pool, progress).run();
}

}  // namespace zerocell
