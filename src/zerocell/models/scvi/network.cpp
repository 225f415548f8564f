#include "zerocell/models/scvi/network.h"

#include <cblas.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "zerocell/core/error.h"
#include "zerocell/models/scvi/kernels.h"

namespace zerocell {
namespace {

constexpr size_t kGeneBlock = 256;  // genes that one task works on
constexpr size_t kRowBlock = 16;    // cells, or rows of a weight, that one task works on
constexpr float kNormEps = 1e-3f, kNormMomentum = 0.01f, kVarianceEps = 1e-4f;

int to_int(size_t n) {
  return static_cast<int>(n);
}

/// Places of a fully connected layer's tensors.
struct Layer {
  size_t weight = 0, bias = 0, gamma = 0, beta = 0, mean = 0, variance = 0;
  size_t n_in = 0;
};

/// What a layer's forward pass leaves for its backward pass.
struct Activations {
  DenseMatrix<float> normal;  ///< (B, H) standardised by batch norm
  DenseMatrix<float> out;     ///< (B, H) after ReLU and dropout
  std::vector<float> inverse_deviation;
};

/// ln(1 + x) and ln x! of counts, mostly small whole numbers.
class CountTable {
 public:
  CountTable() {
    for (size_t x = 0; x < kSize; ++x) {
      log1p_[x] = std::log1p(static_cast<float>(x));
      log_factorial_[x] = std::lgamma(static_cast<double>(x) + 1);
    }
  }
  float log1p(float x) const {
    const size_t n = place(x);
    return static_cast<float>(n) == x ? log1p_[n] : std::log1p(x);
  }
  double log_factorial(float x) const {
    const size_t n = place(x);
    return static_cast<float>(n) == x ? log_factorial_[n] : std::lgamma(static_cast<double>(x) + 1);
  }

 private:
  static size_t place(float x) {
    return static_cast<size_t>(std::clamp(x, 0.0f, static_cast<float>(kSize - 1)));
  }
  static constexpr size_t kSize = 1024;
  float log1p_[kSize];
  double log_factorial_[kSize];
};

}  // namespace

struct ScviPass::Work {
  Work(const ScviSizes& s, ThreadPool& p) : sizes(s), layout(s), pool(p) {
    if (s.n_genes == 0 || s.n_hidden == 0 || s.n_latent == 0 || s.n_layers == 0 || s.n_batches == 0)
      throw Error(ErrorKind::internal, "scVI: a size is zero");
    for (const char* part : {"z_encoder.encoder", "decoder.px_decoder"})
      for (size_t l = 0; l < s.n_layers; ++l) {
        const auto name = fmt::format("{}.fc_layers.Layer {}", part, l);
        Layer layer;
        layer.weight = layout.find(name + ".0.weight").offset;
        layer.n_in = layout.find(name + ".0.weight").shape[1];
        layer.bias = layout.find(name + ".0.bias").offset;
        layer.gamma = layout.find(name + ".1.weight").offset;
        layer.beta = layout.find(name + ".1.bias").offset;
        layer.mean = layout.find(name + ".1.running_mean").offset;
        layer.variance = layout.find(name + ".1.running_var").offset;
        (part[0] == 'z' ? encoder : decoder).push_back(layer);
      }
    px_r = layout.find("px_r").offset;
    mean_weight = layout.find("z_encoder.mean_encoder.weight").offset;
    mean_bias = layout.find("z_encoder.mean_encoder.bias").offset;
    var_weight = layout.find("z_encoder.var_encoder.weight").offset;
    var_bias = layout.find("z_encoder.var_encoder.bias").offset;
    scale_weight = layout.find("decoder.px_scale_decoder.0.weight").offset;
    scale_bias = layout.find("decoder.px_scale_decoder.0.bias").offset;
    if (inflated()) {
      dropout_weight = layout.find("decoder.px_dropout_decoder.weight").offset;
      dropout_bias = layout.find("decoder.px_dropout_decoder.bias").offset;
    }
    n_blocks = (s.n_genes + kGeneBlock - 1) / kGeneBlock;
    for (auto* part : {&theta, &inverse, &log_gamma, &digamma}) part->resize(s.n_genes);
    encoder_work.resize(s.n_layers);
    decoder_work.resize(s.n_layers);
  }

  bool inflated() const { return sizes.gene_likelihood == GeneLikelihood::zinb; }

  void resize(size_t n) {
    if (n == n_cells) return;
    n_cells = n;
    const size_t h = sizes.n_hidden, z_size = sizes.n_latent;
    for (auto* part : {&encoder_work, &decoder_work})
      for (auto& layer : *part) {
        layer.normal = DenseMatrix<float>(n, h);
        layer.out = DenseMatrix<float>(n, h);
        layer.inverse_deviation.assign(h, 0.0f);
      }
    for (auto* part : {&hidden_gradient, &pre_gradient}) *part = DenseMatrix<float>(n, h);
    for (auto* part : {&mean, &variance, &z, &z_gradient, &mean_gradient, &var_gradient})
      *part = DenseMatrix<float>(n, z_size);
    scale.resize(n_blocks * n * kGeneBlock);
    slope.resize(n_blocks * n * kGeneBlock);
    if (inflated()) {
      dropout.resize(n_blocks * n * kGeneBlock);
      dropout_logits.resize(n_blocks * n * kGeneBlock);
    }
    partial_hidden.resize(n_blocks * n * h);
    largest.resize(n_blocks * n);
    sums.resize(n_blocks * n);
    likelihood.resize(n_blocks * n);
    slopes.resize(n_blocks * n);
    first_entry.resize((n_blocks + 1) * n);
    library.resize(n);
    log_factorials.resize(n);
  }

  // out (n x n_out) = in (n x n_in) W' + bias, W (n_out, n_in) with rows of `stride`.
  void linear(const float* in, size_t n_in, const float* weight, size_t stride, const float* bias,
              DenseMatrix<float>& out) {
    const size_t n_out = out.n_cols();
    pool.parallel_ranges(out.n_rows(), kRowBlock, [&](size_t first, size_t last, int) {
      for (size_t i = first; i < last; ++i) std::copy_n(bias, n_out, out.row(i).data());
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, to_int(last - first), to_int(n_out), to_int(n_in),
                  1, in + first * n_in, to_int(n_in), weight, to_int(stride), 1, out.row(first).data(),
                  to_int(n_out));
    });
  }

  // Gradients of a linear layer: weight (n_out, n_in) with rows of `stride`, bias, and input unless null.
  void linear_gradient(const DenseMatrix<float>& out_gradient, const float* in, size_t n_in,
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
        for (size_t o = first; o < last; ++o) {
          double sum = 0;
          for (size_t i = 0; i < n; ++i) sum += static_cast<double>(out_gradient(i, o));
          bias_gradient[o] = static_cast<float>(sum);
        }
        return;
      }
      const size_t first = (task - n_weight_tasks) * kRowBlock, last = std::min(n, first + kRowBlock);
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, to_int(last - first), to_int(n_in),
                  to_int(n_out), 1, out_gradient.data() + first * n_out, to_int(n_out), weight,
                  to_int(stride), add_to_input ? 1.0f : 0.0f, in_gradient + first * n_in, to_int(n_in));
    });
  }

  // Batch norm, ReLU and dropout of work.out, in place. statistics null: moments of the minibatch.
  void normalise(const Layer& layer, const float* parameters, const float* fixed_statistics,
                 float* moving_statistics, const DenseMatrix<float>* mask, Activations& work) {
    const size_t n = work.out.n_rows(), h = work.out.n_cols();
    pool.parallel_ranges(h, scvi::kStripWidth, [&](size_t first, size_t last, int) {
      const scvi::Strip strip{n, h, last - first};
      float shift[scvi::kStripWidth], factor[scvi::kStripWidth];
      if (fixed_statistics) {
        for (size_t j = 0; j < strip.width; ++j) {
          shift[j] = fixed_statistics[layer.mean + first + j];
          factor[j] = 1 / std::sqrt(fixed_statistics[layer.variance + first + j] + kNormEps);
        }
      } else {
        double mean_here[scvi::kStripWidth], squares[scvi::kStripWidth];
        scvi::column_moments(work.out.data() + first, strip, mean_here, squares);
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
      scvi::normalise_columns(work.out.data() + first, work.normal.data() + first,
                              mask ? mask->data() + first : nullptr, strip, shift, factor,
                              parameters + layer.gamma + first, parameters + layer.beta + first);
    });
  }

  // Turns the gradient at work.out into that at the layer's linear output.
  void normalise_gradient(const Layer& layer, const float* parameters, const DenseMatrix<float>* mask,
                          const Activations& work, const DenseMatrix<float>& out_gradient, float* gradient,
                          DenseMatrix<float>& in_gradient) {
    const size_t n = out_gradient.n_rows(), h = out_gradient.n_cols();
    pool.parallel_ranges(h, scvi::kStripWidth, [&](size_t first, size_t last, int) {
      const scvi::Strip strip{n, h, last - first};
      double sum[scvi::kStripWidth], product[scvi::kStripWidth];
      const float* const gamma = parameters + layer.gamma + first;
      scvi::rectified_gradient(out_gradient.data() + first, work.normal.data() + first,
                               mask ? mask->data() + first : nullptr, strip, gamma,
                               parameters + layer.beta + first, in_gradient.data() + first, sum, product);
      float mean_gradient_here[scvi::kStripWidth], mean_product[scvi::kStripWidth], factor[scvi::kStripWidth];
      for (size_t j = 0; j < strip.width; ++j) {
        gradient[layer.beta + first + j] = static_cast<float>(sum[j]);
        gradient[layer.gamma + first + j] = static_cast<float>(product[j]);
        mean_gradient_here[j] = static_cast<float>(sum[j] / static_cast<double>(n));
        mean_product[j] = static_cast<float>(product[j] / static_cast<double>(n));
        factor[j] = gamma[j] * work.inverse_deviation[first + j];
      }
      scvi::normalised_gradient(in_gradient.data() + first, work.normal.data() + first, strip, factor,
                                mean_gradient_here, mean_product);
    });
  }

  void encode(const ScviWeights& weights, const float* fixed, float* moving, const ScviCells& cells,
              const ScviNoise* noise, const DenseMatrix<float>& epsilon);
  void decode(const ScviWeights& weights, const float* fixed, float* moving, const ScviCells& cells);
  ScviLoss likelihoods(const ScviWeights& weights, const ScviCells& cells);
  void output_gradient(const ScviWeights& weights, std::span<float> gradient);
  void decoder_gradient(const ScviWeights& weights, const ScviCells& cells, std::span<float> gradient);
  void encoder_gradient(const ScviWeights& weights, const ScviCells& cells, const ScviNoise& noise,
                        double kl_weight, std::span<float> gradient);
  double kl() const;

  const DenseMatrix<float>* mask_of(const ScviNoise* noise, size_t l) const {
    return noise && !noise->dropout.empty() ? &noise->dropout[l] : nullptr;
  }
  size_t block_width(size_t block) const { return std::min(kGeneBlock, sizes.n_genes - block * kGeneBlock); }
  scvi::GeneDispersions dispersions(size_t first) const {
    return {theta.data() + first, inverse.data() + first, log_gamma.data() + first, digamma.data() + first};
  }

  ScviSizes sizes;
  ScviLayout layout;
  ThreadPool& pool;
  CountTable table;
  std::vector<Layer> encoder, decoder;
  size_t px_r = 0, mean_weight = 0, mean_bias = 0, var_weight = 0, var_bias = 0, scale_weight = 0,
         scale_bias = 0, dropout_weight = 0, dropout_bias = 0;
  size_t n_blocks = 0, n_cells = 0;
  std::vector<Activations> encoder_work, decoder_work;
  DenseMatrix<float> hidden_gradient, pre_gradient, mean, variance, z, z_gradient, mean_gradient,
      var_gradient;
  AlignedVector<float> theta, inverse, log_gamma, digamma;
  // By block of genes, then cell.
  AlignedVector<float> scale, slope, dropout, dropout_logits, partial_hidden;
  std::vector<float> largest, sums, likelihood, slopes;
  std::vector<uint32_t> first_entry;  ///< (cell, block + 1): where a block's entries of a cell begin
  std::vector<float> library;
  std::vector<double> log_factorials;
  AlignedVector<float> theta_gradient;
};

ScviPass::ScviPass(const ScviSizes& sizes, ThreadPool& pool) : work_(std::make_unique<Work>(sizes, pool)) {}
ScviPass::~ScviPass() = default;

void ScviPass::Work::encode(const ScviWeights& weights, const float* fixed, float* moving,
                            const ScviCells& cells, const ScviNoise* noise,
                            const DenseMatrix<float>& epsilon) {
  const float* const p = weights.parameters.data();
  const size_t n = cells.size(), h = sizes.n_hidden;
  pool.parallel_ranges(n, kRowBlock, [&](size_t first, size_t last, int) {
    std::vector<float> logs;
    for (size_t i = first; i < last; ++i) {
      const auto genes = cells.genes(i);
      const auto counts = cells.counts(i);
      logs.resize(counts.size());
      double total = 0, factorials = 0;
      for (size_t k = 0; k < counts.size(); ++k) {
        logs[k] = table.log1p(counts[k]);
        total += static_cast<double>(counts[k]);
        factorials += table.log_factorial(counts[k]);
      }
      library[i] = static_cast<float>(total);
      log_factorials[i] = factorials;
      float* const out = encoder_work[0].out.row(i).data();
      std::copy_n(p + encoder[0].bias, h, out);
      scvi::add_scaled_rows(genes, logs, p + encoder[0].weight, h, out);
      uint32_t* const starts = first_entry.data() + i * (n_blocks + 1);
      size_t k = 0;
      for (size_t block = 0; block < n_blocks; ++block) {
        while (k < genes.size() && genes[k] < block * kGeneBlock) ++k;
        starts[block] = static_cast<uint32_t>(k);
      }
      starts[n_blocks] = static_cast<uint32_t>(genes.size());
    }
  });
  normalise(encoder[0], p, fixed, moving, mask_of(noise, 0), encoder_work[0]);
  for (size_t l = 1; l < encoder.size(); ++l) {
    linear(encoder_work[l - 1].out.data(), h, p + encoder[l].weight, h, p + encoder[l].bias,
           encoder_work[l].out);
    normalise(encoder[l], p, fixed, moving, mask_of(noise, l), encoder_work[l]);
  }
  const auto& last = encoder_work.back().out;
  linear(last.data(), h, p + mean_weight, h, p + mean_bias, mean);
  linear(last.data(), h, p + var_weight, h, p + var_bias, variance);
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < sizes.n_latent; ++j) {
      variance(i, j) = std::exp(variance(i, j)) + kVarianceEps;
      z(i, j) = mean(i, j) + std::sqrt(variance(i, j)) * epsilon(i, j);
    }
}

double ScviPass::Work::kl() const {
  double total = 0;
  for (size_t i = 0; i < n_cells; ++i)
    for (size_t j = 0; j < sizes.n_latent; ++j) {
      const double m = static_cast<double>(mean(i, j)), v = static_cast<double>(variance(i, j));
      total += 0.5 * (v + m * m - 1 - std::log(v));
    }
  return total;
}

void ScviPass::Work::decode(const ScviWeights& weights, const float* fixed, float* moving,
                            const ScviCells& cells) {
  const float* const p = weights.parameters.data();
  for (size_t l = 0; l < decoder.size(); ++l) {
    const auto& layer = decoder[l];
    const size_t n_in = layer.n_in - sizes.n_covariates();
    auto& work = decoder_work[l];
    linear(l == 0 ? z.data() : decoder_work[l - 1].out.data(), n_in, p + layer.weight, layer.n_in,
           p + layer.bias, work.out);
    if (sizes.n_covariates())
      for (size_t i = 0; i < n_cells; ++i) {
        const float* const column = p + layer.weight + n_in + cells.batch_of(i);
        for (size_t o = 0; o < sizes.n_hidden; ++o) work.out(i, o) += column[o * layer.n_in];
      }
    normalise(layer, p, fixed, moving, nullptr, work);
  }
}

ScviLoss ScviPass::Work::likelihoods(const ScviWeights& weights, const ScviCells& cells) {
  const float* const p = weights.parameters.data();
  const size_t n = n_cells, h = sizes.n_hidden;
  const float* const hidden = decoder_work.back().out.data();
  theta_gradient.assign(sizes.n_genes, 0.0f);
  const auto logits = [&](size_t block, size_t weight, size_t bias, float* out) {
    const size_t width = block_width(block), first = block * kGeneBlock;
    for (size_t i = 0; i < n; ++i) std::copy_n(p + bias + first, width, out + i * kGeneBlock);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, to_int(n), to_int(width), to_int(h), 1, hidden,
                to_int(h), p + weight + first * h, to_int(h), 1, out, to_int(kGeneBlock));
  };
  pool.parallel_for(n_blocks, [&](size_t block, int) {
    const size_t width = block_width(block), first = block * kGeneBlock;
    float* const out = scale.data() + block * n * kGeneBlock;
    logits(block, scale_weight, scale_bias, out);
    for (size_t i = 0; i < n; ++i)
      scvi::exp_row(out + i * kGeneBlock, width, largest[block * n + i], sums[block * n + i]);
    if (inflated())
      logits(block, dropout_weight, dropout_bias, dropout_logits.data() + block * n * kGeneBlock);
    for (size_t g = first; g < first + width; ++g) theta[g] = std::exp(p[px_r + g]);
    scvi::dispersion_terms(theta.data() + first, width, inverse.data() + first, log_gamma.data() + first,
                           digamma.data() + first);
  });
  std::vector<float> top(n);
  std::vector<double> total(n);
  for (size_t i = 0; i < n; ++i) {
    top[i] = largest[i];
    for (size_t block = 1; block < n_blocks; ++block) top[i] = std::max(top[i], largest[block * n + i]);
    for (size_t block = 0; block < n_blocks; ++block)
      total[i] += static_cast<double>(sums[block * n + i]) *
                  std::exp(static_cast<double>(largest[block * n + i]) - static_cast<double>(top[i]));
  }
  pool.parallel_for(n_blocks, [&](size_t block, int) {
    const size_t width = block_width(block), first = block * kGeneBlock;
    const auto genes = dispersions(first);
    for (size_t i = 0; i < n; ++i) {
      const size_t place = (block * n + i) * kGeneBlock;
      const auto factor = static_cast<float>(
          std::exp(static_cast<double>(largest[block * n + i]) - static_cast<double>(top[i])) / total[i]);
      float* zeros = nullptr;
      if (inflated()) {
        zeros = dropout.data() + place;
        std::copy_n(dropout_logits.data() + place, width, zeros);
      }
      auto all = scvi::zero_counts(scale.data() + place, factor, library[i], genes, width,
                                   slope.data() + place, theta_gradient.data() + first, zeros);
      const uint32_t* const starts = first_entry.data() + i * (n_blocks + 1);
      const size_t begin = starts[block], count = starts[block + 1] - begin;
      const auto stored =
          scvi::stored_counts(cells.genes(i).subspan(begin, count), static_cast<uint32_t>(first),
                              cells.counts(i).subspan(begin, count), scale.data() + place, library[i], genes,
                              inflated() ? dropout_logits.data() + place : nullptr, slope.data() + place,
                              theta_gradient.data() + first, zeros);
      likelihood[block * n + i] = all.log_likelihood + stored.log_likelihood;
      slopes[block * n + i] = all.slope + stored.slope;
    }
  });
  ScviLoss loss;
  loss.n_cells = n;
  for (size_t i = 0; i < n; ++i) {
    loss.reconstruction += log_factorials[i];
    for (size_t block = 0; block < n_blocks; ++block)
      loss.reconstruction -= static_cast<double>(likelihood[block * n + i]);
  }
  loss.kl = kl();
  return loss;
}

void ScviPass::Work::output_gradient(const ScviWeights& weights, std::span<float> gradient) {
  const float* const p = weights.parameters.data();
  const size_t n = n_cells, h = sizes.n_hidden;
  const float weight = 1.0f / static_cast<float>(n);
  const float* const hidden = decoder_work.back().out.data();
  std::vector<float> total(n);
  for (size_t i = 0; i < n; ++i) {
    double sum = 0;
    for (size_t block = 0; block < n_blocks; ++block) sum += static_cast<double>(slopes[block * n + i]);
    total[i] = static_cast<float>(sum);
  }
  pool.parallel_for(n_blocks, [&](size_t block, int) {
    const size_t width = block_width(block), first = block * kGeneBlock;
    float* const out = slope.data() + block * n * kGeneBlock;
    float* const hidden_part = partial_hidden.data() + block * n * h;
    for (size_t i = 0; i < n; ++i)
      scvi::softmax_gradient(scale.data() + (block * n + i) * kGeneBlock, total[i], weight, width,
                             out + i * kGeneBlock);
    const auto head = [&](const float* at_logits, size_t weight_place, size_t bias_place, float beta) {
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, to_int(n), to_int(h), to_int(width), 1,
                  at_logits, to_int(kGeneBlock), p + weight_place + first * h, to_int(h), beta, hidden_part,
                  to_int(h));
      cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, to_int(width), to_int(h), to_int(n), 1, at_logits,
                  to_int(kGeneBlock), hidden, to_int(h), 0, gradient.data() + weight_place + first * h,
                  to_int(h));
      float* const bias = gradient.data() + bias_place + first;
      std::fill_n(bias, width, 0.0f);
      for (size_t i = 0; i < n; ++i)
        for (size_t g = 0; g < width; ++g) bias[g] += at_logits[i * kGeneBlock + g];
    };
    head(out, scale_weight, scale_bias, 0);
    if (inflated()) {
      float* const zeros = dropout.data() + block * n * kGeneBlock;
      for (size_t i = 0; i < n; ++i)
        for (size_t g = 0; g < width; ++g) zeros[i * kGeneBlock + g] *= weight;
      head(zeros, dropout_weight, dropout_bias, 1);
    }
    for (size_t g = first; g < first + width; ++g) gradient[px_r + g] = theta_gradient[g] * theta[g] * weight;
  });
  pool.parallel_ranges(n, kRowBlock, [&](size_t first, size_t last, int) {
    for (size_t i = first; i < last; ++i) {
      auto row = hidden_gradient.row(i);
      std::ranges::fill(row, 0.0f);
      for (size_t block = 0; block < n_blocks; ++block) {
        const float* const part = partial_hidden.data() + (block * n + i) * h;
        for (size_t j = 0; j < h; ++j) row[j] += part[j];
      }
    }
  });
}

void ScviPass::Work::decoder_gradient(const ScviWeights& weights, const ScviCells& cells,
                                      std::span<float> gradient) {
  const float* const p = weights.parameters.data();
  for (size_t l = decoder.size(); l-- > 0;) {
    const auto& layer = decoder[l];
    const size_t n_in = layer.n_in - sizes.n_covariates(), h = sizes.n_hidden;
    normalise_gradient(layer, p, nullptr, decoder_work[l], hidden_gradient, gradient.data(), pre_gradient);
    linear_gradient(pre_gradient, l == 0 ? z.data() : decoder_work[l - 1].out.data(), n_in, p + layer.weight,
                    layer.n_in, gradient.data() + layer.weight, gradient.data() + layer.bias,
                    l == 0 ? z_gradient.data() : hidden_gradient.data(), false);
    if (sizes.n_covariates()) {
      for (size_t o = 0; o < h; ++o)
        std::fill_n(gradient.data() + layer.weight + o * layer.n_in + n_in, sizes.n_covariates(), 0.0f);
      for (size_t i = 0; i < n_cells; ++i) {
        float* const column = gradient.data() + layer.weight + n_in + cells.batch_of(i);
        for (size_t o = 0; o < h; ++o) column[o * layer.n_in] += pre_gradient(i, o);
      }
    }
  }
}

void ScviPass::Work::encoder_gradient(const ScviWeights& weights, const ScviCells& cells,
                                      const ScviNoise& noise, double kl_weight, std::span<float> gradient) {
  const float* const p = weights.parameters.data();
  const size_t n = n_cells, h = sizes.n_hidden;
  const auto kl_share = static_cast<float>(kl_weight / static_cast<double>(n));
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < sizes.n_latent; ++j) {
      const float v = variance(i, j), at_z = z_gradient(i, j);
      mean_gradient(i, j) = at_z + kl_share * mean(i, j);
      const float at_v = at_z * noise.epsilon(i, j) * 0.5f / std::sqrt(v) + kl_share * 0.5f * (1 - 1 / v);
      var_gradient(i, j) = at_v * (v - kVarianceEps);
    }
  const auto& last = encoder_work.back().out;
  linear_gradient(mean_gradient, last.data(), h, p + mean_weight, h, gradient.data() + mean_weight,
                  gradient.data() + mean_bias, hidden_gradient.data(), false);
  linear_gradient(var_gradient, last.data(), h, p + var_weight, h, gradient.data() + var_weight,
                  gradient.data() + var_bias, hidden_gradient.data(), true);
  for (size_t l = encoder.size(); l-- > 0;) {
    const auto& layer = encoder[l];
    normalise_gradient(layer, p, mask_of(&noise, l), encoder_work[l], hidden_gradient, gradient.data(),
                       pre_gradient);
    if (l > 0)
      linear_gradient(pre_gradient, encoder_work[l - 1].out.data(), h, p + layer.weight, h,
                      gradient.data() + layer.weight, gradient.data() + layer.bias, hidden_gradient.data(),
                      false);
  }
  for (size_t j = 0; j < h; ++j) {
    double sum = 0;
    for (size_t i = 0; i < n; ++i) sum += static_cast<double>(pre_gradient(i, j));
    gradient[encoder[0].bias + j] = static_cast<float>(sum);
  }
  // Each block of genes gathers the cells that express them, in order.
  pool.parallel_for(n_blocks, [&](size_t block, int) {
    const size_t width = block_width(block), first = block * kGeneBlock;
    float* const rows = gradient.data() + encoder[0].weight;
    std::fill_n(rows + first * h, width * h, 0.0f);
    for (size_t i = 0; i < n; ++i) {
      const uint32_t* const starts = first_entry.data() + i * (n_blocks + 1);
      const auto genes = cells.genes(i);
      const auto counts = cells.counts(i);
      const float* const at = pre_gradient.row(i).data();
      for (size_t k = starts[block]; k < starts[block + 1]; ++k) {
        const uint32_t zero = 0;
        const float x = table.log1p(counts[k]);
        scvi::add_scaled_rows({&zero, 1}, {&x, 1}, at, h, rows + size_t{genes[k]} * h);
      }
    }
  });
}

ScviLoss ScviPass::gradient(ScviWeights& weights, const ScviCells& cells, const ScviNoise& noise,
                            double kl_weight, std::span<float> gradient) {
  auto& work = *work_;
  if (weights.sizes != work.sizes || gradient.size() != work.layout.n_parameters() || cells.size() < 2)
    throw Error(ErrorKind::internal, "scVI: weights, gradient or minibatch of the wrong size");
  openblas_set_num_threads(1);  // tasks are spread over the pool
  work.resize(cells.size());
  work.encode(weights, nullptr, weights.statistics.data(), cells, &noise, noise.epsilon);
  work.decode(weights, nullptr, weights.statistics.data(), cells);
  const auto loss = work.likelihoods(weights, cells);
  work.output_gradient(weights, gradient);
  work.decoder_gradient(weights, cells, gradient);
  work.encoder_gradient(weights, cells, noise, kl_weight, gradient);
  return loss;
}

ScviLoss ScviPass::loss(const ScviWeights& weights, const ScviCells& cells,
                        const DenseMatrix<float>& epsilon) {
  auto& work = *work_;
  if (cells.size() == 0) return {};
  openblas_set_num_threads(1);
  work.resize(cells.size());
  work.encode(weights, weights.statistics.data(), nullptr, cells, nullptr, epsilon);
  work.decode(weights, weights.statistics.data(), nullptr, cells);
  return work.likelihoods(weights, cells);
}

void scvi_latent(const ScviWeights& weights, const ScviCells& cells, ThreadPool& pool,
                 DenseMatrix<float>& mean, DenseMatrix<float>* variance) {
  const ScviLayout layout(weights.sizes);
  const size_t h = weights.sizes.n_hidden, n_latent = weights.sizes.n_latent;
  const float* const p = weights.parameters.data();
  const float* const statistics = weights.statistics.data();
  // (in, out): every layer is a sum of scaled rows, so that a cell never depends on another.
  const auto transposed = [&](const std::string& name) {
    const auto& tensor = layout.find(name);
    std::vector<float> out(tensor.size);
    for (size_t o = 0; o < tensor.shape[0]; ++o)
      for (size_t i = 0; i < tensor.shape[1]; ++i)
        out[i * tensor.shape[0] + o] = p[tensor.offset + o * tensor.shape[1] + i];
    return out;
  };
  std::vector<std::vector<float>> hidden_weights(weights.sizes.n_layers);
  for (size_t l = 1; l < weights.sizes.n_layers; ++l)
    hidden_weights[l] = transposed(fmt::format("z_encoder.encoder.fc_layers.Layer {}.0.weight", l));
  const auto mean_weight = transposed("z_encoder.mean_encoder.weight");
  const auto var_weight = transposed("z_encoder.var_encoder.weight");
  const CountTable table;
  mean = DenseMatrix<float>(cells.size(), n_latent);
  if (variance) *variance = DenseMatrix<float>(cells.size(), n_latent);
  pool.parallel_ranges(cells.size(), kRowBlock, [&](size_t first, size_t last, int) {
    std::vector<float> logs, in(h), out(h);
    std::vector<uint32_t> all(h);
    for (size_t j = 0; j < h; ++j) all[j] = static_cast<uint32_t>(j);
    for (size_t i = first; i < last; ++i) {
      const auto counts = cells.counts(i);
      logs.resize(counts.size());
      for (size_t k = 0; k < counts.size(); ++k) logs[k] = table.log1p(counts[k]);
      for (size_t l = 0; l < weights.sizes.n_layers; ++l) {
        const auto name = fmt::format("z_encoder.encoder.fc_layers.Layer {}", l);
        std::copy_n(p + layout.find(name + ".0.bias").offset, h, out.data());
        if (l == 0)
          scvi::add_scaled_rows(cells.genes(i), logs, p + layout.find(name + ".0.weight").offset, h,
                                out.data());
        else
          scvi::add_scaled_rows(all, in, hidden_weights[l].data(), h, out.data());
        const float* const gamma = p + layout.find(name + ".1.weight").offset;
        const float* const beta = p + layout.find(name + ".1.bias").offset;
        const float* const moving_mean = statistics + layout.find(name + ".1.running_mean").offset;
        const float* const moving_variance = statistics + layout.find(name + ".1.running_var").offset;
        for (size_t j = 0; j < h; ++j)
          in[j] =
              std::max(0.0f, (out[j] - moving_mean[j]) / std::sqrt(moving_variance[j] + kNormEps) * gamma[j] +
                                 beta[j]);
      }
      std::copy_n(p + layout.find("z_encoder.mean_encoder.bias").offset, n_latent, mean.row(i).data());
      scvi::add_scaled_rows(all, in, mean_weight.data(), n_latent, mean.row(i).data());
      if (variance) {
        const auto row = variance->row(i);
        std::copy_n(p + layout.find("z_encoder.var_encoder.bias").offset, n_latent, row.data());
        scvi::add_scaled_rows(all, in, var_weight.data(), n_latent, row.data());
        for (float& v : row) v = std::exp(v) + kVarianceEps;
      }
    }
  });
}

}  // namespace zerocell
