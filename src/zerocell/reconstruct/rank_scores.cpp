#include "zerocell/reconstruct/rank_scores.h"

#include <fmt/format.h>

#include <cmath>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

constexpr const char* kModel = "rank_correlation";
constexpr const char* kMeanRank = "rank_correlation_mean_rank";
constexpr const char* kLeaveOneOut = "rank_correlation_mean_rank_loo";
constexpr const char* kGain = "rank_correlation_gain_loo";

std::vector<MetricInfo> make_table() {
  const std::string study = "Kedzierska et al. 2025, doi:10.1186/s13059-025-03574-x";
  const std::string group = "reconstruction";
  constexpr auto kHigher = Direction::higher;
  return {
      {kModel, "Rank correlation", group, kHigher, -1, 1,
       "Pearson correlation of true and predicted rank over the genes of a cell, mean over cells. Rank: 1 "
       "for "
       "the first position, 0 for the last; the mean of the positions at which a gene is predicted; 0 for "
       "genes that are absent on one side.",
       study},
      {kMeanRank, "Mean rank", group, kHigher, -1, 1,
       "The same with each gene's mean rank over all cells in place of the prediction, as published: the "
       "mean "
       "holds the cell itself, which favours this baseline, most of all on few cells. Over the same genes, "
       "wrongly predicted ones included.",
       study},
      {kLeaveOneOut, "Mean rank, left out", group, kHigher, -1, 1,
       "The mean-rank baseline with the cell itself left out of the mean: what can be said of a cell without "
       "having seen it.",
       study + ", with the cell left out"},
      {kGain, "Gain over mean rank", group, kHigher, -2, 2,
       "Rank correlation of the model minus that of the left-out mean rank in the same cell, mean over "
       "cells; "
       "above 0: the model knows more of a cell than the average cell does.",
       "paired difference; Efron 1979 for its interval"},
  };
}

/// NaN where either column has no value.
std::vector<double> gains(const std::vector<double>& model, const std::vector<double>& baseline) {
  std::vector<double> out(model.size());
  for (size_t i = 0; i < out.size(); ++i) out[i] = model[i] - baseline[i];
  return out;
}

Interval interval_of(const CellTerms& terms, const ReconstructionScoreOptions& options, ThreadPool& pool) {
  std::string why;
  if (!options.groups.codes.empty()) {
    const Interval over_groups = bootstrap_groups(terms, options.groups, options.bootstrap, pool);
    if (over_groups.low) return over_groups;
    why = "; " + over_groups.reason;
  }
  Interval over_cells = bootstrap_cells(terms, options.bootstrap, pool);
  if (over_cells.low) over_cells.method += why;
  return over_cells;
}

void set_mean(Score& score, const std::vector<double>& values, const ReconstructionScoreOptions& options,
              ThreadPool& pool) {
  if (!options.groups.codes.empty() && options.groups.codes.size() != values.size())
    throw Error::internal("rank scores: groups for another number of cells");
  CellTerms terms;
  double sum = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) continue;
    terms.add(static_cast<float>(values[i]), static_cast<uint32_t>(i));
    sum += values[i];
  }
  terms.end_stratum();
  score.n_cells = terms.values.size();
  if (score.n_cells == 0) {
    score.reason = values.empty() ? "no cells" : "no cell has ranks that vary on both sides";
    return;
  }
  score.status = ScoreStatus::ok;
  score.value = sum / static_cast<double>(score.n_cells);
  const Interval interval = interval_of(terms, options, pool);
  score.low = interval.low;
  score.high = interval.high;
  score.reason = interval.low ? interval.method : interval.reason;
  if (const size_t lacking = values.size() - score.n_cells; lacking > 0)
    score.reason += fmt::format("; {} of {} cells have no value", lacking, values.size());
}

}  // namespace

std::span<const MetricInfo> rank_metric_table() {
  static const std::vector<MetricInfo> table = make_table();
  return table;
}

void set_ranks(ReconstructionResult& result, const RankReconstruction& ranks) {
  result.target = "rank";
  result.metrics.clear();
  for (const MetricInfo& metric : rank_metric_table()) result.metrics.push_back(metric.name);
  result.cells = {{kModel, {}}, {kMeanRank, {}, true}, {kLeaveOneOut, {}, true}};
  for (CellColumn& column : result.cells) column.values.reserve(ranks.cells.size());
  size_t undefined = 0;
  for (const RankCorrelation& cell : ranks.cells) {
    result.cells[0].values.push_back(cell.model);
    result.cells[1].values.push_back(cell.mean_rank);
    result.cells[2].values.push_back(cell.mean_rank_without);
    undefined += std::isnan(cell.model);
  }
  PairDensity density;
  density.truth = density.predicted = {RankDensity::kBins, 0, 1};
  density.counts = ranks.density.counts;
  density.counts.resize(RankDensity::kBins * RankDensity::kBins, 0);
  result.densities = {std::move(density)};
  if (undefined > 0)
    result.warnings.push_back(fmt::format(
        "{} of {} cells have no rank correlation: fewer than two genes, or ranks that do not vary", undefined,
        ranks.cells.size()));
}

std::vector<Score> rank_scores(const ReconstructionResult& result, const std::string& dataset,
                               const ReconstructionScoreOptions& options, ThreadPool& pool) {
  std::vector<Score> scores;
  for (const MetricInfo& metric : rank_metric_table()) {
    Score score;
    score.dataset = dataset;
    score.embedding = result.tag;
    score.seed = options.bootstrap.seed;
    score.metric = metric.name;
    score.direction = metric.direction;
    score.convention = options.convention;
    score.status = ScoreStatus::not_applicable;
    const bool is_gain = metric.name == kGain;
    const auto* values = result.column(is_gain ? kModel : metric.name);
    const auto* baseline = is_gain ? result.column(kLeaveOneOut) : values;
    if (values == nullptr || baseline == nullptr)
      score.reason = "the model predicts no ranks";
    else
      set_mean(score, is_gain ? gains(*values, *baseline) : *values, options, pool);
    scores.push_back(std::move(score));
  }
  return scores;
}

}  // namespace zerocell
