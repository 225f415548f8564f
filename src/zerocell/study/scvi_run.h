#pragma once
#include "zerocell/study/methods.h"

namespace zerocell {

/// The method `scvi`: trains scVI on the selected cells' counts and gives the means of q(z | x). Cells
/// without counts, and genes that no cell has, are left out and counted; batches are an option.
ComputedEmbedding embed_scvi(const EmbeddingJob& job);

}  // namespace zerocell
