#pragma once
#include <cstddef>
#include <vector>

#include "zerocell/core/matrix.h"
#include "zerocell/core/parallel.h"

namespace zerocell::scvi {

/// Cells, or rows of a weight, that one task works on.
inline constexpr size_t kRowBlock = 16;

/// Places of a fully connected layer's tensors, in the parameters (weight, bias, gamma, beta) and in the
/// running statistics (mean, variance).
struct HiddenLayer {
  size_t weight = 0, bias = 0, gamma = 0, beta = 0, mean = 0, variance = 0;
  size_t n_in = 0;
};

/// What a layer's forward pass leaves for its backward pass, of B cells and H units.
struct Activations {
  DenseMatrix<float> normal;  ///< (B, H) standardised by batch norm
  DenseMatrix<float> out;     ///< (B, H) after ReLU and dropout
  std::vector<float> inverse_deviation;
};

/// out (n, n_out) = in (n, n_in) W' + bias, W (n_out, n_in) with rows of `stride`.
void linear(ThreadPool& pool, const float* in, size_t n_in, const float* weight, size_t stride,
            const float* bias, DenseMatrix<float>& out);

/// Sums over the rows of columns [first, last), at most kRowBlock of them, to the same places of `sums`.
void sum_rows(const DenseMatrix<float>& x, size_t first, size_t last, float* sums);

/// Gradients of a linear layer: weight (n_out, n_in) with rows of `stride`, bias, and input unless null, to
/// which it is added where `add_to_input`.
void linear_gradient(ThreadPool& pool, const DenseMatrix<float>& out_gradient, const float* in, size_t n_in,
                     const float* weight, size_t stride, float* weight_gradient, float* bias_gradient,
                     float* in_gradient, bool add_to_input);

/// Batch norm, ReLU and dropout (`mask`: factors, null: none) of work.out, in place. With fixed_statistics by
/// these, else by the minibatch's own moments, which move moving_statistics.
void normalise(ThreadPool& pool, const HiddenLayer& layer, const float* parameters,
               const float* fixed_statistics, float* moving_statistics, const DenseMatrix<float>* mask,
               Activations& work);

/// Turns the gradient at work.out into that at the layer's linear output; gradients of gamma and beta go to
/// their places in `gradient`.
void normalise_gradient(ThreadPool& pool, const HiddenLayer& layer, const float* parameters,
                        const DenseMatrix<float>* mask, const Activations& work,
                        const DenseMatrix<float>& out_gradient, float* gradient,
                        DenseMatrix<float>& in_gradient);

}  // namespace zerocell::scvi
