#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "zerocell/checkpoint/checkpoint.h"
#include "zerocell/models/scgpt/config.h"
#include "zerocell/nn/weights.h"

namespace zerocell {

/// Which tensors a table has beside those of the encoder.
struct ScgptParts {
  bool decoders = false;    ///< decoder.* and mvc_decoder.*: predicted expression (GEP, GEPC)
  bool batch_norm = false;  ///< bn.*: BatchNorm1d (eps 6.1e-5) after the sum of gene and value
};

/// How a file names the packed projections of query, key and value. The numbers are the same: rows of query,
/// then key, then value.
enum class ScgptNaming {
  in_proj,        ///< self_attn.in_proj_weight: PyTorch's own attention
  flash,          ///< self_attn.Wqkv.weight: flash-attention 1; the published files
  flash_wrapped,  ///< self_attn._impl.Wqkv.weight: the package's wrapper of either flash-attention
};

/// Names of tensors in a file.
struct ScgptFileNames {
  ScgptNaming naming = ScgptNaming::in_proj;
};

/// The table of tensors of V tokens: our name, the name in files, shape, untrained values. In it the packed
/// projections are one tensor, layer.{i}.query_key_value.{weight (3D, D), bias (3D)}, which
/// load_scgpt_weights and random_scgpt_weights split.
std::vector<TensorSpec> scgpt_tensors(const ScgptConfig& config, size_t n_tokens, ScgptParts parts = {},
                                      const ScgptFileNames& names = {});

/// Rows of the file's gene embedding, V. Throws Error(data) where it has none.
size_t scgpt_embedding_rows(const Checkpoint& checkpoint);

/// The weights of a published or fine-tuned file, by the names that the network takes (D dimensions, F
/// feed-forward, V tokens):
///
///   gene.weight (V, D)  gene_norm.{weight,bias}                      encoder.*
///   value_in.{weight (D, 1),bias}  value_out.{weight (D, D),bias}  value_norm.{weight,bias}  value_encoder.*
///   bn.{weight,bias,mean,var} (D)                                    where the file has them: has("bn.mean")
///   layer.{i}.{query,key,value,attention_out,ffn_in,ffn_out}.{weight,bias}
///   layer.{i}.{attention_norm,ffn_norm}.{weight,bias}                transformer_encoder.layers.{i}.*
///   decoder.{0,1,2}.{weight,bias}  gene_query.{weight,bias}  gene_product.weight (D, D)    with_decoders
///
/// query, key and value are views of one packed tensor. Heads of fine-tuned models (cls_decoder and others)
/// and flag_encoder, which only generated genes meet, are left out.
///
/// The embedding may have rows beyond the `n_tokens` names of the vocabulary (rows_fit); V counts them too.
///
/// Throws Error(data) where sizes disagree with args.json or `n_tokens` with the embedding, where the model
/// takes more than genes and bins (perturbations), where an encoder tensor is missing, misshapen or not
/// finite, where the file mixes namings, holds tensors that nobody knows, or, with_decoders, has decoders
/// that need batch labels or another architecture.
Weights load_scgpt_weights(const Checkpoint& checkpoint, const ScgptConfig& config, size_t n_tokens,
                           bool with_decoders);

/// What the user should be told of a file that is loaded: batch norms of single batches (dsbn), which a cell
/// of no known batch cannot meet, and heads of fine-tuned models.
std::vector<std::string> scgpt_weight_warnings(const Checkpoint& checkpoint);

/// How the layers of untrained weights are drawn.
enum class ScgptInit {
  independent,  ///< each by itself
  package,      ///< all equal: the package clones one initialised layer
};

/// Throws Error(usage) for a name other than "independent" and "package".
ScgptInit parse_scgpt_init(const std::string& name);

/// Untrained weights by the names of scgpt_tensors, as the package's model starts: gene embedding U(-0.1,
/// 0.1), linear layers U(+-1/sqrt(inputs)) with their biases, packed projections xavier_uniform (Glorot,
/// Bengio 2010) U(+-sqrt(6/(D + 3D))) without bias, attention's output without bias, norms 1 and 0.
Weights draw_scgpt_weights(const ScgptConfig& config, size_t n_tokens, uint64_t seed, ScgptInit init,
                           bool with_decoders);

/// The same by the names of load_scgpt_weights, query, key and value apart.
Weights random_scgpt_weights(const ScgptConfig& config, size_t n_tokens, uint64_t seed,
                             ScgptInit init = ScgptInit::independent, bool with_decoders = false);

}  // namespace zerocell
