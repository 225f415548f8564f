#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "zerocell/models/geneformer/config.h"
#include "zerocell/models/token_block.h"
#include "zerocell/nn/transformer.h"

namespace zerocell {

/// The table of tensors: our name, the name in published files, shape, untrained values (BERT: N(0, 0.02^2),
/// zero biases, unit norms). `with_head`: the vocabulary head too, which fine-tuned files lack.
std::vector<TensorSpec> geneformer_tensors(const GeneformerConfig& config, bool with_head);

/// Tensors of a published file that no answer needs: buffers, tied duplicates, heads of fine-tuned models.
std::vector<std::string> geneformer_extra_tensors(bool with_head);

/// The weights of a published or fine-tuned file. Those saved without the name space of a head
/// (BertModel alone) are read as well. The head's decoder is the table of words, or with tie_word_embeddings
/// false the file's own matrix and bias. Errors: Weights::load; a decoder that the configuration and the file
/// do not agree on, with_head alone; a network that lies under another name.
Weights load_geneformer_weights(const Checkpoint& checkpoint, const GeneformerConfig& config, bool with_head);

/// What the user should be told of a file that is loaded: heads of fine-tuned models.
std::vector<std::string> geneformer_weight_warnings(const Checkpoint& checkpoint);

/// What a cell's vector is made of.
enum class GeneformerPool {
  mean,  ///< mean over the cell's genes; special tokens (V2) are left out
  cls,   ///< the first token (V2: <cls>)
};

/// What the network is to compute.
struct GeneformerTask {
  size_t hidden_state = 0;  ///< output of so many layers; 0: of the embedding layer
  GeneformerPool pool = GeneformerPool::mean;
  bool special_tokens = false;  ///< cells begin with <cls> and end with <eos>
  bool predict = false;         ///< the vocabulary head on the last layer instead of a vector
};

/// Geneformer's encoder, prepared for one task on one device. Const afterwards; any number of threads may use
/// it, each with a workspace of its own.
///
/// x = word[token] + type[0] + position[i]; LayerNorm; `hidden_state` post-norm layers (Devlin et al. 2019,
/// BERT; Theodoris et al. 2023, doi:10.1038/s41586-023-06139-9).
class GeneformerNetwork {
 public:
  GeneformerNetwork(const Backend& backend, const GeneformerConfig& config, const Weights& weights,
                    const GeneformerTask& task);

  size_t dim() const { return config_.dim; }
  /// Writes one vector a cell to out (C, D) in host memory.
  void embed(const TokenBlock& block, Workspace& workspace, std::span<float> out) const;
  /// The most probable token at every position: out (L). Needs a task with `predict`.
  void predict(const TokenBlock& block, Workspace& workspace, std::span<Prediction> out) const;

  /// Bytes of scratch memory for a block of so many tokens.
  size_t block_bytes(size_t n_tokens) const;
  /// Floating-point operations of one cell of L tokens, head apart.
  double flops(double n_tokens) const;

 private:
  Rows input(const TokenBlock& block, Workspace& workspace) const;

  const Backend& backend_;
  GeneformerConfig config_;
  GeneformerTask task_;
  TransformerConfig encoder_config_;
  size_t n_layers_;
  DeviceTable words_, positions_;
  LayerNorm embedding_norm_;
  Transformer encoder_;
  std::optional<Linear> head_dense_;
  std::optional<LayerNorm> head_norm_;
  std::unique_ptr<LinearWeights> head_vocabulary_;
};

}  // namespace zerocell
