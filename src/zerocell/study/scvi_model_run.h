#pragma once
#include <string>
#include <vector>

#include "zerocell/study/methods.h"

namespace zerocell {

/// True where the spec of the method `scvi` asks for training: without the option model.
bool scvi_trains(const EmbeddingSpec& spec);

/// Throws Error(usage) for options of training beside model=PATH.
void check_scvi_options(const EmbeddingSpec& spec);

/// The file that model=PATH names, whose content decides the result; none without.
std::vector<std::string> scvi_files(const EmbeddingSpec& spec);

/// Means of q(z | x) of the selected cells by a trained model. Genes are matched by name (match_scvi_genes);
/// genes of the model that the data lack count as zero, cells without a count of the model's genes have no
/// embedding: both are losses. The encoder is not told the batch, so that other batches than the model's are
/// a warning.
ComputedEmbedding embed_by_scvi_model(const EmbeddingJob& job);

}  // namespace zerocell
