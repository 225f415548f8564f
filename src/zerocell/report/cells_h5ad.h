#pragma once
#include <cstdint>
#include <string>

#include "zerocell/core/evaluation.h"
#include "zerocell/core/parallel.h"

namespace zerocell {

/// A sparse embedding larger than this as a dense matrix is left out of cells.h5ad.
inline constexpr uint64_t kMaxDenseBytes = uint64_t{512} << 20;

/// cells.h5ad: what was computed per cell, for anndata; no expression and no genes.
///
/// obs: cell names, the label and batch columns, and for each embedding `<tag>_cluster` (categorical "0",
/// "1", ...),
/// `<tag>_silhouette_label` and `<tag>_silhouette_batch` (NaN where undefined); obsm: `X_<tag>` (N, D) and
/// `X_umap_<tag>` (N, 2), both float32 and dense; uns: `zerocell` (version), and `X_<tag>` with the reason
/// where an embedding was left out for its size. A name that is taken already gets a "_" behind it. What an
/// embedding lacks is left out. Throws Error(data) where the file cannot be written, Error(internal) where
/// lengths differ from n_cells.
void write_cells_h5ad(const Evaluation& evaluation, const std::string& path, ThreadPool& pool);

}  // namespace zerocell
