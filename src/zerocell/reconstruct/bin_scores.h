#pragma once
#include <span>
#include <string>
#include <vector>

#include "zerocell/core/parallel.h"
#include "zerocell/core/reconstruction.h"
#include "zerocell/reconstruct/bin_errors.h"
#include "zerocell/reconstruct/score_options.h"

namespace zerocell {

/// The metrics of bins, in the order in which tables show them: mse_ of gep, gepc, mean, median, gene_mean,
/// gene_mean_loo; mse_gain_gep_loo and mse_gain_gepc_loo; mae_ and mre_ of the same six; mre_published_ and
/// mre_all_published_ of gep, gepc, mean. Groups: "bin_mse", "bin_mae", "bin_mre".
std::span<const MetricInfo> bin_metric_table();

/// Puts the errors of all cells into the form of results: target "bin", the sums with what there is to say of
/// them, the columns mse_gep, mse_gepc, mse_mean and mse_gene_mean_loo (NaN in cells without a scored gene),
/// the densities, and warnings that count what was left out.
void set_bins(ReconstructionResult& result, BinErrors&& errors);

/// A row for each metric of the table from the sums that set_bins() made: sum of errors / number of genes,
/// over all scored genes of all cells together; in n_cells the cells that have a scored gene; the 95 %
/// interval of that ratio over resampled groups where there are enough of them, else over cells. A gain is
/// the error of the left-out gene mean minus that of the model, over the same genes, and its interval is
/// paired. `reason` says what the interval rests on and what was left out; what cannot be computed is
/// not_applicable. `dims` is 0; `dataset` and the tag are filled in. Throws Error(internal) where groups have
/// another length than the sums.
std::vector<Score> bin_scores(const ReconstructionResult& result, const std::string& dataset,
                              const ReconstructionScoreOptions& options, ThreadPool& pool);

}  // namespace zerocell
