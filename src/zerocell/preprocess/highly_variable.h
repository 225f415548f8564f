#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "zerocell/core/parallel.h"
#include "zerocell/core/progress.h"
#include "zerocell/core/row_stream.h"
#include "zerocell/preprocess/dispersion.h"

namespace zerocell {

struct HighlyVariableOptions {
  HvgFlavor flavor = HvgFlavor::seurat;      ///< seurat or cell_ranger
  std::optional<size_t> n_top_genes = 2000;  ///< empty: the cut-offs below choose
  double min_mean = 0.0125, max_mean = 3;
  double min_dispersion = 0.5, max_dispersion = std::numeric_limits<double>::infinity();
  size_t n_bins = 20;  ///< seurat only
};

/// Cells of several batches, for a selection inside each batch. Views: the caller keeps what they show.
struct BatchGroups {
  std::span<const int32_t> batches;  ///< (N) category of each cell, -1 where missing; empty: no batches
  std::span<const std::string>
      gene_names;  ///< (G) order ties of the merged ranking; empty: column order does
  std::span<const std::string> batch_names = {};  ///< of the categories, for messages; may be empty
};

/// "batch 'b1'" by its name, or number where names are not known.
std::string describe_batch(const BatchGroups& groups, size_t batch);
/// Of a batch that is left out of the choice because no gene varies in it.
std::string no_vote_warning(const BatchGroups& groups, size_t batch, size_t n_cells);

struct HighlyVariableResults {
  std::vector<double> means, dispersions;  ///< (G) logarithms for seurat; averages over batches
  std::vector<double> dispersions_norm;    ///< (G) NaN where undefined
  std::vector<uint8_t> highly_variable;    ///< (G) 1: chosen
  std::vector<uint32_t>
      highly_variable_nbatches;  ///< (G) batches that choose the gene; empty without batches
  std::vector<std::string> warnings;

  /// The chosen genes, ascending.
  std::vector<uint32_t> indices() const;
};

/// Highly variable genes by normalised dispersion of log-normalised expression, in one pass over
/// `log_normalized`.
///
/// The chosen genes are those of scanpy 1.11.5 highly_variable_genes(flavor, n_top_genes, batch_key) on
/// sparse float32 input. dispersion = variance / mean (ddof 1), of exp(x) - 1 and logged for seurat, of x for
/// cell_ranger; normalised inside bins of similar mean (dispersion.h). Ties at the cut are all chosen without
/// batches, so more than n_top_genes may come back. With batches: genes by number of batches that choose
/// them, then by mean normalised dispersion, then by name; exactly n_top_genes. Batches without cells and
/// cells without batch are left out, and so is a batch in which no gene varies (one cell, or equal cells),
/// with a warning: scanpy ranks the genes of such a batch by rounding errors, and its vote counts there.
/// Throws Error(data) where no batch is left.
HighlyVariableResults highly_variable_genes(const RowStream& log_normalized,
                                            const HighlyVariableOptions& options, const BatchGroups& groups,
                                            ThreadPool& pool, Progress& progress);

}  // namespace zerocell
