#include "zerocell/models/scvi/network.h"

#include <cblas.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "zerocell/core/blas.h"
#include "zerocell/core/error.h"
#include "zerocell/models/scvi/hidden_layer.h"
#include "zerocell/models/scvi/kernels.h"
#include "zerocell/models/scvi/minibatch.h"
#include "zerocell/models/scvi/output_layer.h"

namespace zerocell {

using scvi::Activations, scvi::HiddenLayer, scvi::kRowBlock;

namespace {

constexpr float kVarianceEps = 1e-4f;

}  // namespace

struct ScviPass::Work {
  Work(const ScviSizes& s, ThreadPool& p)
      : sizes(s), layout(s), pool(p), minibatch(s.n_genes), output(layout, p) {
    if (s.n_genes == 0 || s.n_hidden == 0 || s.n_latent == 0 || s.n_layers == 0 || s.n_batches == 0)
      throw Error(ErrorKind::internal, "scVI: a size is zero");
    for (const char* part : {"z_encoder.encoder", "decoder.px_decoder"})
      for (size_t l = 0; l < s.n_layers; ++l) {
        const auto name = fmt::format("{}.fc_layers.Layer {}", part, l);
        HiddenLayer layer;
        layer.weight = layout.find(name + ".0.weight").offset;
        layer.n_in = layout.find(name + ".0.weight").shape[1];
        layer.bias = layout.find(name + ".0.bias").offset;
        layer.gamma = layout.find(name + ".1.weight").offset;
        layer.beta = layout.find(name + ".1.bias").offset;
        layer.mean = layout.find(name + ".1.running_mean").offset;
        layer.variance = layout.find(name + ".1.running_var").offset;
        (part[0] == 'z' ? encoder : decoder).push_back(layer);
      }
    mean_weight = layout.find("z_encoder.mean_encoder.weight").offset;
    mean_bias = layout.find("z_encoder.mean_encoder.bias").offset;
    var_weight = layout.find("z_encoder.var_encoder.weight").offset;
    var_bias = layout.find("z_encoder.var_encoder.bias").offset;
    encoder_work.resize(s.n_layers);
    decoder_work.resize(s.n_layers);
    find_small_parts();
  }

  float* small_gradient_of(size_t n) {
    if (!small_gradient) {
      small_gradient = std::make_unique_for_overwrite<float[]>(n);
      for (const auto& [first, last] : small_parts)
        std::fill(small_gradient.get() + first, small_gradient.get() + last, 0.0f);  // gaps between tensors
    }
    return small_gradient.get();
  }

  // Stretches of parameters whose gradient is no sink's: all but those with a row a gene.
  void find_small_parts() {
    size_t begin = 0;
    for (const auto& tensor : layout.parameters()) {
      const bool by_gene = tensor.input_major || tensor.name == "px_r" ||
                           tensor.name.starts_with("decoder.px_scale_decoder.") ||
                           tensor.name.starts_with("decoder.px_dropout_decoder.");
      if (by_gene) {
        if (tensor.offset > begin) small_parts.emplace_back(begin, tensor.offset);
        begin = tensor.offset + tensor.size;
      }
    }
  }

  void resize(size_t n) {
    if (n == n_cells) return;
    n_cells = n;
    kl.resize(n);
    const size_t h = sizes.n_hidden, z_size = sizes.n_latent;
    for (auto* part : {&encoder_work, &decoder_work})
      for (auto& layer : *part) {
        layer.normal = DenseMatrix<float>(n, h);
        layer.out = DenseMatrix<float>(n, h);
        layer.inverse_deviation.assign(h, 0.0f);
      }
    for (auto* part : {&hidden_gradient, &pre_gradient}) *part = DenseMatrix<float>(n, h);
    for (auto* part : {&mean, &variance, &z, &z_gradient, &mean_gradient, &var_gradient})
      *part = DenseMatrix<float>(n, z_size);
  }

  void encode(const ScviWeights& weights, const float* fixed, float* moving, const ScviCells& cells,
              const ScviNoise* noise, const DenseMatrix<float>& epsilon);
  void decode(const ScviWeights& weights, const float* fixed, float* moving, const ScviCells& cells);
  ScviLoss likelihoods(const ScviWeights& weights, const ScviCells& cells);
  ScviLoss forward(ScviWeights& weights, const ScviCells& cells, const ScviNoise& noise);
  void backward(const float* parameters, const ScviCells& cells, const ScviNoise& noise, double kl_weight,
                const scvi::GradientSink& sink);
  void decoder_gradient(const float* p, const ScviCells& cells, float* gradient);
  void encoder_gradient(const float* p, const ScviNoise& noise, double kl_weight,
                        const scvi::GradientSink& sink);

  const DenseMatrix<float>* mask_of(const ScviNoise* noise, size_t l) const {
    return noise && !noise->dropout.empty() ? &noise->dropout[l] : nullptr;
  }

  ScviSizes sizes;
  ScviLayout layout;
  ThreadPool& pool;
  scvi::Minibatch minibatch;
  scvi::OutputLayer output;
  std::vector<HiddenLayer> encoder, decoder;
  size_t mean_weight = 0, mean_bias = 0, var_weight = 0, var_bias = 0;
  size_t n_cells = 0;
  std::vector<double> kl;                              ///< of each cell
  std::vector<std::pair<size_t, size_t>> small_parts;  ///< [first, last) parameters
  std::unique_ptr<float[]> small_gradient;  ///< of all parameters; only small parts of it are ever touched
  std::vector<Activations> encoder_work, decoder_work;
  DenseMatrix<float> hidden_gradient, pre_gradient, mean, variance, z, z_gradient, mean_gradient,
      var_gradient;
};

ScviPass::ScviPass(const ScviSizes& sizes, ThreadPool& pool) : work_(std::make_unique<Work>(sizes, pool)) {}
ScviPass::~ScviPass() = default;

void ScviPass::Work::encode(const ScviWeights& weights, const float* fixed, float* moving,
                            const ScviCells& cells, const ScviNoise* noise,
                            const DenseMatrix<float>& epsilon) {
  const float* const p = weights.parameters.data();
  const size_t n = cells.size(), h = sizes.n_hidden;
  minibatch.reset(cells);
  // Few tasks, since each reads all weights; a cell's sums are the same in any company.
  const auto n_threads = static_cast<size_t>(pool.size());
  pool.parallel_ranges(
      n, std::max(kRowBlock, (n + n_threads - 1) / n_threads), [&](size_t first, size_t last, int) {
        for (size_t i = first; i < last; ++i) {
          minibatch.read_cell(cells, i);
          std::copy_n(p + encoder[0].bias, h, encoder_work[0].out.row(i).data());
        }
        // A block's rows of the weight stay in the cache while all cells of the task pass by.
        for (size_t block = 0; block < minibatch.n_blocks(); ++block)
          for (size_t i = first; i < last; ++i) {
            const auto [begin, count] = minibatch.entries_of(i, block);
            scvi::add_scaled_rows(cells.genes(i).subspan(begin, count),
                                  minibatch.logs(i).subspan(begin, count), p + encoder[0].weight, h,
                                  encoder_work[0].out.row(i).data());
          }
      });
  minibatch.place_blocks();
  scvi::normalise(pool, encoder[0], p, fixed, moving, mask_of(noise, 0), encoder_work[0]);
  for (size_t l = 1; l < encoder.size(); ++l) {
    scvi::linear(pool, encoder_work[l - 1].out.data(), h, p + encoder[l].weight, h, p + encoder[l].bias,
                 encoder_work[l].out);
    scvi::normalise(pool, encoder[l], p, fixed, moving, mask_of(noise, l), encoder_work[l]);
  }
  const auto& last = encoder_work.back().out;
  scvi::linear(pool, last.data(), h, p + mean_weight, h, p + mean_bias, mean);
  scvi::linear(pool, last.data(), h, p + var_weight, h, p + var_bias, variance);
  pool.parallel_ranges(n, kRowBlock, [&](size_t first, size_t end, int) {
    for (size_t i = first; i < end; ++i) {
      double total = 0;
      for (size_t j = 0; j < sizes.n_latent; ++j) {
        variance(i, j) = std::exp(variance(i, j)) + kVarianceEps;
        z(i, j) = mean(i, j) + std::sqrt(variance(i, j)) * epsilon(i, j);
        const double m = static_cast<double>(mean(i, j)), v = static_cast<double>(variance(i, j));
        total += 0.5 * (v + m * m - 1 - std::log(v));
      }
      kl[i] = total;
    }
  });
}

void ScviPass::Work::decode(const ScviWeights& weights, const float* fixed, float* moving,
                            const ScviCells& cells) {
  const float* const p = weights.parameters.data();
  for (size_t l = 0; l < decoder.size(); ++l) {
    const auto& layer = decoder[l];
    const size_t n_in = layer.n_in - sizes.n_covariates();
    auto& work = decoder_work[l];
    scvi::linear(pool, l == 0 ? z.data() : decoder_work[l - 1].out.data(), n_in, p + layer.weight, layer.n_in,
                 p + layer.bias, work.out);
    if (sizes.n_covariates()) {
      DenseMatrix<float> of_batch(sizes.n_covariates(), sizes.n_hidden);
      for (size_t o = 0; o < sizes.n_hidden; ++o)
        for (size_t c = 0; c < sizes.n_covariates(); ++c)
          of_batch(c, o) = p[layer.weight + o * layer.n_in + n_in + c];
      for (size_t i = 0; i < n_cells; ++i) {
        const auto row = of_batch.row(cells.batch_of(i));
        const auto out = work.out.row(i);
        for (size_t o = 0; o < sizes.n_hidden; ++o) out[o] += row[o];
      }
    }
    scvi::normalise(pool, layer, p, fixed, moving, nullptr, work);
  }
}

ScviLoss ScviPass::Work::likelihoods(const ScviWeights& weights, const ScviCells& cells) {
  ScviLoss loss;
  loss.n_cells = n_cells;
  loss.reconstruction =
      output.reconstruction(weights.parameters.data(), cells, decoder_work.back().out, minibatch);
  loss.kl = std::accumulate(kl.begin(), kl.end(), 0.0);
  return loss;
}

void ScviPass::Work::decoder_gradient(const float* p, const ScviCells& cells, float* gradient) {
  for (size_t l = decoder.size(); l-- > 0;) {
    const auto& layer = decoder[l];
    const size_t n_in = layer.n_in - sizes.n_covariates(), h = sizes.n_hidden;
    scvi::normalise_gradient(pool, layer, p, nullptr, decoder_work[l], hidden_gradient, gradient,
                             pre_gradient);
    scvi::linear_gradient(pool, pre_gradient, l == 0 ? z.data() : decoder_work[l - 1].out.data(), n_in,
                          p + layer.weight, layer.n_in, gradient + layer.weight, gradient + layer.bias,
                          l == 0 ? z_gradient.data() : hidden_gradient.data(), false);
    if (!sizes.n_covariates()) continue;
    DenseMatrix<float> of_batch(sizes.n_covariates(), h);
    for (size_t i = 0; i < n_cells; ++i) {
      const auto row = of_batch.row(cells.batch_of(i));
      const auto at = pre_gradient.row(i);
      for (size_t o = 0; o < h; ++o) row[o] += at[o];
    }
    for (size_t o = 0; o < h; ++o)
      for (size_t c = 0; c < sizes.n_covariates(); ++c)
        gradient[layer.weight + o * layer.n_in + n_in + c] = of_batch(c, o);
  }
}

void ScviPass::Work::encoder_gradient(const float* p, const ScviNoise& noise, double kl_weight,
                                      const scvi::GradientSink& sink) {
  float* const gradient = sink.gradient;
  const size_t n = n_cells, h = sizes.n_hidden;
  const auto kl_share = static_cast<float>(kl_weight / static_cast<double>(n));
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < sizes.n_latent; ++j) {
      const float v = variance(i, j), at_z = z_gradient(i, j);
      mean_gradient(i, j) = at_z + kl_share * mean(i, j);
      const float at_v = at_z * noise.epsilon(i, j) * 0.5f / std::sqrt(v) + kl_share * 0.5f * (1 - 1 / v);
      var_gradient(i, j) = at_v * (v - kVarianceEps);
    }
  const auto& last = encoder_work.back().out;
  scvi::linear_gradient(pool, mean_gradient, last.data(), h, p + mean_weight, h, gradient + mean_weight,
                        gradient + mean_bias, hidden_gradient.data(), false);
  scvi::linear_gradient(pool, var_gradient, last.data(), h, p + var_weight, h, gradient + var_weight,
                        gradient + var_bias, hidden_gradient.data(), true);
  for (size_t l = encoder.size(); l-- > 0;) {
    const auto& layer = encoder[l];
    scvi::normalise_gradient(pool, layer, p, mask_of(&noise, l), encoder_work[l], hidden_gradient, gradient,
                             pre_gradient);
    if (l > 0)
      scvi::linear_gradient(pool, pre_gradient, encoder_work[l - 1].out.data(), h, p + layer.weight, h,
                            gradient + layer.weight, gradient + layer.bias, hidden_gradient.data(), false);
  }
  for (size_t j = 0; j < h; j += kRowBlock)
    scvi::sum_rows(pre_gradient, j, std::min(h, j + kRowBlock), gradient + encoder[0].bias);
  pool.parallel_for(minibatch.n_blocks(), [&](size_t block, int) {
    const auto entries = minibatch.block(block);
    std::vector<float> row(h);
    for (size_t g = 0; g < minibatch.block_width(block); ++g) {
      const size_t begin = entries.starts[g], count = entries.starts[g + 1] - begin;
      std::ranges::fill(row, 0.0f);
      scvi::add_scaled_rows({entries.cells + begin, count}, {entries.logs + begin, count},
                            pre_gradient.data(), h, row.data());
      sink.take(encoder[0].weight + (block * scvi::kGeneBlock + g) * h, row.data(), h);
    }
  });
}

ScviLoss ScviPass::Work::forward(ScviWeights& weights, const ScviCells& cells, const ScviNoise& noise) {
  if (weights.sizes != sizes || cells.size() < 2)
    throw Error(ErrorKind::internal, "scVI: weights or minibatch of the wrong size");
  begin_blas(pool.size());
  resize(cells.size());
  encode(weights, nullptr, weights.statistics.data(), cells, &noise, noise.epsilon);
  decode(weights, nullptr, weights.statistics.data(), cells);
  return likelihoods(weights, cells);
}

// A tensor is not read again once its gradient went to the sink, so that the sink may change it.
void ScviPass::Work::backward(const float* parameters, const ScviCells& cells, const ScviNoise& noise,
                              double kl_weight, const scvi::GradientSink& sink) {
  output.gradient(parameters, minibatch, sink, hidden_gradient);
  decoder_gradient(parameters, cells, sink.gradient);
  encoder_gradient(parameters, noise, kl_weight, sink);
}

ScviLoss ScviPass::gradient(ScviWeights& weights, const ScviCells& cells, const ScviNoise& noise,
                            double kl_weight, std::span<float> gradient) {
  auto& work = *work_;
  if (gradient.size() != work.layout.n_parameters())
    throw Error(ErrorKind::internal, "scVI: gradient of the wrong size");
  const auto loss = work.forward(weights, cells, noise);
  scvi::GradientSink sink;
  sink.gradient = gradient.data();
  work.backward(weights.parameters.data(), cells, noise, kl_weight, sink);
  return loss;
}

ScviLoss ScviPass::step(ScviWeights& weights, const ScviCells& cells, const ScviNoise& noise,
                        double kl_weight, ScviAdam& adam) {
  auto& work = *work_;
  const size_t n = work.layout.n_parameters();
  if (adam.first.size() != n || adam.second.size() != n)
    throw Error(ErrorKind::internal, "scVI: moments of the wrong size");
  const auto loss = work.forward(weights, cells, noise);
  if (!std::isfinite(loss.mean(kl_weight))) return loss;
  const auto t = static_cast<double>(++adam.n_steps);
  adam.settings.correction1 = static_cast<float>(1 - std::pow(0.9, t));
  adam.settings.correction2_root = static_cast<float>(std::sqrt(1 - std::pow(0.999, t)));
  float* const gradient = work.small_gradient_of(n);
  const scvi::GradientSink sink{gradient, &adam.settings, weights.parameters.data(), adam.first.data(),
                                adam.second.data()};
  work.backward(weights.parameters.data(), cells, noise, kl_weight, sink);
  work.pool.parallel_for(work.small_parts.size(), [&](size_t part, int) {
    const auto [first, last] = work.small_parts[part];
    sink.take(first, gradient + first, last - first);
  });
  return loss;
}

ScviLoss ScviPass::loss(const ScviWeights& weights, const ScviCells& cells,
                        const DenseMatrix<float>& epsilon) {
  auto& work = *work_;
  if (cells.size() == 0) return {};
  begin_blas(work.pool.size());
  work.resize(cells.size());
  work.encode(weights, weights.statistics.data(), nullptr, cells, nullptr, epsilon);
  work.decode(weights, weights.statistics.data(), nullptr, cells);
  return work.likelihoods(weights, cells);
}

}  // namespace zerocell
