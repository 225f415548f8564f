#pragma once
#include <cstddef>

namespace zerocell::scvi {

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

}  // namespace zerocell::scvi
