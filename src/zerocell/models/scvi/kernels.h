#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace zerocell::scvi {

/// out[0..width) += sum_k values[k] * rows[indices[k]][0..width), rows being `width` long and following each
/// other. One order of sums for each output, whatever else is computed.
void add_scaled_rows(std::span<const uint32_t> indices, std::span<const float> values, const float* rows,
                     size_t width, float* out);

/// Replaces x (genes, cells), `n_cells` (a multiple of kWidthStep) floats a row, by exp(x + bias[gene] -
/// largest[cell]), where largest is that of x + bias; `largest` and the `sums` over genes are given back.
void exp_columns(float* x, const float* bias, size_t n_genes, size_t n_cells, float* largest, float* sums);

/// What all cells share about the genes of a block: theta = exp(px_r).
struct GeneDispersions {
  const float* theta;
  const float* inverse;    ///< 1 / (theta + eps)
  const float* log_gamma;  ///< ln Gamma(theta)
  const float* digamma;    ///< psi(theta)
};

/// Fills inverse, log_gamma and digamma, each n long, from theta.
void dispersion_terms(const float* theta, size_t n, float* inverse, float* log_gamma, float* digamma);

/// What the genes of a block share about the cells. Cells beyond the minibatch, which fill the last vector,
/// have size 0 and change nothing.
struct CellTerms {
  size_t n = 0;           ///< cells, a multiple of kWidthStep
  const float* size;      ///< mu over the unscaled softmax
  float* log_likelihood;  ///< sum over the genes of the block
  float* slope;           ///< sum of d(-log p)/d mu times mu
};

/// Stored counts of a block, by gene.
struct GeneEntries {
  const uint32_t* starts;  ///< (genes + 1) where a gene's entries begin
  const uint32_t* cells;
  const float* counts;
  const float* logs;  ///< ln(1 + count)
};

/// Arrays (genes, cells) of a block, cells.n floats a row, and theta_gradient (genes).
struct BlockArrays {
  const float* softmax;   ///< unscaled
  float* slope;           ///< d(-log p)/d mu times mu
  float* theta_gradient;  ///< sum over cells of d(-log p)/d theta
  const float* logits;    ///< of zero inflation; null without
  float* dropout;         ///< d(-log p)/d logit
};

/// The negative binomial of all cells as if all their counts were zero. Sets slope, theta_gradient, dropout
/// and the sums of `cells`.
void zero_counts(const BlockArrays& block, const CellTerms& cells, const GeneDispersions& genes,
                 size_t n_genes);

/// What stored counts change about the result of zero_counts.
void stored_counts(const GeneEntries& entries, const BlockArrays& block, const CellTerms& cells,
                   const GeneDispersions& genes, size_t n_genes);

/// slope = (slope - softmax * total[cell]) * weight: gradient of the softmax's input; `sums` gets its sums
/// over cells. A null softmax: slope * weight alone.
void softmax_gradient(const float* softmax, const float* total, float weight, size_t n_genes, size_t n_cells,
                      float* slope, float* sums);

/// One step of Adam (Kingma, Ba 2015) with L2 regularisation in the gradient, as torch.optim.Adam.
struct AdamStep {
  float learning_rate = 1e-3f, beta1 = 0.9f, beta2 = 0.999f, epsilon = 0.01f, weight_decay = 1e-6f;
  float correction1 = 1, correction2_root = 1;  ///< 1 - beta1^t and sqrt(1 - beta2^t)
};
void adam(const AdamStep& step, const float* gradient, size_t n, float* parameters, float* first,
          float* second);

}  // namespace zerocell::scvi
