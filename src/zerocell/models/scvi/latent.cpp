#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "zerocell/models/scvi/encoder.h"
#include "zerocell/models/scvi/kernels.h"
#include "zerocell/models/scvi/minibatch.h"
#include "zerocell/models/scvi/network.h"

namespace zerocell {
namespace {

constexpr size_t kRowBlock = 16;  // cells that one task works on
constexpr float kNormEps = 1e-3f, kVarianceEps = 1e-4f;
constexpr double kLayerNormEps = 1e-5;

/// Where the values of a layer lie; weights as (in, out): every layer is a sum of scaled rows, so that a cell
/// never depends on another.
struct LayerView {
  size_t n_in = 0;  ///< without covariates
  const float *weight = nullptr, *bias = nullptr;
  const float *gamma = nullptr, *beta = nullptr, *moving_mean = nullptr, *moving_variance = nullptr;
};

struct EncoderView {
  ScviEncoderSettings settings;
  size_t n_hidden = 0, n_latent = 0;
  std::vector<LayerView> layers;
  const float *mean_weight = nullptr, *mean_bias = nullptr;
  const float *var_weight = nullptr, *var_bias = nullptr;  ///< null: no variances
};

void layer_norm(std::span<float> values) {
  double sum = 0, squares = 0;
  for (const float x : values) sum += static_cast<double>(x);
  const double mean = sum / static_cast<double>(values.size());
  for (const float x : values) {
    const double d = static_cast<double>(x) - mean;
    squares += d * d;
  }
  const double scale = 1 / std::sqrt(squares / static_cast<double>(values.size()) + kLayerNormEps);
  for (float& x : values) x = static_cast<float>((static_cast<double>(x) - mean) * scale);
}

/// Cells, one after the other, through the hidden layers.
class CellEncoder {
 public:
  CellEncoder(const EncoderView& view, const scvi::CountTable& table)
      : view_(view), table_(table), in_(view.n_hidden), out_(view.n_hidden), all_(view.n_hidden) {
    for (size_t j = 0; j < all_.size(); ++j) all_[j] = static_cast<uint32_t>(j);
  }

  /// The last hidden layer's values.
  std::span<const float> run(const ScviCells& cells, size_t i) {
    const auto counts = cells.counts(i);
    inputs_.resize(counts.size());
    for (size_t k = 0; k < counts.size(); ++k)
      inputs_[k] = view_.settings.takes_log ? table_.log1p(counts[k]) : counts[k];
    const size_t h = view_.n_hidden;
    for (size_t l = 0; l < view_.layers.size(); ++l) {
      const auto& layer = view_.layers[l];
      std::copy_n(layer.bias, h, out_.data());
      if (l == 0)
        scvi::add_scaled_rows(cells.genes(i), inputs_, layer.weight, h, out_.data());
      else
        scvi::add_scaled_rows(all_, in_, layer.weight, h, out_.data());
      if (view_.settings.n_covariates > 0 && (l == 0 || view_.settings.in_every_layer))
        add_batch(layer, cells.batch_of(i));
      activate(layer);
    }
    return in_;
  }
  /// values + bias, of a linear layer behind the last hidden one.
  void project(const float* weight, const float* bias, std::span<float> values) const {
    std::copy_n(bias, values.size(), values.data());
    scvi::add_scaled_rows(all_, in_, weight, values.size(), values.data());
  }

 private:
  void add_batch(const LayerView& layer, size_t code) {
    const float* const row = layer.weight + (layer.n_in + code) * view_.n_hidden;
    for (size_t j = 0; j < out_.size(); ++j) out_[j] += row[j];
  }
  void activate(const LayerView& layer) {
    if (layer.gamma != nullptr)
      for (size_t j = 0; j < out_.size(); ++j)
        out_[j] = (out_[j] - layer.moving_mean[j]) / std::sqrt(layer.moving_variance[j] + kNormEps) *
                      layer.gamma[j] +
                  layer.beta[j];
    if (view_.settings.layer_norm) layer_norm(out_);
    for (size_t j = 0; j < out_.size(); ++j) in_[j] = std::max(0.0f, out_[j]);
  }

  const EncoderView& view_;
  const scvi::CountTable& table_;
  std::vector<float> inputs_, in_, out_;
  std::vector<uint32_t> all_;
};

void encode(const EncoderView& view, const ScviCells& cells, ThreadPool& pool, DenseMatrix<float>& mean,
            DenseMatrix<float>* variance) {
  const scvi::CountTable table;
  mean = DenseMatrix<float>(cells.size(), view.n_latent);
  if (variance) *variance = DenseMatrix<float>(cells.size(), view.n_latent);
  pool.parallel_ranges(cells.size(), kRowBlock, [&](size_t first, size_t last, int) {
    CellEncoder encoder(view, table);
    for (size_t i = first; i < last; ++i) {
      encoder.run(cells, i);
      encoder.project(view.mean_weight, view.mean_bias, mean.row(i));
      if (!variance) continue;
      encoder.project(view.var_weight, view.var_bias, variance->row(i));
      for (float& v : variance->row(i)) v = std::exp(v) + kVarianceEps;
    }
  });
}

}  // namespace

void scvi_latent(const ScviWeights& weights, const ScviCells& cells, ThreadPool& pool,
                 DenseMatrix<float>& mean, DenseMatrix<float>* variance) {
  const ScviLayout layout(weights.sizes);
  const auto& sizes = weights.sizes;
  const auto parameter = [&](const std::string& name) {
    return weights.parameters.data() + layout.find(name).offset;
  };
  const auto statistic = [&](const std::string& name) {
    return weights.statistics.data() + layout.find(name).offset;
  };
  const auto transposed = [&](const std::string& name) {
    const auto& tensor = layout.find(name);
    const float* const values = parameter(name);
    std::vector<float> out(tensor.size);
    for (size_t o = 0; o < tensor.shape[0]; ++o)
      for (size_t i = 0; i < tensor.shape[1]; ++i)
        out[i * tensor.shape[0] + o] = values[o * tensor.shape[1] + i];
    return out;
  };
  std::vector<std::vector<float>> hidden_weights(sizes.n_layers);
  EncoderView view;
  view.n_hidden = sizes.n_hidden;
  view.n_latent = sizes.n_latent;
  for (size_t l = 0; l < sizes.n_layers; ++l) {
    const auto name = fmt::format("z_encoder.encoder.fc_layers.Layer {}", l);
    if (l > 0) hidden_weights[l] = transposed(name + ".0.weight");
    view.layers.push_back({l == 0 ? sizes.n_genes : sizes.n_hidden,
                           l == 0 ? parameter(name + ".0.weight") : hidden_weights[l].data(),
                           parameter(name + ".0.bias"), parameter(name + ".1.weight"),
                           parameter(name + ".1.bias"), statistic(name + ".1.running_mean"),
                           statistic(name + ".1.running_var")});
  }
  const auto mean_weight = transposed("z_encoder.mean_encoder.weight");
  const auto var_weight = transposed("z_encoder.var_encoder.weight");
  view.mean_weight = mean_weight.data();
  view.mean_bias = parameter("z_encoder.mean_encoder.bias");
  view.var_weight = var_weight.data();
  view.var_bias = parameter("z_encoder.var_encoder.bias");
  encode(view, cells, pool, mean, variance);
}

DenseMatrix<float> scvi_means(const ScviEncoder& encoder, const ScviCells& cells, ThreadPool& pool) {
  EncoderView view;
  view.settings = encoder.settings;
  view.n_hidden = encoder.n_hidden;
  view.n_latent = encoder.n_latent;
  for (const auto& layer : encoder.layers) {
    LayerView of{view.layers.empty() ? encoder.n_genes : encoder.n_hidden, layer.weight.data(),
                 layer.bias.data()};
    if (encoder.settings.batch_norm) {
      of.gamma = layer.norm_weight.data();
      of.beta = layer.norm_bias.data();
      of.moving_mean = layer.moving_mean.data();
      of.moving_variance = layer.moving_variance.data();
    }
    view.layers.push_back(of);
  }
  view.mean_weight = encoder.mean_weight.data();
  view.mean_bias = encoder.mean_bias.data();
  DenseMatrix<float> mean;
  encode(view, cells, pool, mean, nullptr);
  return mean;
}

}  // namespace zerocell
