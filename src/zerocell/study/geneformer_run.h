#pragma once
#include <span>
#include <string>
#include <vector>

#include "zerocell/core/reconstruction.h"
#include "zerocell/models/geneformer/network.h"
#include "zerocell/models/geneformer/tokenize.h"
#include "zerocell/study/methods.h"

namespace zerocell {

/// The options of a SPEC of geneformer, read and checked; no file is touched.
struct GeneformerSettings {
  std::string path;  ///< of the folder, or of the file of weights in it
  int layer =
      -2;  ///< index into the hidden states: 0 embedding, 1.. after so many layers, -1 last, -2 before
  GeneformerPool pool = GeneformerPool::mean;
  Precision precision = Precision::float32;
  bool random_weights = false;
  GeneformerTokenizerOptions tokens;  ///< n_positions is the model's to say
  uint64_t seed = 0;
};

/// Throws Error(usage) for a value that an option does not take.
GeneformerSettings parse_geneformer_settings(const EmbeddingSpec& spec, uint64_t seed);

/// True where the weights are random: drawn here, or by 'zerocell init-model'.
bool geneformer_draws(const EmbeddingSpec& spec);
bool geneformer_untrained(const EmbeddingSpec& spec);

/// Files whose content decides the result: weights, configuration, dictionaries.
std::vector<std::string> geneformer_files(const EmbeddingSpec& spec);

/// What decides a cell's tokens: jobs of one key may go through one pass.
std::string geneformer_pass_key(const EmbeddingJob& job);

/// `geneformer` of the method table: one vector a cell, of each job. Cells without a gene of the vocabulary
/// have none. The jobs have one data set and one pass key.
std::vector<ComputedEmbedding> embed_geneformer(std::span<const EmbeddingJob> jobs);

/// The study's rank reconstruction: what the network predicts at every position of its own, unmasked input.
ReconstructionResult reconstruct_geneformer(const EmbeddingJob& job);

/// What Geneformer would see of a data set, and what it would cost.
ModelOutlook inspect_geneformer(const EmbeddingJob& job);

}  // namespace zerocell
