#include "zerocell/neighbors/pairwise_neighbors.h"

#include <algorithm>
#include <cmath>

namespace zerocell::pairs {

namespace {

struct Neighbor {
  double squared;
  uint32_t cell;
  auto operator<=>(const Neighbor&) const = default;
};

// Least true squared distance of a cell whose computed one is at least `computed`.
double least_true(const TileSource& source, size_t position, double computed) {
  return std::visit(
      [&](const auto& s) {
        const double error = s.error_bound();
        if (!s.uses_norms()) return computed * (1 - error);
        // |y|^2 <= 2 |x|^2 + 2 d^2 turns the bound relative to |x|^2 + |y|^2 into one of |x|^2 and d^2.
        return (computed - 3 * error * s.norms()[position]) / (1 + 3 * error);
      },
      source);
}

}  // namespace

size_t candidates_to_keep(size_t n_neighbors, size_t n_cells) {
  if (n_neighbors < 2 || n_cells < 2) return 0;
  return std::min(n_cells - 1, n_neighbors - 1 + std::max<size_t>(8, n_neighbors / 2));
}

KnnGraph exact_neighbors(const PassInput& input, size_t n_neighbors, Candidates& candidates, ThreadPool& pool,
                         Progress& progress) {
  const size_t n = input.layout.n_cells(), n_others = n_neighbors - 1;
  KnnGraph graph{n, n_neighbors, {}, {}};
  graph.indices.resize(n * n_neighbors);
  graph.distances.resize(n * n_neighbors);
  pool.parallel_ranges(n, 64, [&](size_t begin, size_t end, int) {
    progress.check();
    ExactDistances exact(input.x, input.facts);
    std::vector<Neighbor> found;
    for (size_t position = begin; position < end; ++position) {
      const uint32_t cell = input.layout.order[position];
      exact.set_row(cell);
      found.clear();
      float worst = 0.0f;
      const auto keys = n_others ? candidates.finish(position) : std::span<const uint64_t>{};
      for (const uint64_t key : keys) {
        found.push_back({exact.squared(candidate_cell(key)), candidate_cell(key)});
        worst = std::max(worst, candidate_squared(key));
      }
      std::ranges::sort(found);
      // At a worst of 0 all candidates are equal to the cell, and those left out have larger indices.
      const bool sure = found.size() + 1 == n || worst == 0.0f || n_others == 0 ||
                        found[n_others - 1].squared < least_true(input.source, position, worst);
      if (!sure) {
        progress.check();
        found.clear();
        for (uint32_t other = 0; other < n; ++other) {
          if (other != cell) found.push_back({exact.squared(other), other});
        }
        std::ranges::partial_sort(found, found.begin() + static_cast<std::ptrdiff_t>(n_others));
      }
      uint32_t* indices = graph.indices.data() + cell * n_neighbors;
      float* distances = graph.distances.data() + cell * n_neighbors;
      indices[0] = cell;
      distances[0] = 0.0f;
      for (size_t k = 0; k < n_others; ++k) {
        indices[k + 1] = found[k].cell;
        distances[k + 1] = static_cast<float>(std::sqrt(found[k].squared));
      }
    }
  });
  return graph;
}

}  // namespace zerocell::pairs
