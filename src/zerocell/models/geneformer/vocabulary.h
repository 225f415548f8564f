#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "zerocell/checkpoint/dictionary_file.h"

namespace zerocell {

/// Geneformer's dictionaries: tokens, median expression and names of genes.
struct GeneformerVocabulary {
  struct Gene {
    std::string ensembl;
    uint32_t token = 0;
    double median = 0;  ///< non-zero median of its normalised counts over the pretraining cells
  };
  std::vector<Gene> genes;                                       ///< by token, ascending
  std::unordered_map<std::string, uint32_t> by_ensembl;          ///< Ensembl id -> position in genes
  std::unordered_map<std::string, std::string> name_to_ensembl;  ///< symbol -> Ensembl id
  std::unordered_map<std::string, std::string>
      mapping;          ///< V2: Ensembl id -> current Ensembl id; empty in V1
  size_t n_tokens = 0;  ///< with special tokens
  uint32_t pad = 0, mask = 1;
  std::optional<uint32_t> cls, eos;  ///< V2 alone
  std::vector<std::string> files;    ///< that were read, for content hashes

  bool has_special_tokens() const { return cls.has_value(); }
};

/// The dictionaries of one series; `names` and `mapping` may be null: then only Ensembl ids match, and only
/// by themselves. Throws Error(data) where tokens are not dense 0..n-1 with <pad> 0 and <mask> 1, only one of
/// <cls> and <eos> is there, genes of tokens and medians differ, a median is not positive and finite, a value
/// has the wrong type, or the number of tokens does not fit `vocab_size` (rows_fit: weights may be padded at
/// the end): dictionaries belong to weights by series, and a mismatched pair would run silently.
GeneformerVocabulary make_geneformer_vocabulary(const Dictionary& tokens, const Dictionary& medians,
                                                const Dictionary* names, const Dictionary* mapping,
                                                size_t vocab_size);

/// Finds and reads token_dictionary*, gene_median_dictionary* and, where they are there, gene_name_id_dict*
/// and ensembl_mapping_dict* (.pkl or .json). One series has one ending in one folder
/// (token_dictionary_gc104M.pkl, gene_median_dictionary_gc104M.pkl).
///
/// Looks in `folder`; where that has no token dictionary, in the folders of the published repository:
/// geneformer/, geneformer/gene_dictionaries_30m/ and gene_dictionaries_30m/ below it, geneformer/ and
/// geneformer/gene_dictionaries_30m/ beside it; takes the one with `vocab_size` tokens, else the one that
/// fits padded weights. Throws Error(data) where there is none, saying which files were looked at, where
/// several fit, where medians are missing, and as make_geneformer_vocabulary does.
GeneformerVocabulary load_geneformer_vocabulary(const std::string& folder, size_t vocab_size);

}  // namespace zerocell
