#include "zerocell/models/scgpt/network.h"

#include <algorithm>
#include <cmath>

#include "zerocell/core/error.h"
#include "zerocell/models/scgpt/tables.h"

namespace zerocell {
namespace {

constexpr size_t kDecoderLayers = 3;

/// Scales every row to length 1; the sum in float64, as NumPy's norm of float32 rows to its own rounding.
void normalise_rows(std::span<float> rows, size_t dim) {
  for (size_t begin = 0; begin < rows.size(); begin += dim) {
    double sum = 0;
    for (const float x : rows.subspan(begin, dim)) sum += static_cast<double>(x) * x;
    const double factor = sum > 0 ? 1 / std::sqrt(sum) : 0;
    for (float& x : rows.subspan(begin, dim)) x = static_cast<float>(x * factor);
  }
}

}  // namespace

TransformerConfig scgpt_encoder_config(const ScgptConfig& config) {
  return {config.n_layers, config.dim, config.n_heads, config.ffn_dim, Activation::relu, 1e-5f};
}

ScgptNetwork::ScgptNetwork(const Backend& backend, const ScgptConfig& config, const Weights& weights,
                           std::span<const uint32_t> genes, ScgptTask task)
    : backend_(backend),
      config_(config),
      task_(task),
      encoder_config_(scgpt_encoder_config(config)),
      encoder_(backend, WeightScope(weights).at("layer"), encoder_config_,
               {config.n_layers, task == ScgptTask::embed}) {
  const auto tables = scgpt_tables(config, weights, genes, task == ScgptTask::predict);
  genes_ = DeviceTable(backend, tables.genes);
  values_ = DeviceTable(backend, tables.values);
  gene_projections_ = DeviceTable(backend, tables.gene_projections);
  value_projections_ = DeviceTable(backend, tables.value_projections);
  if (task == ScgptTask::embed) return;
  queries_ = DeviceTable(backend, tables.queries);
  for (size_t i = 0; i < kDecoderLayers; ++i)
    decoder_.emplace_back(backend, WeightScope(weights).at("decoder").at(std::to_string(i)));
}

ScgptNetwork::Input ScgptNetwork::input(const TokenBlock& block) const {
  const size_t n_genes = genes_.rows().n_rows, n_values = values_.rows().n_rows;
  if (block.values.size() != block.tokens.size() ||
      std::ranges::any_of(block.tokens, [&](uint32_t token) { return token >= n_genes; }) ||
      std::ranges::any_of(block.values, [&](uint16_t value) { return value >= n_values; }))
    throw Error::internal("a token or a value lies beyond scGPT's tables");
  return {block.tokens, {block.values.begin(), block.values.end()}};
}

void ScgptNetwork::add_up(const Input& input, const DeviceTable& genes, const DeviceTable& values,
                          Rows out) const {
  backend_.gather(genes.rows(), input.genes, false, out);
  backend_.gather(values.rows(), input.values, true, out);
}

void ScgptNetwork::embed(const TokenBlock& block, Workspace& workspace, std::span<float> out) const {
  const auto tokens = input(block);
  if (block.n_cells() == 0) return;
  const Workspace::Scope scope(workspace);
  const auto x = workspace.rows(block.n_tokens(), config_.dim);     // (L, D)
  const auto cells = workspace.rows(block.n_cells(), config_.dim);  // (C, D)
  add_up(tokens, genes_, values_, x);
  encoder_.first_tokens(x, block.segments(), cells, workspace,
                        [&](Rows qkv) { add_up(tokens, gene_projections_, value_projections_, qkv); });
  backend_.download(cells, out);
  normalise_rows(out, config_.dim);
}

void ScgptNetwork::predict(const TokenBlock& block, Workspace& workspace, Predictions& out) const {
  const auto tokens = input(block);
  out.gep.resize(block.n_tokens());
  out.gepc.resize(block.n_tokens());
  if (block.n_cells() == 0) return;
  const Workspace::Scope scope(workspace);
  const auto x = workspace.rows(block.n_tokens(), config_.dim);  // (L, D)
  add_up(tokens, genes_, values_, x);
  encoder_(x, block.segments(), workspace,
           [&](Rows qkv) { add_up(tokens, gene_projections_, value_projections_, qkv); });
  const auto cells = workspace.rows(block.n_cells(), config_.dim);    // (C, D)
  const auto hidden = workspace.rows(block.n_tokens(), config_.dim);  // (L, D)
  const auto predicted = workspace.rows(block.n_tokens(), 1);         // (L, 1)
  backend_.gather(x, block.segments().offsets.first(block.n_cells()), false, cells);
  backend_.table_products(queries_.rows(), block.tokens, cells, block.segments(), predicted);
  backend_.download(predicted, out.gepc);
  decoder_[0](x, Activation::leaky_relu, hidden, workspace);
  decoder_[1](hidden, Activation::leaky_relu, x, workspace);
  decoder_[2](x, Activation::none, predicted, workspace);
  backend_.download(predicted, out.gep);
}

size_t ScgptNetwork::block_bytes(size_t n_tokens) const {
  return sizeof(float) * n_tokens * Transformer::floats_per_token(encoder_config_);
}

double ScgptNetwork::flops(double n_tokens) const {
  const auto d = static_cast<double>(config_.dim);
  const double encoder = transformer_flops(encoder_config_, config_.n_layers, n_tokens);
  if (task_ == ScgptTask::predict) return encoder + n_tokens * (4 * d * d + 4 * d);
  return encoder;
}

}  // namespace zerocell
