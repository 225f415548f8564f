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

constexpr std::string_view kDecoder = "cls.predictions.decoder.", kHeadBias = "cls.predictions.bias";
constexpr std::string_view kWords = "embeddings.word_embeddings.weight";

/// True where two tensors of a file are the same numbers.
bool are_equal(const Checkpoint& checkpoint, const StoredTensor& a, const StoredTensor& b) {
  return a.shape == b.shape && std::ranges::equal(checkpoint.floats(a).values, checkpoint.floats(b).values);
}

[[noreturn]] void refuse_decoder(const Checkpoint& checkpoint, const std::string& expected,
                                 const std::string& found, const char* advice) {
  throw Error::data({checkpoint.files().front(), expected, found, advice});
}

/// The head's decoder has a matrix and a bias of its own, or shares them with the words and
/// cls.predictions.bias; what the configuration says and what the file holds must agree. Chooses the names in
/// the file.
void choose_decoder(const Checkpoint& checkpoint, const GeneformerConfig& config, const std::string& words,
                    std::vector<TensorSpec>& table) {
  const std::string weight_name = std::string(kDecoder) + "weight",
                    bias_name = std::string(kDecoder) + "bias";
  const auto *weight = checkpoint.find(weight_name), *bias = checkpoint.find(bias_name);
  if (!config.tied_decoder && weight == nullptr)
    refuse_decoder(
        checkpoint, fmt::format("'{}', as config.json has tie_word_embeddings false", weight_name), "none",
        "Genes cannot be predicted with this file; cells can be embedded. Take the weights as they were "
        "trained, or config.json without that entry where the decoder is the table of words");
  constexpr const char* kWhichIsMeant =
      "It is not clear which one is meant: set tie_word_embeddings to false in config.json where the "
      "decoder's own "
      "numbers count; cells can be embedded in either case";
  if (config.tied_decoder && weight != nullptr)
    if (const auto* word = checkpoint.find(words); word != nullptr && !are_equal(checkpoint, *weight, *word))
      refuse_decoder(checkpoint,
                     fmt::format("'{}' equal to the words, to which config.json ties it", weight_name),
                     "other numbers", kWhichIsMeant);
  const auto* own = checkpoint.find(kHeadBias);
  if (config.tied_decoder && bias != nullptr && own != nullptr && !are_equal(checkpoint, *bias, *own))
    refuse_decoder(checkpoint,
                   fmt::format("'{}' equal to '{}', to which config.json ties it", bias_name, kHeadBias),
                   "other numbers", kWhichIsMeant);
  if (bias != nullptr && (!config.tied_decoder || own == nullptr))
    for (auto& spec : table)
      if (spec.name == "head.bias") spec.file_name = bias_name;
}

/// Where the network lies under a name that is not a wrapper's, says so.
void require_words(const Checkpoint& checkpoint) {
  for (const StoredTensor& tensor : checkpoint.tensors()) {
    if (!tensor.name.ends_with(kWords)) continue;
    const std::string in_front = tensor.name.substr(0, tensor.name.size() - kWords.size());
    if (in_front.empty() || in_front == "bert.") return;
    throw Error::data(
        {checkpoint.files().front(), fmt::format("names that begin as 'bert.{}'", kWords),
         fmt::format("'{}'", tensor.name.substr(0, 200)),
         fmt::format("Save the network that lies under '{}' alone: save_pretrained of that part, or "
                     "its state_dict()",
                     in_front.substr(0, 100))});
  }
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
  if (!config.tied_decoder)
    table.push_back({"head.weight", std::string(kDecoder) + "weight", {config.vocab_size, d}});
  return table;
}

std::vector<std::string> geneformer_extra_tensors(bool with_head) {
  std::vector<std::string> extra{"bert.embeddings.position_ids",
                                 "embeddings.position_ids",
                                 std::string(kDecoder),
                                 std::string(kHeadBias),  // beside a decoder's own
                                 "cls.seq_relationship.",
                                 "classifier.",
                                 "qa_outputs.",
                                 "bert.pooler.",
                                 "pooler.",
                                 "n_averaged"};
  if (!with_head) extra.emplace_back("cls.predictions.");
  return extra;
}

Weights load_geneformer_weights(const Checkpoint& checkpoint, const GeneformerConfig& config,
                                bool with_head) {
  auto table = geneformer_tensors(config, with_head);
  constexpr std::string_view kPrefix = "bert.";
  require_words(checkpoint);
  std::string words = std::string(kPrefix) + std::string(kWords);
  // BertModel saved alone has no such prefix.
  const bool is_bare = !checkpoint.find(words) && checkpoint.find(kWords);
  if (is_bare) words.erase(0, kPrefix.size());
  if (with_head) choose_decoder(checkpoint, config, words, table);
  if (is_bare)
    for (auto& spec : table)
      if (spec.file_name.starts_with(kPrefix)) spec.file_name.erase(0, kPrefix.size());
  return Weights::load(checkpoint, table, geneformer_extra_tensors(with_head));
}

std::vector<std::string> geneformer_weight_warnings(const Checkpoint& checkpoint) {
  for (const char* head : {"classifier.", "qa_outputs."})
    for (const StoredTensor& tensor : checkpoint.tensors())
      if (tensor.name.starts_with(head))
        return {
            fmt::format("{} holds a head of a fine-tuned model ('{}'), which an embedding does not need: the "
                        "embedding is that of the tuned network, not of the published one",
                        checkpoint.files().front(), tensor.name.substr(0, 80))};
  return {};
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
  const auto& decoder = weights.at(config.tied_decoder ? "word.weight" : "head.weight");
  head_vocabulary_ =
      backend.prepare(decoder.values, weights.at("head.bias").values, config.vocab_size, config.dim);
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
