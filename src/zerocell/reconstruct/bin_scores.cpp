#include "zerocell/reconstruct/bin_scores.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "zerocell/core/error.h"
#include "zerocell/statistics/ratio_bootstrap.h"

namespace zerocell {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr const char* kStudy = "Kedzierska et al. 2025, doi:10.1186/s13059-025-03574-x";
constexpr const char* kLeftOut = "gene_mean_loo";

/// A way to predict a bin: end of a metric's name, heading, and what it is, to follow "predicted by".
struct Predictor {
  std::string name, title, text, source;
  bool is_published = false;
};

std::vector<Predictor> predictors() {
  const std::string left_out = std::string(kStudy) + ", with the cell left out";
  return {
      {"gep", "GEP", "the model from the gene's own output token (GEP)", kStudy, true},
      {"gepc", "GEPC", "the model given the cell embedding (GEPC)", kStudy, true},
      {"mean", "mean bin", "the mean bin over all genes of all cells, the study's baseline", kStudy, true},
      {"median", "median bin", "the median bin over all genes of all cells", "median in place of the mean"},
      {"gene_mean", "gene mean",
       "the gene's mean bin over the cells that have it, the cell itself among them",
       "mean per gene in place of one mean"},
      {kLeftOut, "gene mean, left out",
       "the gene's mean bin over the other cells that have it (where there is none, the mean bin of all "
       "other "
       "cells): what can be said of a cell without having seen it",
       left_out},
  };
}

void add_family(std::vector<MetricInfo>& table, const std::string& prefix, const std::string& title,
                const std::string& group, double lowest, bool published, const std::string& definition) {
  for (const Predictor& predictor : predictors())
    if (!published || predictor.is_published)
      table.push_back({prefix + predictor.name, title + ", " + predictor.title, group, Direction::lower,
                       lowest, kInfinity,
                       definition + " Mean over all scored genes of all cells together; predicted by " +
                           predictor.text + ".",
                       predictor.source});
}

void add_gains(std::vector<MetricInfo>& table) {
  for (const Predictor& predictor : predictors())
    if (predictor.name.starts_with("gep"))
      table.push_back({"mse_gain_" + predictor.name + "_loo", "Gain of " + predictor.title, "bin_mse",
                       Direction::higher, -kInfinity, kInfinity,
                       "mse_gene_mean_loo minus mse_" + predictor.name +
                           ", over the same genes; above 0: the model knows more of a cell than the average "
                           "of each gene over the other cells does.",
                       "paired difference; Efron 1979 for its interval"});
}

std::vector<MetricInfo> make_table() {
  std::vector<MetricInfo> table;
  add_family(table, "mse_", "MSE", "bin_mse", 0, false, "Squared error (true - predicted bin)^2.");
  add_gains(table);
  add_family(table, "mae_", "MAE", "bin_mae", 0, false, "Absolute error |true - predicted bin|.");
  add_family(table, "mre_", "MRE", "bin_mre", 0, false, "Relative error |true - predicted bin| / true bin.");
  add_family(table, "mre_published_", "MRE, published", "bin_mre", -kInfinity, true,
             "As the published code calls it, |true - predicted| / (predicted + 1e-6): it divides by the "
             "prediction with its sign, so negative predictions lower it.");
  add_family(table, "mre_all_published_", "MRE_all, published", "bin_mre", 0, true,
             "As the published code calls it, |true - predicted| / |predicted + 1e-6|: it divides by the "
             "prediction.");
  return table;
}

std::vector<double> per_cell(const CellSums& sums, size_t column) {
  std::vector<double> out(sums.n_genes.size(), std::numeric_limits<double>::quiet_NaN());
  for (size_t i = 0; i < out.size(); ++i)
    if (sums.n_genes[i] > 0) out[i] = sums.values[i * sums.names.size() + column] / sums.n_genes[i];
  return out;
}

/// What was left out of every score, for its reason; empty where nothing was.
std::string left_out_note(const BinErrors& errors) {
  return errors.n_not_finite() > 0
             ? fmt::format("genes left out, their prediction not a finite number: {}", errors.n_not_finite())
             : "";
}

void add_notes(CellSums& sums, const BinErrors& errors) {
  const std::string common = left_out_note(errors);
  for (const std::string& name : sums.names) {
    std::string note = common;
    if (name.ends_with("_loo") && errors.n_in_no_other_cell() > 0)
      note += fmt::format("{}genes in no other cell, predicted by the mean bin of all other cells: {}",
                          note.empty() ? "" : "; ", errors.n_in_no_other_cell());
    sums.notes.push_back(std::move(note));
  }
}

void add_warnings(ReconstructionResult& result, const BinErrors& errors) {
  const auto n_cells = static_cast<size_t>(std::ranges::count(errors.sums().n_genes, 0u));
  if (n_cells > 0)
    result.warnings.push_back(fmt::format("{} of {} cells have no scored gene and take no part in the errors",
                                          n_cells, errors.n_cells()));
  if (errors.n_not_finite() > 0)
    result.warnings.push_back(fmt::format(
        "{} of {} genes are left out of every score: their prediction is not a finite number (GEP {}, GEPC "
        "{})",
        errors.n_not_finite(), errors.n_scored() + errors.n_not_finite(), errors.n_gep_not_finite(),
        errors.n_gepc_not_finite()));
}

/// One interval a column, over groups where there are enough, else over cells.
std::vector<Interval> intervals_of(const RatioTerms& terms, const ReconstructionScoreOptions& options,
                                   ThreadPool& pool) {
  std::string why;
  if (!options.groups.codes.empty()) {
    auto over_groups = bootstrap_ratios_groups(terms, options.groups, options.bootstrap, pool);
    if (over_groups.empty() || over_groups[0].low) return over_groups;
    why = "; " + over_groups[0].reason;
  }
  auto over_cells = bootstrap_ratios_cells(terms, options.bootstrap, pool);
  for (Interval& interval : over_cells)
    if (interval.low) interval.method += why;
  return over_cells;
}

void set_value(Score& score, const CellSums& sums, size_t column, double value, const Interval& interval) {
  if (!std::isfinite(value)) {
    score.reason = std::isnan(value) ? "there is no other cell to take a mean from"
                                     : "the sum of the errors is beyond the largest number";
    return;
  }
  score.status = ScoreStatus::ok;
  score.value = value;
  score.low = interval.low;
  score.high = interval.high;
  score.reason = interval.low ? interval.method : interval.reason;
  if (!sums.notes.empty() && !sums.notes[column].empty()) score.reason += "; " + sums.notes[column];
  if (const size_t lacking = sums.n_genes.size() - score.n_cells; lacking > 0)
    score.reason += fmt::format("; {} of {} cells have no scored gene", lacking, sums.n_genes.size());
}

}  // namespace

std::span<const MetricInfo> bin_metric_table() {
  static const std::vector<MetricInfo> table = make_table();
  return table;
}

void set_bins(ReconstructionResult& result, BinErrors&& errors) {
  result.target = "bin";
  result.metrics.clear();
  for (const MetricInfo& metric : bin_metric_table()) result.metrics.push_back(metric.name);
  add_warnings(result, errors);
  result.sums = std::move(errors).take_sums();
  add_notes(result.sums, errors);
  result.densities = std::move(errors).take_densities();
  result.cells.clear();
  const std::vector<std::string>& names = result.sums.names;
  for (const char* name : {"mse_gep", "mse_gepc", "mse_mean", "mse_gene_mean_loo"})
    if (const auto found = std::ranges::find(names, name); found != names.end())
      result.cells.push_back({name, per_cell(result.sums, static_cast<size_t>(found - names.begin())),
                              !std::string(name).starts_with("mse_gep")});
}

std::vector<Score> bin_scores(const ReconstructionResult& result, const std::string& dataset,
                              const ReconstructionScoreOptions& options, ThreadPool& pool) {
  const CellSums& sums = result.sums;
  if (!options.groups.codes.empty() && options.groups.codes.size() != sums.n_genes.size())
    throw Error::internal("bin scores: groups for another number of cells");
  const RatioTerms terms{sums.names.size(), sums.values, sums.n_genes};
  const auto n_cells = static_cast<size_t>(std::ranges::count_if(sums.n_genes, [](auto n) { return n > 0; }));
  const std::vector<double> values = ratios(terms);
  const std::vector<Interval> intervals =
      n_cells > 0 ? intervals_of(terms, options, pool) : std::vector<Interval>(values.size());
  std::vector<Score> scores;
  for (const MetricInfo& metric : bin_metric_table()) {
    Score score;
    score.dataset = dataset;
    score.embedding = result.tag;
    score.seed = options.bootstrap.seed;
    score.metric = metric.name;
    score.direction = metric.direction;
    score.convention = options.convention;
    score.status = ScoreStatus::not_applicable;
    score.n_cells = n_cells;
    const auto column = static_cast<size_t>(std::ranges::find(sums.names, metric.name) - sums.names.begin());
    if (sums.names.empty())
      score.reason = "the model predicts no bins";
    else if (column == sums.names.size())
      score.reason = "the model predicts no bins from the cell embedding (GEPC)";
    else if (n_cells == 0)
      score.reason = sums.n_genes.empty() ? "no cells" : "no cell has a scored gene";
    else
      set_value(score, sums, column, values[column], intervals[column]);
    scores.push_back(std::move(score));
  }
  return scores;
}

}  // namespace zerocell
