#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "zerocell/nn/layers.h"

namespace zerocell {

/// Sizes of an encoder whose layers normalise after each sum (Vaswani et al. 2017, post-norm).
struct TransformerConfig {
  size_t n_layers = 6;
  size_t dim = 256;  ///< D
  size_t n_heads = 4;
  size_t ffn_dim = 512;  ///< F
  Activation activation = Activation::relu;
  float norm_eps = 1e-12f;
};

/// Rows of the table of tensors of one layer: query, key, value, attention_out, ffn_in, ffn_out (weight,
/// bias), attention_norm, ffn_norm. `file_names` gives the published name of each, in this order.
void add_layer_specs(const TransformerConfig& config, const std::string& prefix,
                     const std::vector<std::string>& file_names, std::vector<TensorSpec>& table);

/// Fills in query, key and value (L, 3D) of a layer's input, where they are known without a product.
using Projections = std::function<void(Rows qkv)>;

/// x = LN(x + out(attention(x))); x = LN(x + W2 act(W1 x)).
class TransformerLayer {
 public:
  /// `first_only`: the layer computes the first token of every cell and nothing else.
  TransformerLayer(const Backend& backend, const WeightScope& scope, const TransformerConfig& config,
                   bool first_only);

  /// x (L, D) in place. Not with first_only.
  void operator()(Rows x, Segments segments, Workspace& workspace, const Projections& known = {}) const;
  /// x (L, D) -> first (C, D): the new values of every cell's first token. With first_only.
  ///
  /// With one query a cell neither keys nor values need be computed: a head's scores q_h (W_k x_i + b_k)
  /// differ from (W_k^T q_h) x_i by a number that softmax ignores, and its output is W_v (sum of p_i x_i) +
  /// b_v.
  void first_tokens(ConstRows x, Segments segments, Rows first, Workspace& workspace) const;

 private:
  void prepare_heads(const WeightScope& scope);
  void feed_forward(Rows x, ConstRows attended, Workspace& workspace) const;

  const Backend& backend_;
  TransformerConfig config_;
  std::optional<Linear> query_key_value_;  // (D -> 3D)
  // Where only first tokens are computed: (D -> D); for each head W_k^T (d -> D) and W_v (D -> d).
  std::optional<Linear> query_;
  std::vector<std::unique_ptr<LinearWeights>> key_of_head_, value_of_head_;
  Linear attention_out_, ffn_in_, ffn_out_;
  LayerNorm attention_norm_, ffn_norm_;
};

/// Which part of an encoder an answer needs.
struct EncoderPart {
  size_t n_layers = 0;      ///< run the first so many
  bool first_only = false;  ///< of the last of them only every cell's first token
};

/// The first layers of an encoder, on packed tokens. Layers that are not needed are neither prepared nor run.
class Transformer {
 public:
  Transformer(const Backend& backend, const WeightScope& layers, const TransformerConfig& config,
              EncoderPart part);

  /// x (L, D) in place through all layers. Not with first_only.
  /// `known`: query, key and value of the first layer.
  void operator()(Rows x, Segments segments, Workspace& workspace, const Projections& known = {}) const;
  /// x (L, D), overwritten, -> first (C, D). With first_only. `known` is not asked by an encoder of one
  /// layer.
  void first_tokens(Rows x, Segments segments, Rows first, Workspace& workspace,
                    const Projections& known = {}) const;

  /// Floats of scratch memory that a packed token needs at most, x itself included.
  static size_t floats_per_token(const TransformerConfig& config);

 private:
  const Backend& backend_;
  std::vector<TransformerLayer> layers_;
  bool first_only_;
};

/// Multiplications and additions of one cell of L tokens through the first layers: 2 for each weight and
/// token and 4 L D a token for attention.
double transformer_flops(const TransformerConfig& config, size_t n_layers, double n_tokens);

}  // namespace zerocell
