#include "zerocell/torch/torch_scvi.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <torch/version.h>

#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "zerocell/torch/torch_device.h"

namespace zerocell {
namespace {

constexpr double kNormEps = 1e-3, kNormMomentum = 0.01, kVarianceEps = 1e-4, kEps = 1e-8;

int64_t signed_size(size_t n) {
  return static_cast<int64_t>(n);
}

/// A minibatch in the device's memory.
struct DeviceCells {
  at::Tensor counts;   // (B, G)
  at::Tensor library;  // (B, 1) sums of counts
  at::Tensor batch;    // (B, n_covariates) one-hot; undefined with one batch
};

/// Losses as tensors of one number, in float64.
struct DeviceLoss {
  at::Tensor reconstruction, kl;

  ScviLoss take(size_t n_cells) const { return {reconstruction.item<double>(), kl.item<double>(), n_cells}; }
};

class TorchScviTrainer final : public ScviTrainer {
 public:
  TorchScviTrainer(const std::string& device, const ScviWeights& start, const scvi::AdamStep& adam)
      : device_(open_torch_device(device)), sizes_(start.sizes), layout_(start.sizes), adam_(adam) {
    guard_torch([&] {
      parameters_ = to_device(start.parameters.data(), {signed_size(start.parameters.size())});
      statistics_ = to_device(start.statistics.data(), {signed_size(start.statistics.size())});
      gradient_ = at::zeros_like(parameters_);
      first_ = at::zeros_like(parameters_);
      second_ = at::zeros_like(parameters_);
      // Every tensor is a leaf of its own whose values and gradient lie in the flat arrays.
      for (const auto& tensor : layout_.parameters()) {
        auto leaf = place(parameters_, tensor).detach().set_requires_grad(true);
        leaf.mutable_grad() = place(gradient_, tensor);
        tensors_.emplace(tensor.name, leaf);
      }
      for (const auto& tensor : layout_.statistics())
        tensors_.emplace(tensor.name, place(statistics_, tensor));
    });
  }

  std::string description() const override {
    return describe_torch_device(device_) + ", LibTorch " + TORCH_VERSION;
  }

  ScviLoss step(const ScviCells& cells, const ScviNoise& noise, double kl_weight) override {
    if (cells.size() < 2) throw Error::internal("scVI by LibTorch: a minibatch of fewer than two cells");
    return guard_torch([&] {
      const auto statistics_before = statistics_.clone();
      const auto loss = forward(upload(cells), noise, true);
      const auto told = loss.take(cells.size());
      if (!std::isfinite(told.mean(kl_weight))) {
        statistics_.copy_(statistics_before);
        return told;
      }
      ((loss.reconstruction + loss.kl * kl_weight) / static_cast<double>(cells.size())).backward();
      take_adam_step();
      return told;
    });
  }

  ScviLoss loss(const ScviCells& cells, const DenseMatrix<float>& epsilon) override {
    if (cells.size() == 0) return {};
    return guard_torch([&] {
      const at::NoGradGuard no_gradients;
      return forward(upload(cells), ScviNoise{epsilon, {}}, false).take(cells.size());
    });
  }

  ScviWeights weights() const override {
    ScviWeights out(sizes_);
    guard_torch([&] {
      copy_to_host(parameters_, out.parameters);
      copy_to_host(statistics_, out.statistics);
    });
    return out;
  }

 private:
  at::TensorOptions floats() const { return at::TensorOptions(device_).dtype(at::kFloat); }

  template <class T>
  at::Tensor to_device(const T* values, at::IntArrayRef shape) const {
    const auto type = c10::CppTypeToScalarType<T>::value;
    return at::from_blob(const_cast<T*>(values), shape, type).to(at::TensorOptions(device_), false, true);
  }
  at::Tensor to_device(const DenseMatrix<float>& x) const {
    return to_device(x.data(), {signed_size(x.n_rows()), signed_size(x.n_cols())});
  }
  static void copy_to_host(const at::Tensor& from, AlignedVector<float>& to) {
    const auto host = from.detach().to(at::kCPU).contiguous();
    std::copy_n(host.const_data_ptr<float>(), to.size(), to.begin());
  }

  // A tensor's place in a flat array, as it lies there.
  static at::Tensor place(const at::Tensor& flat, const ScviTensor& tensor) {
    std::vector<int64_t> shape(tensor.shape.begin(), tensor.shape.end());
    if (tensor.input_major) std::swap(shape.front(), shape.back());
    return flat.narrow(0, signed_size(tensor.offset), signed_size(tensor.size)).view(shape);
  }
  const at::Tensor& named(const std::string& name) const { return tensors_.at(name); }

  DeviceCells upload(const ScviCells& cells) const {
    const size_t n = cells.size(), n_genes = sizes_.n_genes;
    std::vector<int64_t> places;
    std::vector<float> counts;
    for (size_t i = 0; i < n; ++i) {
      const auto genes = cells.genes(i);
      const auto values = cells.counts(i);
      for (const uint32_t gene : genes) places.push_back(signed_size(i * n_genes + gene));
      counts.insert(counts.end(), values.begin(), values.end());
    }
    DeviceCells out;
    const auto n_entries = signed_size(counts.size());
    // No place twice, so that the order of writes is no matter.
    out.counts =
        at::zeros({signed_size(n * n_genes)}, floats())
            .scatter_(0, to_device(places.data(), {n_entries}), to_device(counts.data(), {n_entries}))
            .view({signed_size(n), signed_size(n_genes)});
    out.library = out.counts.sum({1}, true);
    if (sizes_.n_covariates() > 0) {
      DenseMatrix<float> batch(n, sizes_.n_covariates());
      for (size_t i = 0; i < n; ++i) batch(i, cells.batch_of(i)) = 1;
      out.batch = to_device(batch);
    }
    return out;
  }

  // Batch norm and ReLU of a layer.
  at::Tensor normalise(const std::string& layer, const at::Tensor& x, bool training) const {
    return at::batch_norm(x, named(layer + ".1.weight"), named(layer + ".1.bias"),
                          named(layer + ".1.running_mean"), named(layer + ".1.running_var"), training,
                          kNormMomentum, kNormEps, false)
        .relu();
  }

  // scvi-tools 1.4.2, module/_vae.py; docs/models.md has the formulas.
  DeviceLoss forward(const DeviceCells& cells, const ScviNoise& noise, bool training) const {
    auto x = cells.counts.log1p();
    for (size_t l = 0; l < sizes_.n_layers; ++l) {
      const auto layer = "z_encoder.encoder.fc_layers.Layer " + std::to_string(l);
      x = l == 0 ? at::addmm(named(layer + ".0.bias"), x, named(layer + ".0.weight"))  // lies as (in, out)
                 : at::linear(x, named(layer + ".0.weight"), named(layer + ".0.bias"));
      x = normalise(layer, x, training);
      if (!noise.dropout.empty()) x = x * to_device(noise.dropout[l]);
    }
    const auto mean =
        at::linear(x, named("z_encoder.mean_encoder.weight"), named("z_encoder.mean_encoder.bias"));
    const auto variance =
        at::linear(x, named("z_encoder.var_encoder.weight"), named("z_encoder.var_encoder.bias")).exp() +
        kVarianceEps;
    const auto kl = ((variance + mean * mean - 1 - variance.log()) * 0.5).sum(at::kDouble);
    x = mean + variance.sqrt() * to_device(noise.epsilon);
    for (size_t l = 0; l < sizes_.n_layers; ++l) {
      const auto layer = "decoder.px_decoder.fc_layers.Layer " + std::to_string(l);
      if (cells.batch.defined()) x = at::cat({x, cells.batch}, 1);
      x = normalise(layer, at::linear(x, named(layer + ".0.weight"), named(layer + ".0.bias")), training);
    }
    const auto mu = cells.library * at::linear(x, named("decoder.px_scale_decoder.0.weight"),
                                               named("decoder.px_scale_decoder.0.bias"))
                                        .softmax(1);
    const auto log_likelihood = sizes_.gene_likelihood == GeneLikelihood::nb
                                    ? nb_log_likelihood(cells.counts, mu)
                                    : zinb_log_likelihood(cells.counts, mu, x);
    return {-log_likelihood.sum(at::kDouble), kl};
  }

  // Of each count, without what all cases of the zero-inflated one share.
  struct NbTerms {
    at::Tensor of_zero;   // theta ln(theta / (theta + mu))
    at::Tensor of_count;  // what a count adds to it; 0 for 0
  };
  NbTerms nb_terms(const at::Tensor& counts, const at::Tensor& mu) const {
    const auto theta = named("px_r").exp();
    const auto log_sum = (theta + mu + kEps).log();
    return {theta * ((theta + kEps).log() - log_sum), counts * ((mu + kEps).log() - log_sum) +
                                                          (counts + theta).lgamma() - theta.lgamma() -
                                                          (counts + 1).lgamma()};
  }
  at::Tensor nb_log_likelihood(const at::Tensor& counts, const at::Tensor& mu) const {
    const auto terms = nb_terms(counts, mu);
    return terms.of_zero + terms.of_count;
  }
  at::Tensor zinb_log_likelihood(const at::Tensor& counts, const at::Tensor& mu, const at::Tensor& x) const {
    const auto terms = nb_terms(counts, mu);
    const auto logit =
        at::linear(x, named("decoder.px_dropout_decoder.weight"), named("decoder.px_dropout_decoder.bias"));
    const auto of_zero = terms.of_zero - logit;
    return at::softplus(of_zero).where(counts == 0, of_zero + terms.of_count) - at::softplus(-logit);
  }

  // torch.optim.Adam with L2 regularisation, over all parameters at once.
  void take_adam_step() {
    const at::NoGradGuard no_gradients;
    const auto t = static_cast<double>(++n_steps_);
    const double beta1 = static_cast<double>(adam_.beta1), beta2 = static_cast<double>(adam_.beta2);
    gradient_.add_(parameters_, adam_.weight_decay);
    first_.mul_(beta1).add_(gradient_, 1 - beta1);
    second_.mul_(beta2).addcmul_(gradient_, gradient_, 1 - beta2);
    const auto scale = second_.sqrt().div_(std::sqrt(1 - std::pow(beta2, t))).add_(adam_.epsilon);
    parameters_.addcdiv_(first_, scale, -static_cast<double>(adam_.learning_rate) / (1 - std::pow(beta1, t)));
    gradient_.zero_();
  }

  at::Device device_;
  ScviSizes sizes_;
  ScviLayout layout_;
  scvi::AdamStep adam_;
  uint64_t n_steps_ = 0;
  at::Tensor parameters_, statistics_, gradient_, first_, second_;
  std::map<std::string, at::Tensor> tensors_;
};

}  // namespace

std::unique_ptr<ScviTrainer> make_torch_scvi_trainer(const std::string& device, ScviWeights start,
                                                     const scvi::AdamStep& adam) {
  return std::make_unique<TorchScviTrainer>(device, start, adam);
}

}  // namespace zerocell
