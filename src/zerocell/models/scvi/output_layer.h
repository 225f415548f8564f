#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "zerocell/core/matrix.h"
#include "zerocell/core/parallel.h"
#include "zerocell/models/scvi/kernels.h"
#include "zerocell/models/scvi/minibatch.h"
#include "zerocell/models/scvi/parameters.h"

namespace zerocell::scvi {

/// Where gradients of the tensors that have a row a gene go: into an array of all parameters, or straight
/// into a step of Adam, so that most of the gradient never leaves the cache.
struct GradientSink {
  float* gradient = nullptr;       ///< laid out as the parameters
  const AdamStep* adam = nullptr;  ///< null: `gradient` is filled
  float *parameters = nullptr, *first = nullptr, *second = nullptr;

  /// Takes the gradient of parameters [offset, offset + n).
  void take(size_t offset, const float* values, size_t n) const;
};

/// The part of the decoder that has a row a gene: softmax of the expected shares, dispersions and,
/// zero-inflated, dropout logits; the likelihood of the counts, and the gradient. Works on blocks of genes,
/// whose arrays lie as (genes, cells): both products by the weights and that by the activations then read
/// them as they are.
class OutputLayer {
 public:
  OutputLayer(const ScviLayout& layout, ThreadPool& pool);

  /// - log p(x | z) summed over the cells, of `hidden` (B, n_hidden). Gathers the blocks of `minibatch`.
  double reconstruction(const float* parameters, const ScviCells& cells, const DenseMatrix<float>& hidden,
                        Minibatch& minibatch);

  /// Gradient of the mean over cells, after reconstruction: that of the weights to `sink`, that of the
  /// activations to hidden_gradient (B, n_hidden).
  void gradient(const float* parameters, const Minibatch& minibatch, const GradientSink& sink,
                DenseMatrix<float>& hidden_gradient);

 private:
  void resize(size_t n_cells, size_t n_padded);
  void place_hidden(const DenseMatrix<float>& hidden);
  void logits(const float* parameters, size_t block, size_t weight, float* out, bool add) const;
  void join_softmax(const Minibatch& minibatch);
  void head_gradient(const float* parameters, size_t block, size_t weight, const float* at_logits, bool add,
                     const GradientSink& sink, float* scratch);

  size_t width(size_t block) const;
  float* at(AlignedVector<float>& values, size_t block) const {
    return values.data() + block * kGeneBlock * n_padded_;
  }
  BlockArrays arrays(size_t block);
  GeneDispersions dispersions(size_t block) const;
  bool inflated() const { return sizes_.gene_likelihood == GeneLikelihood::zinb; }

  ScviSizes sizes_;
  ThreadPool& pool_;
  size_t px_r_, scale_weight_, scale_bias_, dropout_weight_ = 0, dropout_bias_ = 0;
  size_t n_blocks_, hidden_width_;  ///< n_hidden, rounded up to whole vectors
  size_t n_cells_ = 0, n_padded_ = 0;
  AlignedVector<float> hidden_rows_, hidden_columns_;  ///< (B, hidden_width), (n_hidden, n_padded)
  AlignedVector<float> theta_, inverse_, log_gamma_, digamma_, theta_gradient_;
  AlignedVector<float> softmax_, slope_, dropout_, dropout_logits_;          ///< by block, (genes, cells)
  AlignedVector<float> hidden_parts_;                                        ///< by block, (n_hidden, cells)
  std::vector<float> largest_, sums_, factor_, size_, likelihood_, slopes_;  ///< by block, (cells)
  std::vector<AlignedVector<float>> scratch_;                                ///< by worker
};

}  // namespace zerocell::scvi
