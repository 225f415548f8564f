#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

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

/// Finds and reads token_dictionary*, gene_median_dictionary*, gene_name_id_dict* and, where there is one,
/// ensembl_mapping_dict* (.pkl or .json) in `folder`. Throws Error(data) where one is missing or there are
/// several, where tokens are not dense 0..n-1, where genes of tokens and medians differ, a median is not
/// positive and finite, or where the number of tokens is not `vocab_size`: dictionaries belong to weights by
/// series, and a mismatched pair would run silently.
GeneformerVocabulary load_geneformer_vocabulary(const std::string& folder, size_t vocab_size);

}  // namespace zerocell
