#pragma once
#include "zerocell/study/methods.h"

namespace zerocell {

/// Embeddings that the user gives: an entry of obsm, a file, the matrix X.
///
/// Rows are matched to the selected cells (data/row_match.h). Rows of NaN alone are cells without a vector.
/// Any other value that is not finite, or beyond float32, is an Error(data) that names the embedding, entry,
/// row, cell and column. Columns that float32 would blur are shifted before they become float32
/// (data/narrow_values.h).
ComputedEmbedding embed_obsm(const EmbeddingJob& job);
ComputedEmbedding embed_file(const EmbeddingJob& job);
ComputedEmbedding embed_x(const EmbeddingJob& job);

}  // namespace zerocell
