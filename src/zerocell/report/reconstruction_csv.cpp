#include "zerocell/report/reconstruction_csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "zerocell/core/reconstruction_summary.h"
#include "zerocell/figures/score_table.h"
#include "zerocell/report/csv_text.h"

namespace zerocell {
namespace {

/// Limits of bins are short numbers; ten digits hide the last bits of their computation.
double tidy(double edge) {
  return std::stod(fmt::format("{:.10g}", edge));
}

}  // namespace

std::string density_csv(const Reconstruction& reconstruction) {
  std::string out = "model,true_low,true_high,predicted_low,predicted_high,count,prediction\n";
  for (const ReconstructionResult& result : reconstruction.results) {
    const std::string model = csv_field(result.tag);
    for (const PairDensity& grid : result.densities) {
      const size_t n_predicted = grid.predicted.n_bins;
      for (size_t i = 0; i < grid.truth.n_bins; ++i)
        for (size_t j = 0; j < n_predicted; ++j)
          if (const uint64_t count = grid.counts[i * n_predicted + j]; count > 0)
            fmt::format_to(std::back_inserter(out), "{},{},{},{},{},{},{}\n", model, tidy(grid.truth.edge(i)),
                           tidy(grid.truth.edge(i + 1)), tidy(grid.predicted.edge(j)),
                           tidy(grid.predicted.edge(j + 1)), count, csv_field(grid.name));
    }
  }
  return out;
}

std::string distribution_csv(const Reconstruction& reconstruction, const std::string& target) {
  std::string out = "model,values,low,high,n_cells\n";
  const auto summaries = column_summaries(reconstruction);
  for (const ReconstructionResult* result : results_of(reconstruction, target))
    for (const ColumnSummary& column :
         summaries[static_cast<size_t>(result - reconstruction.results.data())]) {
      const Distribution& values = column.values;
      const auto n_bins = static_cast<double>(values.counts.size());
      const auto edge = [&](size_t i) {
        return tidy(values.low + (values.high - values.low) * static_cast<double>(i) / n_bins);
      };
      for (size_t i = 0; i < values.counts.size(); ++i)
        fmt::format_to(std::back_inserter(out), "{},{},{},{},{}\n", csv_field(result->tag),
                       csv_field(column.name), edge(i), edge(i + 1), values.counts[i]);
    }
  return out;
}

std::string spread_csv(const Reconstruction& reconstruction, const std::string& way) {
  std::string out = "model,true_bin,n_genes,mean,p5,q1,median,q3,p95\n";
  for (const ReconstructionResult* result : results_of(reconstruction, "bin")) {
    const PairDensity* density = result->density(way);
    if (density == nullptr) continue;
    for (const PredictedSpread& spread : predicted_spreads(*density)) {
      fmt::format_to(std::back_inserter(out), "{},{},{}", csv_field(result->tag), tidy(spread.truth),
                     spread.n);
      for (const double value : {spread.mean, spread.p5, spread.q1, spread.median, spread.q3, spread.p95})
        out += spread.n > 0 ? fmt::format(",{:.6g}", value) : ",";
      out += '\n';
    }
  }
  return out;
}

std::string error_csv(const Reconstruction& reconstruction) {
  constexpr std::pair<const char*, const char*> kRows[] = {{"GEP", "mse_gep"},
                                                           {"GEPC", "mse_gepc"},
                                                           {"mean bin", "mse_mean"},
                                                           {"median bin", "mse_median"},
                                                           {"gene mean", "mse_gene_mean"},
                                                           {"gene mean left out", "mse_gene_mean_loo"}};
  const auto number = [](const std::optional<double>& value) {
    return value ? fmt::format("{}", *value) : std::string();
  };
  std::string out = "model,prediction,mse,low,high\n";
  for (const ReconstructionResult* result : results_of(reconstruction, "bin"))
    for (const auto& [name, metric] : kRows)
      for (const Score& score : reconstruction.scores)
        if (score.embedding == result->tag && score.metric == metric) {
          const Score shown = presentable(score);
          out += fmt::format("{},{},{},{},{}\n", csv_field(result->tag), name, number(shown.value),
                             number(shown.low), number(shown.high));
        }
  return out;
}

std::vector<std::pair<std::string, std::string>> reconstruction_figure_data(
    const Reconstruction& reconstruction) {
  std::vector<std::pair<std::string, std::string>> tables = {{"density", density_csv(reconstruction)}};
  if (!results_of(reconstruction, "rank").empty())
    tables.emplace_back("per_cell", distribution_csv(reconstruction, "rank"));
  const auto bins = results_of(reconstruction, "bin");
  if (bins.empty()) return tables;
  tables.emplace_back("gep", spread_csv(reconstruction, "GEP"));
  if (std::ranges::any_of(bins, [](const auto* result) { return result->density("GEPC") != nullptr; }))
    tables.emplace_back("gepc", spread_csv(reconstruction, "GEPC"));
  tables.emplace_back("mse", error_csv(reconstruction));
  tables.emplace_back("per_cell_mse", distribution_csv(reconstruction, "bin"));
  return tables;
}

}  // namespace zerocell
