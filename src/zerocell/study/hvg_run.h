#pragma once
#include <string>

#include "zerocell/baselines/hvg.h"
#include "zerocell/study/methods.h"

namespace zerocell {

/// Options n_top_genes and flavor of a spec. Throws Error(usage) for a flavor that does not exist.
HvgOptions hvg_options(const EmbeddingSpec& spec);

/// Log-normalised highly variable genes of the job's counts. hvg_batch_key: obs column inside whose groups
/// genes are ranked; empty: over all cells.
HvgResults compute_hvg(const EmbeddingJob& job, const HvgOptions& options, const std::string& hvg_batch_key);

/// Every option with the value used, for ComputedEmbedding::options.
std::string describe_hvg(const HvgOptions& options, const EmbeddingSpec& spec,
                         const std::string& hvg_batch_key);

/// The embedding `pca`: principal components of compute_hvg, option n_comps of them, with what must be told.
ComputedEmbedding compute_pca(const EmbeddingJob& job, const std::string& hvg_batch_key);

/// Tells of cells that the filters left without an embedding.
void warn_of_lost_cells(ComputedEmbedding& embedding, size_t n_cells, size_t min_genes);

/// Tells of batches without a vote, and of genes between which only the order of the columns decided.
void warn_of_gene_choice(ComputedEmbedding& embedding, const HvgResults& results);

}  // namespace zerocell
