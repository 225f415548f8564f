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
        // Near pairs were subtracted in float64 and rounded once. The margin covers the rounding of norms.
        const double norm = s.norms()[position];
        if (computed < 0.999 * kNear * norm) return computed * (1 - 0x1p-23);
        // The error is relative to |x|^2 + |y|^2, which is below computed / kNear, and below
        // 3 |x|^2 + 2 d^2: the smaller error counts.
        return std::max(computed * (1 - error / kNear), (computed - 3 * error * norm) / (1 + 2 * error));
      },
      source);
}

// Everything for one cell after the other; one thread.
class Refiner {
 public:
  Refiner(const PassInput& input, size_t n_others)
      : input_(&input), n_others_(n_others), exact_(input.x, input.facts) {}

  /// The nearest others of the cell at a position, nearest first.
  std::span<const Neighbor> refine(size_t position, std::span<const uint64_t> candidates) {
    exact_.set_row(input_->layout.order[position]);
    found_.clear();
    if (!from_candidates(position, candidates)) from_all(input_->layout.order[position]);
    return std::span(found_).first(n_others_);
  }

 private:
  // Candidates ascend. False where float32 errors could hide a nearer cell that is not among them.
  bool from_candidates(size_t position, std::span<const uint64_t> candidates) {
    double furthest = 0;
    bool sure = candidates.size() + 1 == input_->layout.n_cells();
    for (const uint64_t key : candidates) {
      if (found_.size() >= n_others_ && cannot_enter(position, key, furthest)) {
        sure = true;
        break;
      }
      found_.push_back({exact_.squared(candidate_cell(key)), candidate_cell(key)});
      if (found_.size() <= n_others_) furthest = std::max(furthest, found_.back().squared);
    }
    std::ranges::sort(found_);
    return sure;
  }

  // Neither this candidate nor any after it is nearer than `furthest`. At 0 all found are equal to the cell,
  // and equal ones with larger indices come later.
  bool cannot_enter(size_t position, uint64_t key, double furthest) const {
    return furthest == 0 || least_true(input_->source, position, candidate_squared(key)) > furthest;
  }

  void from_all(uint32_t cell) {
    found_.clear();
    for (uint32_t other = 0; other < input_->layout.n_cells(); ++other) {
      if (other != cell) found_.push_back({exact_.squared(other), other});
    }
    std::ranges::partial_sort(found_, found_.begin() + static_cast<std::ptrdiff_t>(n_others_));
  }

  const PassInput* input_;
  size_t n_others_;
  ExactDistances exact_;
  std::vector<Neighbor> found_;
};

}  // namespace

size_t candidates_to_keep(size_t n_neighbors, size_t n_cells) {
  if (n_neighbors < 2 || n_cells < 2) return 0;
  return std::min(n_cells - 1, n_neighbors - 1 + std::max<size_t>(4, n_neighbors / 8));
}

KnnGraph exact_neighbors(const PassInput& input, size_t n_neighbors, Candidates& candidates, ThreadPool& pool,
                         Progress& progress) {
  const size_t n = input.layout.n_cells();
  KnnGraph graph{n, n_neighbors, {}, {}};
  graph.indices.resize(n * n_neighbors);
  graph.distances.resize(n * n_neighbors);
  std::vector<Refiner> refiners(pool.size(), Refiner(input, n_neighbors - 1));
  pool.parallel_ranges(n, 64, [&](size_t begin, size_t end, int worker) {
    for (size_t position = begin; position < end; ++position) {
      progress.check();
      const uint32_t cell = input.layout.order[position];
      uint32_t* indices = graph.indices.data() + cell * n_neighbors;
      float* distances = graph.distances.data() + cell * n_neighbors;
      *indices++ = cell;
      *distances++ = 0.0f;
      if (n_neighbors == 1) continue;
      for (const Neighbor& neighbor : refiners[worker].refine(position, candidates.finish(position))) {
        *indices++ = neighbor.cell;
        *distances++ = static_cast<float>(std::sqrt(neighbor.squared));
      }
    }
  });
  return graph;
}

}  // namespace zerocell::pairs
