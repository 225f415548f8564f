#include "zerocell/preprocess/filter.h"

namespace zerocell {

FilterResults filter_cells_and_genes(const RowStream& counts, const FilterOptions& options,
                                     Progress& progress) {
  FilterResults out;
  out.n_genes.reserve(counts.n_rows);
  out.total_counts.reserve(counts.n_rows);
  out.n_cells.assign(counts.n_cols, 0);
  out.gene_counts.assign(counts.n_cols, 0.0);
  progress.stage("filter", counts.n_rows);
  counts.for_each_block([&](const RowBlock& block) {
    progress.check();
    for (size_t i = 0; i < block.values.n_rows; ++i) {
      const auto genes = block.values.row_indices(i);
      const auto values = block.values.row_values(i);
      uint32_t expressed = 0;
      double total = 0;
      for (const float value : values) {
        expressed += value > 0;
        total += value;
      }
      out.n_genes.push_back(expressed);
      out.total_counts.push_back(total);
      if (expressed < options.min_genes) continue;
      out.cells.push_back(static_cast<uint32_t>(block.first_row + i));
      for (size_t k = 0; k < genes.size(); ++k) {
        out.n_cells[genes[k]] += values[k] > 0;
        out.gene_counts[genes[k]] += values[k];
      }
    }
    progress.advance(block.values.n_rows);
  });
  for (size_t g = 0; g < counts.n_cols; ++g)
    if (out.n_cells[g] >= options.min_cells) out.genes.push_back(static_cast<uint32_t>(g));
  return out;
}

}  // namespace zerocell
