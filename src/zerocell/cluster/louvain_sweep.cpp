#include "zerocell/cluster/louvain_sweep.h"

#include <algorithm>
#include <optional>

namespace zerocell {

std::vector<double> LouvainSweepOptions::default_resolutions() {
  constexpr int kSteps = 20;
  std::vector<double> resolutions;
  for (int step = 1; step <= kSteps; ++step) resolutions.push_back(2.0 * step / kSteps);
  return resolutions;
}

void louvain_sweep(const CsrMatrix& graph, const LouvainSweepOptions& options, ThreadPool& pool,
                   Progress& progress,
                   const std::function<void(const LouvainRun& run, LouvainResults&& result)>& take) {
  const size_t n_resolutions = options.resolutions.size(), n_seeds = options.seeds.size();
  progress.stage("Louvain", n_resolutions * n_seeds);
  if (n_resolutions == 0) return;
  // The graph in order of visits is shared by the runs of a seed; only so many seeds at a time as keep
  // every thread busy, because each has its own.
  const size_t n_threads = static_cast<size_t>(pool.size());
  const size_t at_once = (2 * n_threads + n_resolutions - 1) / n_resolutions;
  for (size_t first = 0; first < n_seeds; first += at_once) {
    const size_t n = std::min(at_once, n_seeds - first);
    std::vector<std::optional<LouvainStart>> starts(n);
    pool.parallel_for(n, [&](size_t i, int) { starts[i].emplace(graph, options.seeds[first + i]); });
    pool.parallel_for(n * n_resolutions, [&](size_t task, int) {
      progress.check();
      // High resolutions take longest: first, so that none is left alone at the end.
      const LouvainRun run{n_resolutions - 1 - task / n, first + task % n};
      take(run, starts[task % n]->run(options.resolutions[run.resolution], options.n_rounds));
      progress.advance(1);
    });
  }
}

}  // namespace zerocell
