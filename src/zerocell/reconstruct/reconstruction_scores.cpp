#include "zerocell/reconstruct/reconstruction_scores.h"

#include <algorithm>

#include "zerocell/core/error.h"
#include "zerocell/reconstruct/bin_scores.h"
#include "zerocell/reconstruct/rank_scores.h"

namespace zerocell {
namespace {

std::vector<MetricInfo> make_table() {
  const auto ranks = rank_metric_table(), bins = bin_metric_table();
  std::vector<MetricInfo> table(ranks.begin(), ranks.end());
  table.insert(table.end(), bins.begin(), bins.end());
  return table;
}

}  // namespace

std::span<const MetricInfo> reconstruction_metric_table() {
  static const std::vector<MetricInfo> table = make_table();
  return table;
}

std::vector<MetricInfo> applicable_metrics(const Reconstruction& reconstruction) {
  std::vector<MetricInfo> out;
  for (const MetricInfo& metric : reconstruction_metric_table())
    if (std::ranges::any_of(reconstruction.results, [&](const ReconstructionResult& result) {
          return std::ranges::find(result.metrics, metric.name) != result.metrics.end();
        }))
      out.push_back(metric);
  return out;
}

std::vector<Score> reconstruction_scores(const ReconstructionResult& result, const std::string& dataset,
                                         const ReconstructionScoreOptions& options, ThreadPool& pool) {
  if (result.target == "rank") return rank_scores(result, dataset, options, pool);
  if (result.target == "bin") return bin_scores(result, dataset, options, pool);
  throw Error::internal(result.tag + ": nothing scores predictions of '" + result.target + "'");
}

}  // namespace zerocell
