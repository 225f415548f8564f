#include "zerocell/report/reconstruction_csv.h"

#include <fmt/format.h>

#include <iterator>

#include "zerocell/core/reconstruction_summary.h"
#include "zerocell/report/csv_text.h"

namespace zerocell {
namespace {

/// Limits of bins are short numbers; ten digits hide the last bits of their computation.
double tidy(double edge) {
  return std::stod(fmt::format("{:.10g}", edge));
}

}  // namespace

std::string density_csv(const Reconstruction& reconstruction) {
  std::string out = "model,true_low,true_high,predicted_low,predicted_high,count\n";
  for (const ReconstructionResult& result : reconstruction.results) {
    const PairDensity& grid = result.density;
    const std::string model = csv_field(result.tag);
    for (size_t i = 0; i < grid.n_bins; ++i)
      for (size_t j = 0; j < grid.n_bins; ++j)
        if (const uint64_t count = grid.counts[i * grid.n_bins + j]; count > 0)
          fmt::format_to(std::back_inserter(out), "{},{},{},{},{},{}\n", model, tidy(grid.edge(i)),
                         tidy(grid.edge(i + 1)), tidy(grid.edge(j)), tidy(grid.edge(j + 1)), count);
  }
  return out;
}

std::string distribution_csv(const Reconstruction& reconstruction) {
  std::string out = "model,values,low,high,n_cells\n";
  const auto summaries = column_summaries(reconstruction);
  for (size_t r = 0; r < summaries.size(); ++r)
    for (const ColumnSummary& column : summaries[r]) {
      const Distribution& values = column.values;
      const auto n_bins = static_cast<double>(values.counts.size());
      const auto edge = [&](size_t i) {
        return tidy(values.low + (values.high - values.low) * static_cast<double>(i) / n_bins);
      };
      for (size_t i = 0; i < values.counts.size(); ++i)
        fmt::format_to(std::back_inserter(out), "{},{},{},{},{}\n", csv_field(reconstruction.results[r].tag),
                       csv_field(column.name), edge(i), edge(i + 1), values.counts[i]);
    }
  return out;
}

}  // namespace zerocell
