#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "zerocell/core/data_frame.h"
#include "zerocell/core/evaluation.h"

namespace zerocell {

/// One number per cell under a name.
struct CellColumn {
  std::string name;            ///< in cells.h5ad: "<tag>_<name>"
  std::vector<double> values;  ///< (N), NaN where undefined
  bool is_baseline = false;    ///< of an average that the model is compared with
};

/// Sums over the genes of every cell, for scores that are ratios of sums: score k = sum over cells of
/// values[i, k] / sum over cells of n_genes[i]. K scores.
struct CellSums {
  std::vector<std::string> names;  ///< (K) of metrics
  std::vector<double> values;      ///< (N, K); NaN where the score cannot be computed
  std::vector<uint32_t> n_genes;   ///< (N) scored genes; 0: the cell takes no part
  std::vector<std::string> notes;  ///< (K) what a reader must know of the score beside its interval, or empty
};

/// Bins of equal width.
struct GridAxis {
  size_t n_bins = 0;
  double low = 0, high = 1;

  /// Lower limit of bin i, or the end of the axis for n_bins.
  double edge(size_t i) const {
    return low + (high - low) * static_cast<double>(i) / static_cast<double>(n_bins);
  }
};

/// Counts of (true, predicted) over a grid.
struct PairDensity {
  std::string name;  ///< of the way to predict: "GEP", "GEPC"; empty where the model has one alone
  GridAxis truth, predicted;
  std::vector<uint64_t> counts;         ///< (truth.n_bins, predicted.n_bins)
  uint64_t n_below = 0, n_above = 0;    ///< predictions beyond the axis: they count in the outermost bins
  std::optional<double> constant = {};  ///< the prediction of one value for all: the mean true value

  uint64_t total() const;
};

/// What one model makes of one data set when asked for its own input. N = cells of the reconstruction, in
/// file order.
struct ReconstructionResult {
  std::string tag, model;
  std::string options;               ///< the SPEC with every default spelled out
  std::string target;                ///< what is predicted, for axes: "rank" or "bin"
  std::vector<std::string> metrics;  ///< the scores that apply to it, in table order
  std::vector<CellColumn> cells;
  CellSums sums;                       ///< of scores over all genes together; empty where there are none
  std::vector<PairDensity> densities;  ///< over the genes of all cells, one for each way to predict
  std::vector<Loss> losses;
  std::vector<StageCost> stages;
  std::vector<std::string> warnings;

  /// The column, or null where there is none.
  const std::vector<double>* column(std::string_view name) const;
  /// The density of that name, or null where there is none.
  const PairDensity* density(std::string_view name) const;
};

/// Everything `reconstruct` finds out about one data set: the source of every file it writes.
struct Reconstruction {
  std::string dataset;  ///< name: the file's without folder and extension, or as the study gives it
  std::string title;
  size_t n_cells = 0, n_genes = 0;
  std::string counts_source;  ///< "layers/counts", "raw/X", "X", or why there is none
  std::string label_name, batch_name;
  Categorical labels;   ///< (N) or empty
  Categorical batches;  ///< (N) or empty
  DataFrame obs;        ///< (N) cell names and the columns of the data set that cells.h5ad shall repeat
  std::vector<ReconstructionResult> results;
  std::vector<EmbeddingFailure> failures;  ///< empty unless the run was told to go on
  std::vector<Score> scores;
  std::vector<Loss> losses;  ///< of the data set as a whole
  std::vector<std::string> warnings;
  std::vector<StageCost> stages;
  std::vector<std::pair<std::string, std::string>> provenance;  ///< name, value; shown in this order
};

/// The results that predict `target`, in order; those that name no target count as predicting ranks.
std::vector<const ReconstructionResult*> results_of(const Reconstruction& reconstruction,
                                                    std::string_view target);

/// The share of genes that a result masked, as its options say it ("0.15"); "" where nothing was masked.
/// Scores of masked genes alone are not comparable with scores of genes that the model was shown.
std::string masked_share(const ReconstructionResult& result);

/// Cells with a value in the first column, the model's own; without columns all `n_cells`.
size_t n_scored(const ReconstructionResult& result, size_t n_cells);

/// What a reconstruction shares with an evaluation, for outputs that serve both: tags, options, scores,
/// losses, costs, warnings (those of a result begin with its tag) and provenance; no values per cell.
Evaluation shared_part(const Reconstruction& reconstruction);

/// Throws Error(internal) where the length of a column, of obs, of sums or of a grid disagrees with n_cells
/// or n_bins.
void require_consistent(const Reconstruction& reconstruction);

}  // namespace zerocell
