#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "zerocell/models/scgpt/tokenize.h"
#include "zerocell/models/scgpt/vocabulary.h"
#include "zerocell/models/token_block.h"

namespace zerocell {

/// A control of gene identity: every gene of the vocabulary is given another's row of the embedding, by a
/// seeded permutation of all genes. Special tokens stay. (T) in the order of `vocabulary_ids`.
std::vector<uint32_t> shuffled_genes(std::span<const uint32_t> vocabulary_ids,
                                     const ScgptVocabulary& vocabulary, uint64_t seed);

/// A control of values: the bins of each cell are dealt out anew among its genes. Drawn from (seed, the
/// cell's own tokens and bins); the first token, <cls>, stays. `keys`: ScgptTokenizer::keys().
void shuffle_values(TokenBlock& block, std::span<const uint64_t> keys, uint64_t seed);

/// Puts the mask in place of a share of the bins of every cell, gene by gene with probability `share`, drawn
/// from (seed, the cell's own tokens and bins, gene). Returns for every token 1 where it is masked. <cls>
/// never is.
std::vector<uint8_t> mask_values(TokenBlock& block, std::span<const uint64_t> keys, const ScgptValues& values,
                                 double share, uint64_t seed);

}  // namespace zerocell
