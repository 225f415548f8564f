#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "zerocell/core/progress.h"
#include "zerocell/core/row_stream.h"

namespace zerocell {

struct FilterOptions {
  size_t min_genes = 10;  ///< a cell stays with at least so many genes expressed (count > 0)
  size_t min_cells = 10;  ///< a gene stays with at least so many of the kept cells expressing it
};

struct FilterResults {
  std::vector<uint32_t> cells;       ///< kept rows, ascending
  std::vector<uint32_t> genes;       ///< kept columns, ascending
  std::vector<uint32_t> n_genes;     ///< (N) genes expressed in each cell of the stream
  std::vector<double> total_counts;  ///< (N) sum over all genes of each cell
  std::vector<uint32_t> n_cells;     ///< (G) kept cells that express the gene
  std::vector<double> gene_counts;   ///< (G) sum over the kept cells
};

/// Cells by expressed genes first, then genes by expressing cells among those kept: one pass.
///
/// Same as scanpy 1.11.5 filter_cells(min_genes) followed by filter_genes(min_cells).
FilterResults filter_cells_and_genes(const RowStream& counts, const FilterOptions& options,
                                     Progress& progress);

}  // namespace zerocell
