#include <utility>

#include "zerocell/models/scvi/trainer.h"

namespace zerocell {
namespace {

class CpuScviTrainer final : public ScviTrainer {
 public:
  CpuScviTrainer(ScviWeights start, const scvi::AdamStep& adam, ThreadPool& pool)
      : weights_(std::move(start)), adam_(weights_.parameters.size()), pass_(weights_.sizes, pool) {
    adam_.settings = adam;
  }

  std::string description() const override { return "cpu"; }
  ScviLoss step(const ScviCells& cells, const ScviNoise& noise, double kl_weight) override {
    return pass_.step(weights_, cells, noise, kl_weight, adam_);
  }
  ScviLoss loss(const ScviCells& cells, const DenseMatrix<float>& epsilon) override {
    return pass_.loss(weights_, cells, epsilon);
  }
  ScviWeights weights() const override { return weights_; }

 private:
  ScviWeights weights_;
  ScviAdam adam_;
  ScviPass pass_;
};

}  // namespace

std::unique_ptr<ScviTrainer> make_cpu_scvi_trainer(ScviWeights start, const scvi::AdamStep& adam,
                                                   ThreadPool& pool) {
  return std::make_unique<CpuScviTrainer>(std::move(start), adam, pool);
}

}  // namespace zerocell
