#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "zerocell/nn/backend.h"

/// Inner loops of the processor's backend, compiled for every instruction set and chosen at run time. All
/// run on the calling thread. No argument is checked here.
namespace zerocell::cpu {

/// Name of the instruction set in use: "AVX-512", "AVX2", "NEON" ...
const char* instruction_set();

/// Columns of a panel of packed weights; differs between instruction sets.
size_t panel_columns();

/// panels (ceil(n_out / columns), n_in, columns) = w^T for w (n_out, n_in); what is missing is zero.
void pack_panels(const float* w, size_t n_out, size_t n_in, float* panels);

/// A Linear on packed weights.
struct LinearJob {
  const float* x;  ///< (n_rows, n_in)
  size_t n_rows, n_in, n_out;
  const float* panels;
  const float* bias;  ///< n_out rounded up to whole panels, -infinity beyond n_out
};

/// out (n_rows, n_out) = activation(x W^T + b). Each value is one chain of fused multiply-adds over n_in, in
/// order, whatever its tile: so it never depends on the other rows.
void linear(const LinearJob& job, Activation activation, float* out);

/// See Backend::argmax_linear.
void argmax_linear(const LinearJob& job, std::span<Prediction> out);

/// Updates `best` with the logits of n classes from first_id on, seen after all smaller ids. Until the end
/// `margin` holds the second largest logit.
void take_logits(const float* logits, size_t n, size_t first_id, Prediction& best);

/// One head of one cell.
struct AttentionJob {
  const float *q, *k, *v;  ///< (n_rows, depth) each, rows `stride` apart
  size_t n_rows, depth, stride;
  float* out;  ///< (n_rows, depth), rows `out_stride` apart
  size_t out_stride;
};

/// Floats of scratch that `attention` needs.
size_t attention_scratch(size_t n_rows, size_t depth);
/// out = softmax(q k^T / sqrt(depth)) v. `scratch` is 64-byte aligned.
void attention(const AttentionJob& job, float* scratch);

/// All heads' queries of one cell.
struct QueryJob {
  const float* q;   ///< (n_heads, depth), rows `q_stride` apart
  size_t q_stride;  ///< also between the rows of the result
  const float* x;   ///< (n_rows, depth)
  size_t n_rows, n_heads, depth;
  float scale;
};
/// Floats of scratch that `attention_of_one` needs.
size_t attention_of_one_scratch(size_t n_rows, size_t n_heads);
/// out row h = softmax(scale q_h x^T) x. `scratch` is 64-byte aligned.
void attention_of_one(const QueryJob& job, float* scratch, float* out);

/// See Backend::add_layer_norm.
void add_layer_norm(Rows x, const float* residual, const float* scale, const float* shift, float eps);
/// x = x Phi(x) over n values.
void gelu(float* x, size_t n);
/// x = 0.01 x where x < 0, over n values.
void leaky_relu(float* x, size_t n);
/// The product of two vectors of n values: sums of single lanes in order, then these.
float dot(const float* a, const float* b, size_t n);
/// out += x over n values.
void add_values(const float* x, size_t n, float* out);
/// out (n_cols) = mean of n_rows rows below one another, summed in float64.
void mean_of_rows(const float* x, size_t n_rows, size_t n_cols, float* out);

}  // namespace zerocell::cpu
