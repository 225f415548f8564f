#include "zerocell/reconstruct/bin_errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

/// Ways to predict a bin, in the order of the metric table.
constexpr std::array kPredictors = {"gep", "gepc", "mean", "median", "gene_mean", "gene_mean_loo"};
enum Predictor : size_t { kGep, kGepc, kMean, kMedian, kGeneMean, kGeneMeanLoo };
constexpr size_t kPublished = 3;  ///< the first so many have the published relative errors

constexpr double kEpsilon = 1e-6;  ///< of the published relative error

/// Sums of one cell: a row of CellSums, in the order of names_of().
struct ErrorSums {
  std::array<double, kPredictors.size()> squared{}, absolute{}, relative{};
  std::array<double, kPublished> signed_published{}, absolute_published{};

  void add(size_t predictor, double truth, double predicted) {
    const double error = std::abs(truth - predicted);
    squared[predictor] += error * error;
    absolute[predictor] += error;
    relative[predictor] += error / truth;
    if (predictor >= kPublished) return;
    signed_published[predictor] += error / (predicted + kEpsilon);
    absolute_published[predictor] += error / std::abs(predicted + kEpsilon);
  }
};

/// Calls visit(first part of the metric's name, second part, value) for every sum; those of gepc only where
/// it is predicted.
template <class Visit>
void for_each_sum(const ErrorSums& sums, bool with_gepc, Visit&& visit) {
  const auto family = [&](const char* prefix, const auto& values) {
    for (size_t p = 0; p < values.size(); ++p)
      if (p != kGepc || with_gepc) visit(prefix, kPredictors[p], values[p]);
  };
  family("mse_", sums.squared);
  visit("mse_gain_", "gep_loo", sums.squared[kGeneMeanLoo] - sums.squared[kGep]);
  if (with_gepc) visit("mse_gain_", "gepc_loo", sums.squared[kGeneMeanLoo] - sums.squared[kGepc]);
  family("mae_", sums.absolute);
  family("mre_", sums.relative);
  family("mre_published_", sums.signed_published);
  family("mre_all_published_", sums.absolute_published);
}

PairDensity empty_density(const char* name, size_t n_bins, double mean) {
  const auto last = static_cast<double>(n_bins - 1);
  PairDensity density;
  density.name = name;
  density.truth = {n_bins - 1, 0.5, last + 0.5};
  const double low = -std::ceil(last / 10), high = last + std::ceil(last / 5);
  density.predicted = {static_cast<size_t>((high - low) / BinErrors::kPredictedStep), low, high};
  density.counts.assign(density.truth.n_bins * density.predicted.n_bins, 0);
  if (std::isfinite(mean)) density.constant = mean;
  return density;
}

void count(PairDensity& density, uint16_t truth, float predicted) {
  const GridAxis& axis = density.predicted;
  const double field = std::floor((predicted - axis.low) / BinErrors::kPredictedStep);
  density.n_below += field < 0;
  density.n_above += field >= static_cast<double>(axis.n_bins);
  const double inside = std::clamp(field, 0.0, static_cast<double>(axis.n_bins - 1));
  ++density.counts[(truth - 1u) * axis.n_bins + static_cast<size_t>(inside)];
}

}  // namespace

/// Scores the cells of one block: working space of one call of add().
class BinErrors::CellScorer {
 public:
  explicit CellScorer(const BinErrors& errors)
      : means_(errors.means_), mean_(means_.mean()), median_(means_.median()) {
    densities.push_back(empty_density("GEP", means_.n_bins(), mean_));
    if (errors.with_gepc_) densities.push_back(empty_density("GEPC", means_.n_bins(), mean_));
  }

  /// Entries begin to end are one cell; returns its number of scored genes.
  uint32_t score(const BinBlock& block, size_t begin, size_t end, ErrorSums& sums) {
    CellBins cell{0, end - begin};
    for (size_t i = begin; i < end; ++i) cell.sum += block.bins[i];
    const double others = means_.mean_without(cell);
    uint32_t n = 0;
    for (size_t i = begin; i < end; ++i) {
      if ((!block.scored.empty() && block.scored[i] == 0) || !is_finite(block, i)) continue;
      ++n;
      score_gene(block, i, others, sums);
    }
    counts.scored += n;
    return n;
  }

  std::vector<PairDensity> densities;
  Counts counts;

 private:
  bool is_finite(const BinBlock& block, size_t i) {
    const bool gep = std::isfinite(block.gep[i]);
    const bool gepc = block.gepc.empty() || std::isfinite(block.gepc[i]);
    counts.gep_not_finite += !gep;
    counts.gepc_not_finite += !gepc;
    counts.not_finite += !(gep && gepc);
    return gep && gepc;
  }

  void score_gene(const BinBlock& block, size_t i, double others, ErrorSums& sums) {
    const uint16_t truth = block.bins[i];
    const auto left_out = means_.gene_mean_without(block.genes[i], truth);
    counts.in_no_other_cell += !left_out;
    sums.add(kGep, truth, block.gep[i]);
    count(densities[0], truth, block.gep[i]);
    if (!block.gepc.empty()) {
      sums.add(kGepc, truth, block.gepc[i]);
      count(densities[1], truth, block.gepc[i]);
    }
    sums.add(kMean, truth, mean_);
    sums.add(kMedian, truth, median_);
    sums.add(kGeneMean, truth, means_.gene_mean(block.genes[i]));
    sums.add(kGeneMeanLoo, truth, left_out.value_or(others));
  }

  const MeanBins& means_;
  const double mean_, median_;
};

void BinErrors::Counts::add(const Counts& other) {
  scored += other.scored;
  not_finite += other.not_finite;
  gep_not_finite += other.gep_not_finite;
  gepc_not_finite += other.gepc_not_finite;
  in_no_other_cell += other.in_no_other_cell;
}

BinErrors::BinErrors(const MeanBins& means, size_t n_cells, bool with_gepc)
    : means_(means), with_gepc_(with_gepc) {
  for_each_sum({}, with_gepc, [&](const std::string& prefix, const char* predictor, double) {
    sums_.names.push_back(prefix + predictor);
  });
  sums_.values.assign(n_cells * sums_.names.size(), 0);
  sums_.n_genes.assign(n_cells, 0);
  densities_ = CellScorer(*this).densities;
}

void BinErrors::require_valid(const BinBlock& block, std::span<const uint32_t> cells) const {
  const size_t L = block.genes.size();
  const auto fits = [&](size_t length, bool may_lack) { return length == L || (may_lack && length == 0); };
  if (block.offsets.size() != cells.size() + 1 || block.offsets.front() != 0 || block.offsets.back() != L ||
      !std::ranges::is_sorted(block.offsets) || !fits(block.bins.size(), false) ||
      !fits(block.gep.size(), false) || !fits(block.gepc.size(), !with_gepc_) ||
      !fits(block.scored.size(), true))
    throw Error::internal("bin errors: the lengths of a block disagree");
  if (!with_gepc_ && !block.gepc.empty())
    throw Error::internal("bin errors: GEPC predictions that were not promised");
  for (size_t i = 0; i < L; ++i)
    if (block.genes[i] >= means_.n_genes() || block.bins[i] == 0 || block.bins[i] >= means_.n_bins())
      throw Error::internal(fmt::format("bin errors: bin {} of gene {}, there are bins 1 to {} and {} genes",
                                        block.bins[i], block.genes[i], means_.n_bins() - 1,
                                        means_.n_genes()));
  for (const uint32_t cell : cells)
    if (cell >= n_cells()) throw Error::internal(fmt::format("bin errors: cell {} of {}", cell, n_cells()));
}

void BinErrors::add(const BinBlock& block, std::span<const uint32_t> cells) {
  require_valid(block, cells);
  CellScorer scorer(*this);
  for (size_t c = 0; c < cells.size(); ++c) {
    ErrorSums sums;
    sums_.n_genes[cells[c]] = scorer.score(block, block.offsets[c], block.offsets[c + 1], sums);
    double* to = sums_.values.data() + cells[c] * sums_.names.size();
    for_each_sum(sums, with_gepc_, [&](const char*, const char*, double value) { *to++ = value; });
  }
  const std::lock_guard lock(mutex_);
  counts_.add(scorer.counts);
  for (size_t d = 0; d < densities_.size(); ++d) {
    densities_[d].n_below += scorer.densities[d].n_below;
    densities_[d].n_above += scorer.densities[d].n_above;
    for (size_t i = 0; i < densities_[d].counts.size(); ++i)
      densities_[d].counts[i] += scorer.densities[d].counts[i];
  }
}

}  // namespace zerocell
