#pragma once
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zerocell/checkpoint/checkpoint.h"

namespace zerocell {

/// How an untrained tensor is drawn.
enum class Initial {
  zeros,
  ones,
  normal,   ///< N(0, scale^2)
  uniform,  ///< U(-scale, scale)
};

/// One row of a model's table of tensors: our name, the name in published files, shape, untrained values.
struct TensorSpec {
  std::string name;       ///< "layer.0.query.weight"
  std::string file_name;  ///< "bert.encoder.layer.0.attention.self.query.weight"
  std::vector<size_t> shape;
  Initial initial = Initial::normal;
  double scale = 0.02;
};

/// A model's tensors by our name, complete and of the right shape.
class Weights {
 public:
  /// Takes the tensors of the table out of a checkpoint. Throws Error(data) that names every tensor that is
  /// missing, misshapen, not finite (the first place) or extra; extra ones are allowed where the name begins
  /// with one of `ignored`.
  static Weights load(const Checkpoint& checkpoint, std::span<const TensorSpec> table,
                      std::span<const std::string> ignored);
  /// Untrained weights, drawn for each tensor from (seed, its file name): the same whatever the order.
  static Weights random(std::span<const TensorSpec> table, uint64_t seed);

  /// Puts equal blocks of a tensor's rows under these names in its place, without copying. Error(internal)
  /// where the rows cannot be divided so.
  void split_rows(const std::string& name, std::span<const std::string> parts);

  bool has(const std::string& name) const { return tensors_.contains(name); }
  /// Error(internal) for a name that the table lacks.
  const FloatTensor& at(const std::string& name) const;

 private:
  std::map<std::string, FloatTensor> tensors_;
};

/// Weights under a common prefix: what a layer is built from.
class WeightScope {
 public:
  explicit WeightScope(const Weights& weights, std::string prefix = "")
      : weights_(weights), prefix_(std::move(prefix)) {}
  WeightScope at(const std::string& name) const { return WeightScope(weights_, prefix_ + name + "."); }
  const FloatTensor& operator[](const std::string& name) const { return weights_.at(prefix_ + name); }

 private:
  const Weights& weights_;
  std::string prefix_;
};

}  // namespace zerocell
