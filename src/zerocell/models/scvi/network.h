#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "zerocell/core/matrix.h"
#include "zerocell/core/parallel.h"
#include "zerocell/models/scvi/kernels.h"
#include "zerocell/models/scvi/parameters.h"

namespace zerocell {

/// Counts of some cells, where they lie. Nothing is copied.
struct ScviCells {
  const uint64_t* indptr = nullptr;
  const uint32_t* indices = nullptr;
  const float* values = nullptr;
  std::span<const uint32_t> rows;   ///< (B) the cells, as rows of the arrays above
  std::span<const uint32_t> batch;  ///< code of every row of the arrays; empty: one batch

  size_t size() const { return rows.size(); }
  std::span<const uint32_t> genes(size_t i) const {
    return {indices + indptr[rows[i]], static_cast<size_t>(indptr[rows[i] + 1] - indptr[rows[i]])};
  }
  std::span<const float> counts(size_t i) const {
    return {values + indptr[rows[i]], static_cast<size_t>(indptr[rows[i] + 1] - indptr[rows[i]])};
  }
  size_t batch_of(size_t i) const { return batch.empty() ? 0 : batch[rows[i]]; }
};

/// The random part of a step.
struct ScviNoise {
  DenseMatrix<float> epsilon;  ///< (B, n_latent) standard normal
  std::vector<DenseMatrix<float>>
      dropout;  ///< per encoder layer (B, n_hidden): 0 or 1 / (1 - rate); empty: none
};

/// Sums over the cells of a minibatch.
struct ScviLoss {
  double reconstruction = 0;  ///< - log p(x | z)
  double kl = 0;              ///< KL(q(z | x) || N(0, 1))
  size_t n_cells = 0;

  /// Mean over cells of reconstruction + kl_weight * kl.
  double mean(double kl_weight) const {
    return n_cells ? (reconstruction + kl_weight * kl) / static_cast<double>(n_cells) : 0;
  }
};

/// What Adam keeps between steps, in the layout of the parameters.
struct ScviAdam {
  explicit ScviAdam(size_t n_parameters) : first(n_parameters), second(n_parameters) {}

  scvi::AdamStep settings;  ///< its corrections are set by each step
  AlignedVector<float> first, second;
  uint64_t n_steps = 0;
};

/// Passes of scVI's network over minibatches (scvi-tools 1.4.2, module/_vae.py; docs/models.md has the
/// formulas). The first layer is a sparse product, likelihoods are computed as if all counts were zero and
/// corrected at stored entries, genes are worked on in blocks of a fixed size; so results do not depend on
/// the number of threads. Gradients are written by hand.
class ScviPass {
 public:
  ScviPass(const ScviSizes& sizes, ThreadPool& pool);
  ~ScviPass();

  /// Loss of reconstruction + kl_weight KL, averaged over the cells, and its gradient in the layout of
  /// weights.parameters. Batch norm takes the minibatch's moments (at least two cells) and updates
  /// weights.statistics (momentum 0.01, unbiased variance).
  ScviLoss gradient(ScviWeights& weights, const ScviCells& cells, const ScviNoise& noise, double kl_weight,
                    std::span<float> gradient);

  /// The same gradient as a step of Adam on weights.parameters: the same bits as by the gradient and
  /// scvi::adam, in fewer passes over memory. Where the loss is not a number, no parameter changes.
  ScviLoss step(ScviWeights& weights, const ScviCells& cells, const ScviNoise& noise, double kl_weight,
                ScviAdam& adam);

  /// Loss with running statistics, without dropout or gradient.
  ScviLoss loss(const ScviWeights& weights, const ScviCells& cells, const DenseMatrix<float>& epsilon);

 private:
  struct Work;
  std::unique_ptr<Work> work_;
};

/// Means (and variances, if asked for) of q(z | x): (B, n_latent). With running statistics; each cell by
/// itself, the same bits in any company. `variance` may be null.
void scvi_latent(const ScviWeights& weights, const ScviCells& cells, ThreadPool& pool,
                 DenseMatrix<float>& mean, DenseMatrix<float>* variance);

}  // namespace zerocell
