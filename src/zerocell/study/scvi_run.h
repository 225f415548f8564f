#pragma once
#include "zerocell/study/methods.h"

namespace zerocell {

/// The method `scvi`: trains scVI on the selected cells' counts and gives the means of q(z | x). Cells
/// without counts, and genes that no cell has, are left out and counted; batches are an option. The trained
/// model is written to the job's model_path, where there is one. With the option model, embed_by_scvi_model.
ComputedEmbedding embed_scvi(const EmbeddingJob& job);

/// Throws Error(usage) for values that the options of training do not take.
void check_scvi_training(const EmbeddingSpec& spec);

}  // namespace zerocell
