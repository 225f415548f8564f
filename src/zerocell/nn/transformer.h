#pragma once
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

/// x = LN(x + out(attention(x))); x = LN(x + W2 act(W1 x)).
class TransformerLayer {
 public:
  /// `first_only`: the layer computes the first token of every cell and nothing else.
  TransformerLayer(const Backend& backend, const WeightScope& scope, const TransformerConfig& config,
                   bool first_only);

  /// x (L, D) in place.
  void operator()(Rows x, Segments segments, Workspace& workspace) const;
  /// x (L, D) -> first (C, D): the new values of every cell's first token.
  void first_tokens(ConstRows x, Segments segments, Rows first, Workspace& workspace) const;

 private:
  void feed_forward(Rows x, ConstRows attended, Workspace& workspace) const;

  const Backend& backend_;
  TransformerConfig config_;
  std::optional<Linear> query_key_value_;    // (D -> 3D)
  std::optional<Linear> query_, key_value_;  // (D -> D), (D -> 2D) where only first tokens are computed
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
  void operator()(Rows x, Segments segments, Workspace& workspace) const;
  /// x (L, D), overwritten, -> first (C, D). With first_only.
  void first_tokens(Rows x, Segments segments, Rows first, Workspace& workspace) const;

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
