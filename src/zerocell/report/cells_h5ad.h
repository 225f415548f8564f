#pragma once
#include <cstdint>
#include <string>

#include "zerocell/core/evaluation.h"
#include "zerocell/core/parallel.h"

namespace zerocell {

/// cells.h5ad: what was computed per cell, for anndata; no expression and no genes.
///
/// obs: cell names, the label and batch columns, and for each embedding `<tag>_cluster` (categorical "0",
/// "1", ...), `<tag>_silhouette_label` and `<tag>_silhouette_batch` (NaN where undefined); obsm: `X_<tag>`
/// (N, D), dense, or CSR where the embedding is sparse, and `X_umap_<tag>` (N, 2), all float32; uns:
/// `zerocell` (version). A name that is taken already gets a "_" behind it. What an embedding lacks is left
/// out. Throws Error(data) where the file cannot be written, Error(internal) where lengths differ from
/// n_cells.
void write_cells_h5ad(const Evaluation& evaluation, const std::string& path, ThreadPool& pool);

}  // namespace zerocell
