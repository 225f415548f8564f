#pragma once
#include "zerocell/integration/harmony.h"
#include "zerocell/study/methods.h"

namespace zerocell {

/// Options theta, variant and max_iter of a spec. Throws Error(usage) for a value that an option does not
/// take.
HarmonyOptions harmony_options(const EmbeddingSpec& spec, uint64_t seed);

/// `harmony` of the method table: the components of `pca`, corrected for the batches. Cells without a batch
/// have no embedding. The draws of a cell are keyed by its name, so that the order of the cells matters by
/// rounding alone. Throws Error(usage) where neither the spec nor the job names a column of batches.
ComputedEmbedding embed_harmony(const EmbeddingJob& job);

}  // namespace zerocell
