#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "zerocell/cluster/louvain.h"
#include "zerocell/core/parallel.h"
#include "zerocell/core/progress.h"

namespace zerocell {

struct LouvainSweepOptions {
  std::vector<double> resolutions = default_resolutions();
  std::vector<uint64_t> seeds{0};
  int n_rounds = LouvainOptions{}.n_rounds;

  /// 0.1, 0.2 ... 2.0, as scib's opt_louvain.
  static std::vector<double> default_resolutions();
};

/// Which run of a sweep: positions in the options' resolutions and seeds.
struct LouvainRun {
  size_t resolution, seed;
};

/// Runs louvain() for every pair of resolution and seed, in parallel over the pairs, and hands each
/// result to `take` as soon as it is there, so that not all memberships need to be kept.
///
/// Every result is the same bits whatever the number of threads; `take` is called from many threads and
/// in any order, and must keep runs apart by `run`. Reports one unit of progress a run; throws
/// Error(interrupted) when cancelled.
void louvain_sweep(const CsrMatrix& graph, const LouvainSweepOptions& options, ThreadPool& pool,
                   Progress& progress,
                   const std::function<void(const LouvainRun& run, LouvainResults&& result)>& take);

}  // namespace zerocell
