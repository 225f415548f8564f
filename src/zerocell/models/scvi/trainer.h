#pragma once
#include <functional>
#include <memory>
#include <string>

#include "zerocell/core/matrix.h"
#include "zerocell/core/parallel.h"
#include "zerocell/models/scvi/kernels.h"
#include "zerocell/models/scvi/network.h"
#include "zerocell/models/scvi/parameters.h"

namespace zerocell {

/// An scVI in training where its steps are computed: its weights and what Adam keeps between steps.
class ScviTrainer {
 public:
  virtual ~ScviTrainer() = default;

  /// "cpu", "cuda:0 (NVIDIA H100), LibTorch 2.13.0".
  virtual std::string description() const = 0;

  /// A step of Adam along the gradient of reconstruction + kl_weight KL, averaged over the cells (at least
  /// two), and the loss before it. Running statistics follow (momentum 0.01, unbiased variance). Where the
  /// loss is not a number, no parameter changes.
  virtual ScviLoss step(const ScviCells& cells, const ScviNoise& noise, double kl_weight) = 0;

  /// Loss with running statistics, without dropout.
  virtual ScviLoss loss(const ScviCells& cells, const DenseMatrix<float>& epsilon) = 0;

  /// As they are now.
  virtual ScviWeights weights() const = 0;
};

/// Makes a trainer that begins with `start`; corrections in `adam` are not read.
using MakeScviTrainer =
    std::function<std::unique_ptr<ScviTrainer>(ScviWeights start, const scvi::AdamStep& adam)>;

/// On the processor, with the kernels of ScviPass: the same bits for any number of threads.
std::unique_ptr<ScviTrainer> make_cpu_scvi_trainer(ScviWeights start, const scvi::AdamStep& adam,
                                                   ThreadPool& pool);

}  // namespace zerocell
