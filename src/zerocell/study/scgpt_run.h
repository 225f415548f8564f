#pragma once
#include <span>
#include <string>
#include <vector>

#include "zerocell/core/reconstruction.h"
#include "zerocell/study/methods.h"

namespace zerocell {

/// Files whose content decides the result: weights, args.json, vocab.json, the table of aliases.
std::vector<std::string> scgpt_files(const EmbeddingSpec& spec);

/// What decides a cell's tokens: jobs of one key may go through one pass.
std::string scgpt_pass_key(const EmbeddingJob& job);

/// True where the weights are random: drawn here, or by 'zerocell init-model'.
bool scgpt_untrained(const EmbeddingSpec& spec);

/// True where genes, bins and tokens of a cell rest on that cell alone.
bool scgpt_cell_wise(const EmbeddingSpec& spec);

/// `scgpt` of the method table: one vector of length 1 a cell, of each job. Cells without a gene of the
/// vocabulary (with route B: without a chosen gene) have none. The jobs have one data set and one pass key.
std::vector<ComputedEmbedding> embed_scgpt(std::span<const EmbeddingJob> jobs);

/// The study's reconstruction of bins from the network's own input (GEP, GEPC), or of masked bins.
ReconstructionResult reconstruct_scgpt(const EmbeddingJob& job);

/// What scGPT would see of a data set, and what it would cost.
ModelOutlook inspect_scgpt(const EmbeddingJob& job);

}  // namespace zerocell
