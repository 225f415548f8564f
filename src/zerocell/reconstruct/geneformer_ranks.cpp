#include "zerocell/reconstruct/geneformer_ranks.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "zerocell/core/error.h"
#include "zerocell/reconstruct/cell_ranks.h"

namespace zerocell {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// NaN where either side is the same for all: rounding of the mean would otherwise pass for spread.
double pearson(std::span<const double> x, std::span<const double> y) {
  const auto varies = [](std::span<const double> v) {
    return std::any_of(v.begin(), v.end(), [&](double value) { return value != v.front(); });
  };
  if (!varies(x) || !varies(y)) return kNan;
  double x_sum = 0, y_sum = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    x_sum += x[i];
    y_sum += y[i];
  }
  const double x_mean = x_sum / static_cast<double>(x.size()), y_mean = y_sum / static_cast<double>(x.size());
  double xx = 0, xy = 0, yy = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double dx = x[i] - x_mean, dy = y[i] - y_mean;
    xx += dx * dx;
    xy += dx * dy;
    yy += dy * dy;
  }
  return std::clamp(xy / std::sqrt(xx * yy), -1.0, 1.0);
}

size_t bin_of(double rank) {
  return std::min(static_cast<size_t>(rank * RankDensity::kBins), RankDensity::kBins - 1);
}

/// Working space of one thread.
class CellScorer {
 public:
  explicit CellScorer(const MeanRanks& means)
      : density(RankDensity::kBins * RankDensity::kBins, 0), means_(means), ranks_(means.n_vocabulary()) {}

  RankCorrelation score(std::span<const uint32_t> tokens, std::span<const uint32_t> predicted) {
    for (auto* values : {&true_, &predicted_, &mean_, &mean_without_}) values->clear();
    for (const CellRanks::Gene& gene : ranks_.load(tokens, predicted)) {
      const double rank = gene.true_rank(), guess = gene.predicted_rank();
      true_.push_back(rank);
      predicted_.push_back(guess);
      mean_.push_back(means_.mean(gene.token));
      mean_without_.push_back(means_.mean_without(gene.token, rank));
      ++density[bin_of(rank) * RankDensity::kBins + bin_of(guess)];
    }
    return {pearson(true_, predicted_), pearson(true_, mean_), pearson(true_, mean_without_)};
  }

  std::vector<uint64_t> density;

 private:
  const MeanRanks& means_;
  CellRanks ranks_;
  std::vector<double> true_, predicted_, mean_, mean_without_;  ///< of the cell's genes
};

void add_counts(std::vector<uint64_t>& total, const std::vector<uint64_t>& counts) {
  total.resize(std::max(total.size(), counts.size()), 0);
  for (size_t i = 0; i < counts.size(); ++i) total[i] += counts[i];
}

}  // namespace

void RankReconstruction::append(const RankReconstruction& block) {
  cells.insert(cells.end(), block.cells.begin(), block.cells.end());
  add_counts(density.counts, block.density.counts);
}

RankReconstruction score_ranks(const TokenBlock& cells, std::span<const uint32_t> predicted,
                               const MeanRanks& means, ThreadPool& pool) {
  constexpr size_t kCellsPerTask = 16;
  if (predicted.size() != cells.n_tokens())
    throw Error::internal("rank reconstruction: not one prediction for every token");
  RankReconstruction results;
  results.cells.resize(cells.n_cells());
  std::vector<CellScorer> scorers(static_cast<size_t>(pool.size()), CellScorer(means));
  pool.parallel_ranges(cells.n_cells(), kCellsPerTask, [&](size_t begin, size_t end, int worker) {
    for (size_t c = begin; c < end; ++c) {
      const size_t from = cells.offsets[c], length = cells.offsets[c + 1] - from;
      results.cells[c] = scorers[static_cast<size_t>(worker)].score({cells.tokens.data() + from, length},
                                                                    predicted.subspan(from, length));
    }
  });
  for (const CellScorer& scorer : scorers) add_counts(results.density.counts, scorer.density);
  return results;
}

RankReconstruction reconstruct_ranks(const TokenBlock& cells, std::span<const uint32_t> predicted,
                                     ThreadPool& pool) {
  uint32_t largest = 0;
  for (const uint32_t token : cells.tokens) largest = std::max(largest, token);
  for (const uint32_t token : predicted) largest = std::max(largest, token);
  MeanRanks means(size_t{largest} + 1);
  means.add(cells, pool);
  return score_ranks(cells, predicted, means, pool);
}

}  // namespace zerocell
