#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "zerocell/checkpoint/dictionary_file.h"
#include "zerocell/core/row_stream.h"
#include "zerocell/models/geneformer/config.h"
#include "zerocell/models/geneformer/vocabulary.h"

namespace zerocell {

/// Dictionaries of a Geneformer for genes of one's own.
struct GeneformerDictionaries {
  Dictionary tokens, medians, names;
};

/// Tokens for `genes` in the order given, after the special tokens (<pad>, <mask>; V2 also <cls>, <eos>), and
/// their medians over the cells that express them of x / n_counts * 10000; 1 for a gene that none expresses.
/// Repeated genes count once. The names lead to the genes themselves.
GeneformerDictionaries geneformer_dictionaries(std::span<const std::string> genes, const RowStream& counts,
                                               bool special_tokens);

/// Writes an untrained model in the published file formats: config.json, model.safetensors,
/// token_dictionary.pkl, gene_median_dictionary.pkl and gene_name_id_dict.pkl. The folder is made where it is
/// missing. config.vocab_size must be that of the dictionaries.
void write_untrained_geneformer(const std::string& folder, const GeneformerConfig& config,
                                const GeneformerDictionaries& dictionaries, uint64_t seed);

}  // namespace zerocell
