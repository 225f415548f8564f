#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zerocell/core/matrix.h"

namespace zerocell {

enum class GeneLikelihood { nb, zinb };
std::string to_string(GeneLikelihood likelihood);

/// What decides the shapes of an scVI network (Lopez et al. 2018), named as scvi-tools names it. Sizes are
/// those of the published zero-shot study; scvi-tools' own defaults are n_latent 10, n_layers 1, zinb.
struct ScviSizes {
  size_t n_genes = 0;
  size_t n_batches = 1;
  size_t n_hidden = 128;
  size_t n_latent = 30;
  size_t n_layers = 2;
  GeneLikelihood gene_likelihood = GeneLikelihood::nb;

  /// Length of the one-hot batch that each decoder layer is given: a single batch is not given at all.
  size_t n_covariates() const { return n_batches > 1 ? n_batches : 0; }
  bool operator==(const ScviSizes&) const = default;
};

/// Where a tensor lies in the flat array of parameters (or of running statistics).
struct ScviTensor {
  std::string name;           ///< key of scvi-tools' state dictionary
  std::vector<size_t> shape;  ///< PyTorch's: (out, in) for a weight
  size_t offset = 0;
  size_t size = 0;
  bool input_major = false;  ///< lies as (in, out), so that a sparse input reads whole rows
};

/// Places of all tensors of a network.
class ScviLayout {
 public:
  explicit ScviLayout(const ScviSizes& sizes);

  const ScviSizes& sizes() const { return sizes_; }
  const std::vector<ScviTensor>& parameters() const { return parameters_; }  ///< trained
  const std::vector<ScviTensor>& statistics() const { return statistics_; }  ///< running means and variances
  size_t n_parameters() const { return n_parameters_; }
  size_t n_statistics() const { return n_statistics_; }
  /// The tensor of that name. Throws Error(internal) where there is none.
  const ScviTensor& find(std::string_view name) const;

 private:
  void add_linear(const std::string& prefix, size_t n_out, size_t n_in, bool input_major = false);
  void add_batch_norm(const std::string& prefix, size_t n);
  void add(std::vector<ScviTensor>& to, size_t& total, std::string name, std::vector<size_t> shape,
           bool input_major = false);

  ScviSizes sizes_;
  std::vector<ScviTensor> parameters_, statistics_;
  size_t n_parameters_ = 0, n_statistics_ = 0;
};

/// Values of an scVI network: every trained parameter and the running statistics of its batch norms.
struct ScviWeights {
  ScviWeights() = default;
  /// Parameters zero, running means 0 and variances 1.
  explicit ScviWeights(const ScviSizes& sizes);

  ScviSizes sizes;
  AlignedVector<float> parameters;
  AlignedVector<float> statistics;

  /// A tensor in PyTorch's order, whichever of the two arrays holds it.
  std::vector<float> tensor(const ScviTensor& tensor) const;
  /// The reverse. Throws Error(internal) for another number of values.
  void set_tensor(const ScviTensor& tensor, std::span<const float> values);
};

/// A tensor of `flat` (parameters, or an array of the same layout such as gradients) in PyTorch's order.
std::vector<float> tensor_in(std::span<const float> flat, const ScviTensor& tensor);

/// Untrained weights by PyTorch's rules: Linear weights and biases uniform in +-1/sqrt(fan_in), batch norm 1
/// and 0, px_r standard normal. Draws are keyed by seed, tensor and position.
ScviWeights untrained_scvi(const ScviSizes& sizes, uint64_t seed);

/// A network with the names that its inputs and batches had in training.
struct ScviModel {
  ScviWeights weights;
  std::vector<std::string> genes;    ///< (G)
  std::vector<std::string> batches;  ///< (n_batches) in the order of the one-hot batch
  std::string batch_key;             ///< obs column; empty: trained without
  double dropout_rate = 0.1;         ///< of the encoder in training
  size_t n_cells = 0;                ///< it was trained on; 0: not known
  std::string run;                   ///< hash of the run of zerocell that trained it; empty: another program
};

}  // namespace zerocell
