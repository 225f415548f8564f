#include "zerocell/models/scvi/hidden_layer.h"

#include <cblas.h>

#include <algorithm>
#include <cmath>

#include "zerocell/models/scvi/norm_kernels.h"

namespace zerocell::scvi {
namespace {

constexpr float kNormEps = 1e-3f, kNormMomentum = 0.01f;

int to_int(size_t n) {
  return static_cast<int>(n);
}

}  // namespace

void linear(ThreadPool& pool, const float* in, size_t n_in, const float* weight, size_t stride,
            const float* bias, DenseMatrix<float>& out) {
  const size_t n_out = out.n_cols();
  pool.parallel_ranges(out.n_rows(), kRowBlock, [&](size_t first, size_t last, int) {
    for (size_t i = first; i < last; ++i) std::copy_n(bias, n_out, out.row(i).data());
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, to_int(last - first), to_int(n_out), to_int(n_in), 1,
                in + first * n_in, to_int(n_in), weight, to_int(stride), 1, out.row(first).data(),
                to_int(n_out));
  });
}

void sum_rows(const DenseMatrix<float>& x, size_t first, size_t last, float* sums) {
  double sum[kRowBlock] = {};
  for (size_t i = 0; i < x.n_rows(); ++i) {
    const float* const row = x.row(i).data() + first;
    for (size_t o = 0; o < last - first; ++o) sum[o] += static_cast<double>(row[o]);
  }
  for (size_t o = first; o < last; ++o) sums[o] = static_cast<float>(sum[o - first]);
}

void linear_gradient(ThreadPool& pool, const DenseMatrix<float>& out_gradient, const float* in, size_t n_in,
                     const float* weight, size_t stride, float* weight_gradient, float* bias_gradient,
                     float* in_gradient, bool add_to_input) {
  const size_t n = out_gradient.n_rows(), n_out = out_gradient.n_cols();
  const size_t n_weight_tasks = (n_out + kRowBlock - 1) / kRowBlock;
  const size_t n_input_tasks = in_gradient ? (n + kRowBlock - 1) / kRowBlock : 0;
  pool.parallel_for(n_weight_tasks + n_input_tasks, [&](size_t task, int) {
    if (task < n_weight_tasks) {
      const size_t first = task * kRowBlock, last = std::min(n_out, first + kRowBlock);
      cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, to_int(last - first), to_int(n_in), to_int(n), 1,
                  out_gradient.data() + first, to_int(n_out), in, to_int(n_in), 0,
                  weight_gradient + first * stride, to_int(stride));
      sum_rows(out_gradient, first, last, bias_gradient);
      return;
    }
    const size_t first = (task - n_weight_tasks) * kRowBlock, last = std::min(n, first + kRowBlock);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, to_int(last - first), to_int(n_in), to_int(n_out),
                1, out_gradient.data() + first * n_out, to_int(n_out), weight, to_int(stride),
                add_to_input ? 1.0f : 0.0f, in_gradient + first * n_in, to_int(n_in));
  });
}

void normalise(ThreadPool& pool, const HiddenLayer& layer, const float* parameters,
               const float* fixed_statistics, float* moving_statistics, const DenseMatrix<float>* mask,
               Activations& work) {
  const size_t n = work.out.n_rows(), h = work.out.n_cols();
  pool.parallel_ranges(h, kStripWidth, [&](size_t first, size_t last, int) {
    const Strip strip{n, h, last - first};
    float shift[kStripWidth], factor[kStripWidth];
    if (fixed_statistics) {
      for (size_t j = 0; j < strip.width; ++j) {
        shift[j] = fixed_statistics[layer.mean + first + j];
        factor[j] = 1 / std::sqrt(fixed_statistics[layer.variance + first + j] + kNormEps);
      }
    } else {
      double mean_here[kStripWidth], squares[kStripWidth];
      column_moments(work.out.data() + first, strip, mean_here, squares);
      for (size_t j = 0; j < strip.width; ++j) {
        shift[j] = static_cast<float>(mean_here[j]);
        factor[j] = static_cast<float>(
            1 / std::sqrt(squares[j] / static_cast<double>(n) + static_cast<double>(kNormEps)));
        float& moving_mean = moving_statistics[layer.mean + first + j];
        float& moving_variance = moving_statistics[layer.variance + first + j];
        moving_mean += kNormMomentum * (shift[j] - moving_mean);
        moving_variance +=
            kNormMomentum * (static_cast<float>(squares[j] / static_cast<double>(n - 1)) - moving_variance);
      }
    }
    std::copy_n(factor, strip.width, work.inverse_deviation.data() + first);
    normalise_columns(work.out.data() + first, work.normal.data() + first,
                      mask ? mask->data() + first : nullptr, strip, shift, factor,
                      parameters + layer.gamma + first, parameters + layer.beta + first);
  });
}

void normalise_gradient(ThreadPool& pool, const HiddenLayer& layer, const float* parameters,
                        const DenseMatrix<float>* mask, const Activations& work,
                        const DenseMatrix<float>& out_gradient, float* gradient,
                        DenseMatrix<float>& in_gradient) {
  const size_t n = out_gradient.n_rows(), h = out_gradient.n_cols();
  pool.parallel_ranges(h, kStripWidth, [&](size_t first, size_t last, int) {
    const Strip strip{n, h, last - first};
    double sum[kStripWidth], product[kStripWidth];
    const float* const gamma = parameters + layer.gamma + first;
    rectified_gradient(out_gradient.data() + first, work.normal.data() + first,
                       mask ? mask->data() + first : nullptr, strip, gamma, parameters + layer.beta + first,
                       in_gradient.data() + first, sum, product);
    float mean_gradient_here[kStripWidth], mean_product[kStripWidth], factor[kStripWidth];
    for (size_t j = 0; j < strip.width; ++j) {
      gradient[layer.beta + first + j] = static_cast<float>(sum[j]);
      gradient[layer.gamma + first + j] = static_cast<float>(product[j]);
      mean_gradient_here[j] = static_cast<float>(sum[j] / static_cast<double>(n));
      mean_product[j] = static_cast<float>(product[j] / static_cast<double>(n));
      factor[j] = gamma[j] * work.inverse_deviation[first + j];
    }
    normalised_gradient(in_gradient.data() + first, work.normal.data() + first, strip, factor,
                        mean_gradient_here, mean_product);
  });
}

}  // namespace zerocell::scvi
