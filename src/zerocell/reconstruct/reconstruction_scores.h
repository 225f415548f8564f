#pragma once
#include <span>
#include <string>
#include <vector>

#include "zerocell/core/parallel.h"
#include "zerocell/core/reconstruction.h"
#include "zerocell/reconstruct/score_options.h"

namespace zerocell {

/// Every metric of the reconstruction task: those of ranks, then those of bins.
std::span<const MetricInfo> reconstruction_metric_table();

/// The rows of reconstruction_metric_table() that apply to at least one result.
std::vector<MetricInfo> applicable_metrics(const Reconstruction& reconstruction);

/// The scores of a result by its target: rank_scores() or bin_scores(). Throws Error(internal) for another
/// target.
std::vector<Score> reconstruction_scores(const ReconstructionResult& result, const std::string& dataset,
                                         const ReconstructionScoreOptions& options, ThreadPool& pool);

}  // namespace zerocell
