#include "zerocell/nn/transformer.h"

#include <array>
#include <cmath>
#include <numeric>

namespace zerocell {

void add_layer_specs(const TransformerConfig& config, const std::string& prefix,
                     const std::vector<std::string>& file_names, std::vector<TensorSpec>& table) {
  struct Part {
    const char* name;
    size_t n_out, n_in;  // n_in 0: a norm
  };
  const size_t d = config.dim, f = config.ffn_dim;
  const std::array<Part, 8> parts{{{"query", d, d},
                                   {"key", d, d},
                                   {"value", d, d},
                                   {"attention_out", d, d},
                                   {"attention_norm", d, 0},
                                   {"ffn_in", f, d},
                                   {"ffn_out", d, f},
                                   {"ffn_norm", d, 0}}};
  for (size_t i = 0; i < parts.size(); ++i) {
    const auto& [name, n_out, n_in] = parts[i];
    const auto shape = n_in ? std::vector{n_out, n_in} : std::vector{n_out};
    table.push_back({prefix + name + ".weight", file_names[i] + ".weight", shape,
                     n_in ? Initial::normal : Initial::ones});
    table.push_back({prefix + name + ".bias", file_names[i] + ".bias", {n_out}, Initial::zeros});
  }
}

TransformerLayer::TransformerLayer(const Backend& backend, const WeightScope& scope,
                                   const TransformerConfig& config, bool first_only)
    : backend_(backend),
      config_(config),
      attention_out_(backend, scope.at("attention_out")),
      ffn_in_(backend, scope.at("ffn_in")),
      ffn_out_(backend, scope.at("ffn_out")),
      attention_norm_(backend, scope.at("attention_norm"), config.norm_eps),
      ffn_norm_(backend, scope.at("ffn_norm"), config.norm_eps) {
  if (first_only) {
    query_.emplace(backend, scope.at("query"));
    prepare_heads(scope);
  } else {
    const std::array all{scope.at("query"), scope.at("key"), scope.at("value")};
    query_key_value_.emplace(backend, all);
  }
}

void TransformerLayer::prepare_heads(const WeightScope& scope) {
  const size_t dim = config_.dim, depth = dim / config_.n_heads;
  const auto &key = scope.at("key")["weight"].values, &value = scope.at("value")["weight"].values;
  const auto& value_bias = scope.at("value")["bias"].values;
  std::vector<float> transposed(dim * depth);  // (D, d)
  for (size_t head = 0; head < config_.n_heads; ++head) {
    const size_t first = head * depth;
    for (size_t i = 0; i < depth; ++i)
      for (size_t j = 0; j < dim; ++j) transposed[j * depth + i] = key[(first + i) * dim + j];
    key_of_head_.push_back(backend_.prepare(transposed, {}, dim, depth));
    value_of_head_.push_back(backend_.prepare(value.subspan(first * dim, depth * dim),
                                              value_bias.subspan(first, depth), depth, dim));
  }
}

void TransformerLayer::operator()(Rows x, Segments segments, Workspace& workspace,
                                  const Projections& known) const {
  const Workspace::Scope scope(workspace);
  const auto attended = workspace.rows(x.n_rows, x.n_cols);  // (L, D)
  {
    const Workspace::Scope projections(workspace);
    const auto qkv = workspace.rows(x.n_rows, 3 * x.n_cols);  // (L, 3D)
    if (known)
      known(qkv);
    else
      (*query_key_value_)(x, Activation::none, qkv, workspace);
    backend_.attention(qkv, segments, config_.n_heads, attended, workspace);
  }
  feed_forward(x, attended, workspace);
}

void TransformerLayer::first_tokens(ConstRows x, Segments segments, Rows first, Workspace& workspace) const {
  const Workspace::Scope scope(workspace);
  const size_t n_cells = first.n_rows, n_heads = config_.n_heads, dim = x.n_cols, depth = dim / n_heads;
  // Row h C + c of what is ordered by heads is row c H + h of what is ordered by cells, and the other way
  // round.
  std::vector<uint32_t> by_head(n_cells * n_heads), by_cell(n_cells * n_heads);
  for (size_t h = 0; h < n_heads; ++h) {
    for (size_t c = 0; c < n_cells; ++c) {
      by_head[h * n_cells + c] = static_cast<uint32_t>(c * n_heads + h);
      by_cell[c * n_heads + h] = static_cast<uint32_t>(h * n_cells + c);
    }
  }
  backend_.gather(x, segments.offsets.first(n_cells), false, first);
  const auto q = workspace.rows(n_cells, dim);                  // (C, D)
  const auto heads = workspace.rows(n_heads * n_cells, depth);  // (H C, d)
  const auto asked = workspace.rows(n_heads * n_cells, dim);    // (H C, D)
  const auto seen = workspace.rows(n_heads * n_cells, dim);     // (H C, D)
  const auto of_head = [n_cells](Rows rows, size_t h) {
    return Rows{rows.data + h * n_cells * rows.n_cols, n_cells, rows.n_cols};
  };
  (*query_)(first, Activation::none, q, workspace);
  backend_.gather(Rows{q.data, n_cells * n_heads, depth}, by_head, false, heads);
  for (size_t h = 0; h < n_heads; ++h)
    backend_.linear(of_head(heads, h), *key_of_head_[h], Activation::none, of_head(asked, h), workspace);
  const auto scale = static_cast<float>(1 / std::sqrt(static_cast<double>(depth)));
  backend_.attention_of_one(asked, x, segments, scale, seen, workspace);
  for (size_t h = 0; h < n_heads; ++h)
    backend_.linear(of_head(seen, h), *value_of_head_[h], Activation::none, of_head(heads, h), workspace);
  backend_.gather(heads, by_cell, false, Rows{q.data, n_cells * n_heads, depth});
  feed_forward(first, q, workspace);
}

void TransformerLayer::feed_forward(Rows x, ConstRows attended, Workspace& workspace) const {
  const Workspace::Scope scope(workspace);
  const auto sum = workspace.rows(x.n_rows, x.n_cols);            // (L, D)
  const auto hidden = workspace.rows(x.n_rows, config_.ffn_dim);  // (L, F)
  attention_out_(attended, Activation::none, sum, workspace);
  attention_norm_(x, sum);
  ffn_in_(x, config_.activation, hidden, workspace);
  ffn_out_(hidden, Activation::none, sum, workspace);
  ffn_norm_(x, sum);
}

Transformer::Transformer(const Backend& backend, const WeightScope& layers, const TransformerConfig& config,
                         EncoderPart part)
    : backend_(backend), first_only_(part.first_only && part.n_layers > 0) {
  layers_.reserve(part.n_layers);
  for (size_t i = 0; i < part.n_layers; ++i)
    layers_.emplace_back(backend, layers.at(std::to_string(i)), config,
                         first_only_ && i + 1 == part.n_layers);
}

void Transformer::operator()(Rows x, Segments segments, Workspace& workspace,
                             const Projections& known) const {
  for (size_t i = 0; i < layers_.size(); ++i)
    layers_[i](x, segments, workspace, i == 0 ? known : Projections());
}

void Transformer::first_tokens(Rows x, Segments segments, Rows first, Workspace& workspace,
                               const Projections& known) const {
  for (size_t i = 0; i + 1 < layers_.size(); ++i)
    layers_[i](x, segments, workspace, i == 0 ? known : Projections());
  if (layers_.empty())
    backend_.gather(x, segments.offsets.first(segments.n_cells()), false, first);
  else
    layers_.back().first_tokens(x, segments, first, workspace);
}

size_t Transformer::floats_per_token(const TransformerConfig& config) {
  return config.dim * 2 + std::max(3 * config.dim, config.dim + config.ffn_dim);
}

double transformer_flops(const TransformerConfig& config, size_t n_layers, double n_tokens) {
  const auto d = static_cast<double>(config.dim), f = static_cast<double>(config.ffn_dim);
  const double per_token = 2 * (4 * d * d + 2 * d * f) + 4 * n_tokens * d;
  return static_cast<double>(n_layers) * n_tokens * per_token;
}

}  // namespace zerocell
