#pragma once
#include <memory>

#include "zerocell/nn/backend.h"
#include "zerocell/nn/weights.h"

namespace zerocell {

/// Values in device memory: those of the weights themselves where the device shares the program's memory.
class DeviceTable {
 public:
  DeviceTable() = default;
  DeviceTable(const Backend& backend, const FloatTensor& tensor);
  /// (rows, columns) of a matrix, (1, D) of a vector.
  ConstRows rows() const { return rows_; }
  const float* data() const { return rows_.data; }

 private:
  ConstRows rows_;
  DeviceBuffer uploaded_;
  std::shared_ptr<const void> owner_;
};

/// y = activation(x W^T + b). Tensors: weight (n_out, n_in), bias (n_out).
class Linear {
 public:
  Linear(const Backend& backend, const WeightScope& scope);
  /// Several layers of one input as one: their outputs stand side by side.
  Linear(const Backend& backend, std::span<const WeightScope> scopes);

  size_t n_out() const { return weights_->n_out; }
  /// x (L, n_in), out (L, n_out)
  void operator()(ConstRows x, Activation activation, Rows out, Workspace& workspace) const;

 private:
  const Backend& backend_;
  std::unique_ptr<LinearWeights> weights_;
};

/// x = LayerNorm(x + residual). Tensors: weight (D), bias (D).
class LayerNorm {
 public:
  LayerNorm(const Backend& backend, const WeightScope& scope, float eps);
  void operator()(Rows x, ConstRows residual = {}) const;

 private:
  const Backend& backend_;
  DeviceTable scale_, shift_;
  float eps_;
};

}  // namespace zerocell
