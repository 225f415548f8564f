#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "zerocell/models/scvi/kernels.h"
#include "zerocell/models/scvi/minibatch.h"
#include "zerocell/models/scvi/network.h"

namespace zerocell {
namespace {

constexpr size_t kRowBlock = 16;  // cells that one task works on
constexpr float kNormEps = 1e-3f, kVarianceEps = 1e-4f;

}  // namespace

void scvi_latent(const ScviWeights& weights, const ScviCells& cells, ThreadPool& pool,
                 DenseMatrix<float>& mean, DenseMatrix<float>* variance) {
  const ScviLayout layout(weights.sizes);
  const size_t h = weights.sizes.n_hidden, n_latent = weights.sizes.n_latent;
  const float* const p = weights.parameters.data();
  const float* const statistics = weights.statistics.data();
  // (in, out): every layer is a sum of scaled rows, so that a cell never depends on another.
  const auto transposed = [&](const std::string& name) {
    const auto& tensor = layout.find(name);
    std::vector<float> out(tensor.size);
    for (size_t o = 0; o < tensor.shape[0]; ++o)
      for (size_t i = 0; i < tensor.shape[1]; ++i)
        out[i * tensor.shape[0] + o] = p[tensor.offset + o * tensor.shape[1] + i];
    return out;
  };
  std::vector<std::vector<float>> hidden_weights(weights.sizes.n_layers);
  for (size_t l = 1; l < weights.sizes.n_layers; ++l)
    hidden_weights[l] = transposed(fmt::format("z_encoder.encoder.fc_layers.Layer {}.0.weight", l));
  const auto mean_weight = transposed("z_encoder.mean_encoder.weight");
  const auto var_weight = transposed("z_encoder.var_encoder.weight");
  const scvi::CountTable table;
  mean = DenseMatrix<float>(cells.size(), n_latent);
  if (variance) *variance = DenseMatrix<float>(cells.size(), n_latent);
  pool.parallel_ranges(cells.size(), kRowBlock, [&](size_t first, size_t last, int) {
    std::vector<float> logs, in(h), out(h);
    std::vector<uint32_t> all(h);
    for (size_t j = 0; j < h; ++j) all[j] = static_cast<uint32_t>(j);
    for (size_t i = first; i < last; ++i) {
      const auto counts = cells.counts(i);
      logs.resize(counts.size());
      for (size_t k = 0; k < counts.size(); ++k) logs[k] = table.log1p(counts[k]);
      for (size_t l = 0; l < weights.sizes.n_layers; ++l) {
        const auto name = fmt::format("z_encoder.encoder.fc_layers.Layer {}", l);
        std::copy_n(p + layout.find(name + ".0.bias").offset, h, out.data());
        if (l == 0)
          scvi::add_scaled_rows(cells.genes(i), logs, p + layout.find(name + ".0.weight").offset, h,
                                out.data());
        else
          scvi::add_scaled_rows(all, in, hidden_weights[l].data(), h, out.data());
        const float* const gamma = p + layout.find(name + ".1.weight").offset;
        const float* const beta = p + layout.find(name + ".1.bias").offset;
        const float* const moving_mean = statistics + layout.find(name + ".1.running_mean").offset;
        const float* const moving_variance = statistics + layout.find(name + ".1.running_var").offset;
        for (size_t j = 0; j < h; ++j)
          in[j] =
              std::max(0.0f, (out[j] - moving_mean[j]) / std::sqrt(moving_variance[j] + kNormEps) * gamma[j] +
                                 beta[j]);
      }
      std::copy_n(p + layout.find("z_encoder.mean_encoder.bias").offset, n_latent, mean.row(i).data());
      scvi::add_scaled_rows(all, in, mean_weight.data(), n_latent, mean.row(i).data());
      if (variance) {
        const auto row = variance->row(i);
        std::copy_n(p + layout.find("z_encoder.var_encoder.bias").offset, n_latent, row.data());
        scvi::add_scaled_rows(all, in, var_weight.data(), n_latent, row.data());
        for (float& v : row) v = std::exp(v) + kVarianceEps;
      }
    }
  });
}

}  // namespace zerocell
