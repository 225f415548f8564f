#include "zerocell/models/geneformer/network.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "zerocell/core/error.h"
#include "zerocell/core/matrix.h"

namespace zerocell {
namespace {

TransformerConfig encoder_config(const GeneformerConfig& config) {
  return {config.n_layers, config.dim, config.n_heads, config.ffn_dim, config.activation, config.norm_eps};
}

/// Positions with the type of every token, which is always 0, added once for all.
FloatTensor typed_positions(const Weights& weights) {
  const auto& positions = weights.at("position.weight");
  const auto& types = weights.at("token_type.weight");
  const size_t dim = positions.shape[1];
  const auto sums = std::make_shared<AlignedVector<float>>(positions.values.begin(), positions.values.end());
  for (size_t i = 0; i < sums->size(); ++i) (*sums)[i] += types.values[i % dim];
  return {positions.shape, *sums, sums};
}

EncoderPart encoder_part(const GeneformerTask& task, const GeneformerConfig& config) {
  if (task.predict) return {config.n_layers, false};
  return {task.hidden_state, task.pool == GeneformerPool::cls};
}

}  // namespace

std::vector<TensorSpec> geneformer_tensors(const GeneformerConfig& config, bool with_head) {
  const size_t d = config.dim;
  std::vector<TensorSpec> table{
      {"word.weight", "bert.embeddings.word_embeddings.weight", {config.vocab_size, d}},
      {"position.weight", "bert.embeddings.position_embeddings.weight", {config.n_positions, d}},
      {"token_type.weight", "bert.embeddings.token_type_embeddings.weight", {config.n_token_types, d}},
      {"embedding_norm.weight", "bert.embeddings.LayerNorm.weight", {d}, Initial::ones},
      {"embedding_norm.bias", "bert.embeddings.LayerNorm.bias", {d}, Initial::zeros}};
  for (size_t i = 0; i < config.n_layers; ++i) {
    const auto layer = fmt::format("bert.encoder.layer.{}.", i);
    add_layer_specs(
        encoder_config(config), fmt::format("layer.{}.", i),
        {layer + "attention.self.query", layer + "attention.self.key", layer + "attention.self.value",
         layer + "attention.output.dense", layer + "attention.output.LayerNorm", layer + "intermediate.dense",
         layer + "output.dense", layer + "output.LayerNorm"},
        table);
  }
  if (!with_head) return table;
  table.push_back({"head_dense.weight", "cls.predictions.transform.dense.weight", {d, d}});
  table.push_back({"head_dense.bias", "cls.predictions.transform.dense.bias", {d}, Initial::zeros});
  table.push_back({"head_norm.weight", "cls.predictions.transform.LayerNorm.weight", {d}, Initial::ones});
  table.push_back({"head_norm.bias", "cls.predictions.transform.LayerNorm.bias", {d}, Initial::zeros});
  table.push_back({"head.bias", "cls.predictions.bias", {config.vocab_size}, Initial::zeros});
  return table;
}

std::vector<std::string> geneformer_extra_tensors(bool with_head) {
  std::vector<std::string> extra{"bert.embeddings.position_ids",
                                 "embeddings.position_ids",
                                 "cls.predictions.decoder.",
                                 "cls.seq_relationship.",
                                 "classifier.",
                                 "bert.pooler.",
                                 "pooler."};
  if (!with_head) extra.emplace_back("cls.predictions.");
  return extra;
}

Weights load_geneformer_weights(const Checkpoint& checkpoint, const GeneformerConfig& config,
                                bool with_head) {
  auto table = geneformer_tensors(config, with_head);
  constexpr std::string_view kPrefix = "bert.";
  // BertModel saved alone has no such prefix.
  if (!checkpoint.find("bert.embeddings.word_embeddings.weight") &&
      checkpoint.find("embeddings.word_embeddings.weight"))
    for (auto& spec : table)
      if (spec.file_name.starts_with(kPrefix)) spec.file_name.erase(0, kPrefix.size());
  return Weights::load(checkpoint, table, geneformer_extra_tensors(with_head));
}

GeneformerNetwork::GeneformerNetwork(const Backend& backend, const GeneformerConfig& config,
                                     const Weights& weights, const GeneformerTask& task)
    : backend_(backend),
      config_(config),
      task_(task),
      encoder_config_(encoder_config(config)),
      n_layers_(encoder_part(task, config).n_layers),
      words_(backend, weights.at("word.weight")),
      positions_(backend, typed_positions(weights)),
      embedding_norm_(backend, WeightScope(weights).at("embedding_norm"), config.norm_eps),
      encoder_(backend, WeightScope(weights).at("layer"), encoder_config_, encoder_part(task, config)) {
  if (!task.predict) return;
  const WeightScope scope(weights);
  head_dense_.emplace(backend, scope.at("head_dense"));
  head_norm_.emplace(backend, scope.at("head_norm"), config.norm_eps);
  // The decoder is the table of words itself.
  head_vocabulary_ = backend.prepare(weights.at("word.weight").values, weights.at("head.bias").values,
                                     config.vocab_size, config.dim);
}

Rows GeneformerNetwork::input(const TokenBlock& block, Workspace& workspace) const {
  std::vector<uint32_t> places(block.n_tokens());
  for (size_t c = 0; c < block.n_cells(); ++c)
    std::iota(places.begin() + block.offsets[c], places.begin() + block.offsets[c + 1], 0u);
  const auto too_large = [&](uint32_t token) { return token >= config_.vocab_size; };
  if (std::ranges::any_of(block.tokens, too_large) ||
      std::ranges::any_of(places, [&](uint32_t place) { return place >= config_.n_positions; }))
    throw Error::internal("a token or a position lies beyond Geneformer's tables");
  const auto x = workspace.rows(block.n_tokens(), config_.dim);  // (L, D)
  backend_.gather(words_.rows(), block.tokens, false, x);
  backend_.gather(positions_.rows(), places, true, x);
  embedding_norm_(x);
  return x;
}

void GeneformerNetwork::embed(const TokenBlock& block, Workspace& workspace, std::span<float> out) const {
  if (block.n_cells() == 0) return;
  const Workspace::Scope scope(workspace);
  const auto x = input(block, workspace);
  const auto cells = workspace.rows(block.n_cells(), config_.dim);  // (C, D)
  if (task_.pool == GeneformerPool::cls) {
    encoder_.first_tokens(x, block.segments(), cells, workspace);
  } else {
    encoder_(x, block.segments(), workspace);
    std::vector<RowRange> genes(block.n_cells());
    const uint32_t special = task_.special_tokens ? 1 : 0;
    for (size_t c = 0; c < genes.size(); ++c)
      genes[c] = {block.offsets[c] + special, block.offsets[c + 1] - special};
    backend_.mean_rows(x, genes, cells);
  }
  backend_.download(cells, out);
}

void GeneformerNetwork::predict(const TokenBlock& block, Workspace& workspace,
                                std::span<Prediction> out) const {
  if (block.n_cells() == 0) return;
  const Workspace::Scope scope(workspace);
  const auto x = input(block, workspace);
  encoder_(x, block.segments(), workspace);
  const auto transformed = workspace.rows(x.n_rows, x.n_cols);  // (L, D)
  (*head_dense_)(x, config_.activation, transformed, workspace);
  (*head_norm_)(transformed);
  backend_.argmax_linear(transformed, *head_vocabulary_, out, workspace);
}

size_t GeneformerNetwork::block_bytes(size_t n_tokens) const {
  return sizeof(float) * n_tokens * Transformer::floats_per_token(encoder_config_);
}

double GeneformerNetwork::flops(double n_tokens) const {
  return transformer_flops(encoder_config_, n_layers_, n_tokens);
}

}  // namespace zerocell
