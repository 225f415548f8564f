#include "zerocell/nn/layers.h"

#include <algorithm>

namespace zerocell {

DeviceTable::DeviceTable(const Backend& backend, const FloatTensor& tensor) {
  const size_t n_cols = tensor.shape.back();
  const size_t n_rows = tensor.shape.size() == 2 ? tensor.shape[0] : 1;
  if (backend.shares_host_memory()) {
    rows_ = {tensor.values.data(), n_rows, n_cols};
    owner_ = tensor.owner;
    return;
  }
  uploaded_ = backend.allocate(n_rows * n_cols);
  const Rows rows{uploaded_.get(), n_rows, n_cols};
  backend.upload(tensor.values, rows);
  rows_ = rows;
}

Linear::Linear(const Backend& backend, const WeightScope& scope) : Linear(backend, {&scope, 1}) {}

Linear::Linear(const Backend& backend, std::span<const WeightScope> scopes) : backend_(backend) {
  const size_t n_in = scopes.front()["weight"].shape[1];
  std::vector<float> weight, bias;  // (n_out, n_in), (n_out)
  for (const auto& scope : scopes) {
    std::ranges::copy(scope["weight"].values, std::back_inserter(weight));
    std::ranges::copy(scope["bias"].values, std::back_inserter(bias));
  }
  weights_ = backend.prepare(weight, bias, bias.size(), n_in);
}

void Linear::operator()(ConstRows x, Activation activation, Rows out, Workspace& workspace) const {
  backend_.linear(x, *weights_, activation, out, workspace);
}

LayerNorm::LayerNorm(const Backend& backend, const WeightScope& scope, float eps)
    : backend_(backend), scale_(backend, scope["weight"]), shift_(backend, scope["bias"]), eps_(eps) {}

void LayerNorm::operator()(Rows x, ConstRows residual) const {
  backend_.add_layer_norm(x, residual, scale_.data(), shift_.data(), eps_);
}

}  // namespace zerocell
