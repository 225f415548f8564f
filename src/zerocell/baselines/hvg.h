#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "zerocell/core/evaluation.h"
#include "zerocell/core/matrix.h"
#include "zerocell/core/parallel.h"
#include "zerocell/core/progress.h"
#include "zerocell/core/row_stream.h"
#include "zerocell/preprocess/filter.h"
#include "zerocell/preprocess/highly_variable.h"

namespace zerocell {

struct HvgOptions {
  size_t n_top_genes = 2000;
  HvgFlavor flavor = HvgFlavor::seurat;
  FilterOptions filter;     ///< min_genes = 10, min_cells = 10
  double target_sum = 1e4;  ///< counts per cell after normalisation
  size_t cache_bytes =
      size_t{1} << 30;  ///< decoded counts kept between passes; more: the source is read again
};

struct HvgResults {
  CsrMatrix values;                   ///< (kept cells, chosen genes) log-normalised, no stored zeros
  std::vector<uint32_t> cells;        ///< rows of the input that passed min_genes, ascending
  std::vector<uint32_t> genes;        ///< columns of the input that were chosen, ascending
  std::vector<uint32_t> tied_genes;   ///< columns of the input that tie at the cut (seurat_v3.h); else empty
  std::vector<std::string> warnings;  ///< of the choice of genes
  std::vector<Loss> losses;           ///< cells, genes and UMIs of the input that `values` does not show
};

/// The `hvg` embedding: filter, normalize_total, log1p, highly variable genes; the values of those genes, not
/// scaled.
///
/// counts: (N, G). groups: batches (N) and gene names (G) of the input for a selection inside each batch, or
/// empty. Same matrix as scanpy 1.11.5's a[:, a.var.highly_variable].X, for the flavors seurat_v3 with genes
/// chosen from the filtered raw counts. Three passes (seurat_v3: four), or one and the cache. Throws
/// Error(data) where no cell or no gene passes the filters, or where seurat_v3 cannot rank genes.
HvgResults hvg(const RowStream& counts, const HvgOptions& options, const BatchGroups& groups,
               ThreadPool& pool, Progress& progress);

/// The `all-genes` embedding: the same without the choice of genes; n_top_genes and flavor are not used.
HvgResults all_genes(const RowStream& counts, const HvgOptions& options, ThreadPool& pool,
                     Progress& progress);

}  // namespace zerocell
