#include "zerocell/nn/transformer.h"

#include <array>
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
  const std::array all{scope.at("query"), scope.at("key"), scope.at("value")};
  if (first_only) {
    query_.emplace(backend, all[0]);
    key_value_.emplace(backend, std::span(all).subspan(1));
  } else {
    query_key_value_.emplace(backend, all);
  }
}

void TransformerLayer::operator()(Rows x, Segments segments, Workspace& workspace) const {
  const Workspace::Scope scope(workspace);
  const auto attended = workspace.rows(x.n_rows, x.n_cols);  // (L, D)
  {
    const Workspace::Scope projections(workspace);
    const auto qkv = workspace.rows(x.n_rows, 3 * x.n_cols);  // (L, 3D)
    (*query_key_value_)(x, Activation::none, qkv, workspace);
    backend_.attention(qkv, segments, config_.n_heads, attended, workspace);
  }
  feed_forward(x, attended, workspace);
}

void TransformerLayer::first_tokens(ConstRows x, Segments segments, Rows first, Workspace& workspace) const {
  const Workspace::Scope scope(workspace);
  const std::span starts = segments.offsets.first(segments.n_cells());
  backend_.gather(x, starts, false, first);
  const auto q = workspace.rows(first.n_rows, first.n_cols);         // (C, D)
  const auto kv = workspace.rows(x.n_rows, 2 * x.n_cols);            // (L, 2D)
  const auto attended = workspace.rows(first.n_rows, first.n_cols);  // (C, D)
  (*query_)(first, Activation::none, q, workspace);
  (*key_value_)(x, Activation::none, kv, workspace);
  backend_.attention_of_one(q, kv, segments, config_.n_heads, attended, workspace);
  feed_forward(first, attended, workspace);
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

void Transformer::operator()(Rows x, Segments segments, Workspace& workspace) const {
  for (const auto& layer : layers_) layer(x, segments, workspace);
}

void Transformer::first_tokens(Rows x, Segments segments, Rows first, Workspace& workspace) const {
  for (size_t i = 0; i + 1 < layers_.size(); ++i) layers_[i](x, segments, workspace);
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
