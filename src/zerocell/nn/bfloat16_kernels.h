#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "zerocell/nn/backend.h"

/// Linear layers on bfloat16 for x86 processors with AVX-512 BF16. Values are rounded to the nearest bfloat16
/// (ties to even, below the smallest normal number to zero) and kept as pairs of neighbouring dimensions
/// (k, k + 1) in 32 bits, as the processor multiplies them; sums are float32. No argument is checked here,
/// and nothing but bfloat16_obstacle may be called where that names one.
namespace zerocell::cpu {

/// Why bfloat16 cannot be multiplied here, or nullptr where it can.
const char* bfloat16_obstacle();

/// Columns of a panel of packed weights.
constexpr size_t kPairPanel = 32;

/// Pairs of a row of n_in values; of an odd number the last is completed with zero.
constexpr size_t count_pairs(size_t n_in) {
  return n_in / 2 + n_in % 2;
}

/// pairs (n_rows, count_pairs(n_in)) = x (n_rows, n_in), rounded.
void round_to_pairs(const float* x, size_t n_rows, size_t n_in, uint32_t* pairs);

/// panels (ceil(n_out / kPairPanel), pairs, kPairPanel) = w^T for w (n_out, n_in); what is missing is zero.
void pack_pair_panels(const float* w, size_t n_out, size_t n_in, uint32_t* panels);

/// A Linear on packed weights.
struct PairJob {
  const uint32_t* x;  ///< (n_rows, n_pairs)
  size_t n_rows, n_pairs, n_out;
  const uint32_t* panels;  ///< 64-byte aligned
  const float* bias;       ///< n_out rounded up to whole panels, -infinity beyond n_out
};

/// out (n_rows, n_out) = activation(x W^T + b). Each value is one chain of pairs of products added in order,
/// whatever its tile: so it never depends on the other rows.
void linear(const PairJob& job, Activation activation, float* out);

/// See Backend::argmax_linear.
void argmax_linear(const PairJob& job, std::span<Prediction> out);

}  // namespace zerocell::cpu
