#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "zerocell/core/parallel.h"
#include "zerocell/core/progress.h"
#include "zerocell/core/row_stream.h"
#include "zerocell/preprocess/highly_variable.h"

namespace zerocell {

struct SeuratV3Options {
  size_t n_top_genes = 2000;
  /// Order of the merged ranking: number of batches before median rank (scanpy's seurat_v3_paper), or the
  /// median rank first (seurat_v3). Without batches both are the same.
  bool batches_first = false;
  double span = 0.3;  ///< share of the genes that each local fit of the curve sees
};

struct SeuratV3Results {
  std::vector<double> means, variances;  ///< (G) over all cells, ddof 1
  std::vector<double> variances_norm;    ///< (G) mean over batches
  std::vector<double>
      highly_variable_rank;  ///< (G) from 0, median over batches that choose the gene; NaN: none
  std::vector<uint32_t> highly_variable_nbatches;  ///< (G) batches that choose the gene
  std::vector<uint8_t> highly_variable;            ///< (G) 1: chosen
  /// Genes, ascending, between which only the order of the columns decides: equal at the cut of the list, or
  /// equal at the cut of one batch.
  std::vector<uint32_t> tied_at_cut;
  std::vector<std::string> warnings;

  /// The chosen genes, ascending: n_top_genes of them, or all.
  std::vector<uint32_t> indices() const;
};

/// Highly variable genes of raw counts by the variance of standardised, clipped values, in two passes over
/// `counts`.
///
/// Stuart et al. 2019, doi:10.1016/j.cell.2019.05.031 (Seurat v3 "vst"), with the arithmetic of scanpy 1.11.5
/// highly_variable_genes(flavor="seurat_v3", n_top_genes, batch_key) and of scikit-misc 0.5.3. In each batch
/// of n cells: loess curve of log10 variance over log10 mean of the genes whose variance is not 0, s = its
/// standard deviation at the gene's mean m; counts are clipped at c = m + s sqrt(n);
/// variance_norm = (n m^2 + sum c^2 - 2 m sum c) / ((n - 1) s^2). Genes are ranked inside each batch; ranks
/// from n_top_genes on do not count; genes follow by median rank, then by number of batches.
///
/// Equal values rank in column order. scanpy's order of equal values inside a batch is that of an unstable
/// sort, which differs between processors: lists can differ in `tied_at_cut`, and with batches, where ranks
/// inside a tie enter a median, in genes whose median rank is close to the last one chosen. Integer counts
/// give the same bits in any order of the cells.
///
/// Batches without cells and cells without batch are left out, and so is a batch in which no gene varies (one
/// cell, or equal cells), with a warning. Warns of values that are no integers. Throws Error(data) for
/// negative or not finite values, or a batch whose genes do not determine the curve (fewer than 14 that vary,
/// or too few distinct means; scanpy stops there too, and at a batch without variance); Error(usage) for
/// n_top_genes 0.
SeuratV3Results seurat_v3_genes(const RowStream& counts, const SeuratV3Options& options,
                                const BatchGroups& groups, ThreadPool& pool, Progress& progress);

}  // namespace zerocell
