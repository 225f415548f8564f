#include "zerocell/models/scvi/parameters.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "zerocell/core/error.h"
#include "zerocell/core/hash.h"
#include "zerocell/core/random.h"

namespace zerocell {

std::string to_string(GeneLikelihood likelihood) {
  return likelihood == GeneLikelihood::nb ? "nb" : "zinb";
}

ScviLayout::ScviLayout(const ScviSizes& sizes) : sizes_(sizes) {
  const auto& s = sizes_;
  add(parameters_, n_parameters_, "px_r", {s.n_genes});
  for (size_t l = 0; l < s.n_layers; ++l) {
    const auto layer = fmt::format("z_encoder.encoder.fc_layers.Layer {}", l);
    add_linear(layer + ".0", s.n_hidden, l == 0 ? s.n_genes : s.n_hidden, l == 0);
    add_batch_norm(layer + ".1", s.n_hidden);
  }
  add_linear("z_encoder.mean_encoder", s.n_latent, s.n_hidden);
  add_linear("z_encoder.var_encoder", s.n_latent, s.n_hidden);
  for (size_t l = 0; l < s.n_layers; ++l) {
    const auto layer = fmt::format("decoder.px_decoder.fc_layers.Layer {}", l);
    add_linear(layer + ".0", s.n_hidden, (l == 0 ? s.n_latent : s.n_hidden) + s.n_covariates());
    add_batch_norm(layer + ".1", s.n_hidden);
  }
  add_linear("decoder.px_scale_decoder.0", s.n_genes, s.n_hidden);
  if (s.gene_likelihood == GeneLikelihood::zinb)
    add_linear("decoder.px_dropout_decoder", s.n_genes, s.n_hidden);
}

void ScviLayout::add(std::vector<ScviTensor>& to, size_t& total, std::string name, std::vector<size_t> shape,
                     bool input_major) {
  size_t size = 1;
  for (const size_t n : shape) size *= n;
  to.push_back({std::move(name), std::move(shape), total, size, input_major});
  total += (size + 15) / 16 * 16;  // every tensor begins on a cache line
}

void ScviLayout::add_linear(const std::string& prefix, size_t n_out, size_t n_in, bool input_major) {
  add(parameters_, n_parameters_, prefix + ".weight", {n_out, n_in}, input_major);
  add(parameters_, n_parameters_, prefix + ".bias", {n_out});
}

void ScviLayout::add_batch_norm(const std::string& prefix, size_t n) {
  add(parameters_, n_parameters_, prefix + ".weight", {n});
  add(parameters_, n_parameters_, prefix + ".bias", {n});
  add(statistics_, n_statistics_, prefix + ".running_mean", {n});
  add(statistics_, n_statistics_, prefix + ".running_var", {n});
}

const ScviTensor& ScviLayout::find(std::string_view name) const {
  for (const auto* list : {&parameters_, &statistics_})
    for (const auto& tensor : *list)
      if (tensor.name == name) return tensor;
  throw Error(ErrorKind::internal, fmt::format("scVI has no tensor '{}'", name));
}

ScviWeights::ScviWeights(const ScviSizes& s) : sizes(s) {
  const ScviLayout layout(s);
  parameters.assign(layout.n_parameters(), 0.0f);
  statistics.assign(layout.n_statistics(), 0.0f);
  for (const auto& tensor : layout.statistics())
    if (tensor.name.ends_with(".running_var"))
      std::fill_n(statistics.begin() + static_cast<ptrdiff_t>(tensor.offset), tensor.size, 1.0f);
}

namespace {

bool is_statistic(const ScviTensor& tensor) {
  return tensor.name.ends_with(".running_mean") || tensor.name.ends_with(".running_var");
}

}  // namespace

std::vector<float> tensor_in(std::span<const float> flat, const ScviTensor& tensor) {
  const auto values = flat.subspan(tensor.offset, tensor.size);
  if (!tensor.input_major) return {values.begin(), values.end()};
  const size_t n_out = tensor.shape[0], n_in = tensor.shape[1];
  std::vector<float> out(tensor.size);
  for (size_t i = 0; i < n_in; ++i)
    for (size_t o = 0; o < n_out; ++o) out[o * n_in + i] = values[i * n_out + o];
  return out;
}

std::vector<float> ScviWeights::tensor(const ScviTensor& tensor) const {
  return tensor_in(is_statistic(tensor) ? statistics : parameters, tensor);
}

void ScviWeights::set_tensor(const ScviTensor& tensor, std::span<const float> values) {
  if (values.size() != tensor.size)
    throw Error(ErrorKind::internal,
                fmt::format("{}: {} values for {}", tensor.name, values.size(), tensor.size));
  float* to = (is_statistic(tensor) ? statistics : parameters).data() + tensor.offset;
  if (!tensor.input_major) {
    std::ranges::copy(values, to);
    return;
  }
  const size_t n_out = tensor.shape[0], n_in = tensor.shape[1];
  for (size_t i = 0; i < n_in; ++i)
    for (size_t o = 0; o < n_out; ++o) to[i * n_out + o] = values[o * n_in + i];
}

ScviWeights untrained_scvi(const ScviSizes& sizes, uint64_t seed) {
  ScviWeights weights(sizes);
  const ScviLayout layout(sizes);
  double bound = 0;
  for (size_t t = 0; t < layout.parameters().size(); ++t) {
    const auto& tensor = layout.parameters()[t];
    float* values = weights.parameters.data() + tensor.offset;
    const bool is_norm = tensor.name.find(".1.") != std::string::npos;
    if (tensor.name == "px_r") {
      Random random(seed, t);
      for (size_t i = 0; i < tensor.size; ++i) values[i] = static_cast<float>(random.normal());
    } else if (is_norm) {
      if (tensor.name.ends_with(".weight")) std::fill_n(values, tensor.size, 1.0f);
    } else {
      // A layer's weight comes before its bias and says how many inputs both have.
      if (tensor.shape.size() == 2) bound = 1 / std::sqrt(static_cast<double>(tensor.shape[1]));
      Random random(seed, t);
      for (size_t i = 0; i < tensor.size; ++i)
        values[i] = static_cast<float>((2 * random.uniform() - 1) * bound);
    }
  }
  return weights;
}

}  // namespace zerocell
