#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "zerocell/core/parallel.h"
#include "zerocell/core/reconstruction.h"
#include "zerocell/reconstruct/geneformer_ranks.h"
#include "zerocell/reconstruct/score_options.h"

namespace zerocell {

/// The metrics of ranks, in the order in which tables show them: rank_correlation,
/// rank_correlation_mean_rank, rank_correlation_mean_rank_loo, rank_correlation_gain_loo. Group:
/// "reconstruction".
std::span<const MetricInfo> rank_metric_table();

/// Puts the ranks of all cells into the form of results: the columns rank_correlation,
/// rank_correlation_mean_rank and rank_correlation_mean_rank_loo, the density, and a warning that counts the
/// cells without a value.
void set_ranks(ReconstructionResult& result, const RankReconstruction& ranks);

/// A row for each metric of the table from the columns that set_ranks() made: the mean over the cells that
/// have a value, their number in n_cells, and its 95 % interval over resampled groups where there are enough
/// of them, else over cells. The gain is model minus leave-one-out mean rank, over the cells that have both,
/// the same cells drawn for both. `reason` says what the interval rests on and how many cells have no value;
/// without any, or without the column, the row is not_applicable. `dims` is 0; `dataset` and the tag are
/// filled in. Throws Error(internal) where groups have another length than the columns.
std::vector<Score> rank_scores(const ReconstructionResult& result, const std::string& dataset,
                               const ReconstructionScoreOptions& options, ThreadPool& pool);

}  // namespace zerocell
