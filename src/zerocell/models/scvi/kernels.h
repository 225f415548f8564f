#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace zerocell::scvi {

/// out[0..width) += sum_k values[k] * rows[indices[k]][0..width), rows being `width` long and following each
/// other. One order of sums for each output, whatever else is computed.
void add_scaled_rows(std::span<const uint32_t> indices, std::span<const float> values, const float* rows,
                     size_t width, float* out);

/// Replaces a row by exp(x - largest x); `largest` and `sum` of the results are given back.
void exp_row(float* row, size_t n, float& largest, float& sum);

/// What all cells share about the genes of a block: theta = exp(px_r).
struct GeneDispersions {
  const float* theta;
  const float* inverse;    ///< 1 / (theta + eps)
  const float* log_gamma;  ///< ln Gamma(theta)
  const float* digamma;    ///< psi(theta)
};

/// Fills inverse, log_gamma and digamma, each n long, from theta.
void dispersion_terms(const float* theta, size_t n, float* inverse, float* log_gamma, float* digamma);

/// The sums of a cell over the genes of a block.
struct BlockSums {
  float log_likelihood = 0;
  float slope = 0;  ///< of d(-log p)/d mu times mu
};

/// The negative binomial of a cell as if all its counts were zero. `scale` holds the unscaled softmax on
/// entry and its shares (times factor) on exit; `slope` gets d(-log p)/d mu times mu; theta_gradient gathers
/// d(-log p)/d theta. With `dropout` (zero-inflated): logits on entry, d(-log p)/d logit on exit.
BlockSums zero_counts(float* scale, float factor, float library, const GeneDispersions& genes, size_t n,
                      float* slope, float* theta_gradient, float* dropout);

/// What stored counts change about the result of zero_counts, for one cell. `indices` count inside the block
/// (all below n); `dropout_logits` are the logits that zero_counts was given; null without zero inflation.
BlockSums stored_counts(std::span<const uint32_t> indices, uint32_t first_gene, std::span<const float> counts,
                        const float* scale, float library, const GeneDispersions& genes,
                        const float* dropout_logits, float* slope, float* theta_gradient, float* dropout);

/// slope[i] = (slope[i] - scale[i] * total) * weight: gradient of the softmax's input.
void softmax_gradient(const float* scale, float total, float weight, size_t n, float* slope);

/// Columns of matrices that batch norm works on at once: the widest strip that the functions below take.
inline constexpr size_t kStripWidth = 16;

/// A strip of `width` <= kStripWidth columns and n rows of a matrix whose rows are `stride` apart.
struct Strip {
  size_t n, stride, width;
};

/// Mean of each column and its sum of squared differences from it.
void column_moments(const float* x, const Strip& strip, double* mean, double* squares);

/// normal = (x - shift) * factor; x = max(0, normal * gamma + beta), times mask unless it is null.
void normalise_columns(float* x, float* normal, const float* mask, const Strip& strip, const float* shift,
                       const float* factor, const float* gamma, const float* beta);

/// in = gradient behind ReLU and mask; sums of it, and of it times normal, over each column.
void rectified_gradient(const float* out_gradient, const float* normal, const float* mask, const Strip& strip,
                        const float* gamma, const float* beta, float* in_gradient, double* sum,
                        double* product);

/// in = factor * (in - mean_gradient - normal * mean_product).
void normalised_gradient(float* in_gradient, const float* normal, const Strip& strip, const float* factor,
                         const float* mean_gradient, const float* mean_product);

/// One step of Adam (Kingma, Ba 2015) with L2 regularisation in the gradient, as torch.optim.Adam.
struct AdamStep {
  float learning_rate = 1e-3f, beta1 = 0.9f, beta2 = 0.999f, epsilon = 0.01f, weight_decay = 1e-6f;
  float correction1 = 1, correction2_root = 1;  ///< 1 - beta1^t and sqrt(1 - beta2^t)
};
void adam(const AdamStep& step, const float* gradient, size_t n, float* parameters, float* first,
          float* second);

}  // namespace zerocell::scvi
