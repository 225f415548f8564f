#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "zerocell/nn/backend.h"

namespace zerocell {

/// Sizes of a Geneformer network: config.json of a Hugging Face BertForMaskedLM.
struct GeneformerConfig {
  size_t n_layers = 6;        ///< num_hidden_layers
  size_t dim = 256;           ///< hidden_size, D
  size_t n_heads = 4;         ///< num_attention_heads
  size_t ffn_dim = 512;       ///< intermediate_size
  size_t n_positions = 2048;  ///< max_position_embeddings: the longest cell
  size_t vocab_size = 25426;
  size_t n_token_types = 2;                  ///< type_vocab_size
  Activation activation = Activation::relu;  ///< hidden_act
  float norm_eps = 1e-12f;                   ///< layer_norm_eps
  bool untrained = false;    ///< zerocell_untrained, our own entry: the weights beside it are random
  bool tied_decoder = true;  ///< tie_word_embeddings: the head's decoder is the table of words itself

  /// "6 layers, 256 dimensions, 4 heads, 2,048 positions, 25,426 tokens"
  std::string text() const;
};

/// Reads config.json. Throws Error(data) for a file that is no such object, a size that is missing or
/// impossible (zero, above 2^20, dim not a multiple of n_heads), an activation other than relu and gelu, an
/// architecture that is not BERT's (position_embedding_type other than absolute), pruned heads and quantised
/// weights.
GeneformerConfig read_geneformer_config(const std::string& path);

/// read_geneformer_config on the bytes of a file; `path` is for messages.
GeneformerConfig parse_geneformer_config(std::string_view text, const std::string& path);

/// The published architectures by name: "V1-10M", "V1-40M" (12 layers), "gf-12L-95M", "gf-20L-95M",
/// "V2-104M", "V2-316M". Throws Error(usage) that names them for any other.
GeneformerConfig geneformer_architecture(const std::string& name);

/// Their names, the default first.
std::vector<std::string> geneformer_architectures();

/// As config.json, readable by transformers.
std::string to_json(const GeneformerConfig& config);

}  // namespace zerocell
