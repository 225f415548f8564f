#include "zerocell/models/scvi/output_layer.h"

#include <algorithm>
#include <cmath>

#include "zerocell/models/scvi/product.h"

namespace zerocell::scvi {

void GradientSink::take(size_t offset, const float* values, size_t n) const {
  if (adam)
    scvi::adam(*adam, values, n, parameters + offset, first + offset, second + offset);
  else
    std::copy_n(values, n, gradient + offset);
}

OutputLayer::OutputLayer(const ScviLayout& layout, ThreadPool& pool)
    : sizes_(layout.sizes()),
      pool_(pool),
      px_r_(layout.find("px_r").offset),
      scale_weight_(layout.find("decoder.px_scale_decoder.0.weight").offset),
      scale_bias_(layout.find("decoder.px_scale_decoder.0.bias").offset),
      n_blocks_((sizes_.n_genes + kGeneBlock - 1) / kGeneBlock),
      hidden_width_((sizes_.n_hidden + kWidthStep - 1) / kWidthStep * kWidthStep),
      scratch_(static_cast<size_t>(pool.size()), AlignedVector<float>(kGeneBlock * hidden_width_)) {
  if (inflated()) {
    dropout_weight_ = layout.find("decoder.px_dropout_decoder.weight").offset;
    dropout_bias_ = layout.find("decoder.px_dropout_decoder.bias").offset;
  }
  for (auto* part : {&theta_, &inverse_, &log_gamma_, &digamma_, &theta_gradient_})
    part->resize(n_blocks_ * kGeneBlock);
}

size_t OutputLayer::width(size_t block) const {
  return std::min(kGeneBlock, sizes_.n_genes - block * kGeneBlock);
}

BlockArrays OutputLayer::arrays(size_t block) {
  return {at(softmax_, block), at(slope_, block), theta_gradient_.data() + block * kGeneBlock,
          inflated() ? at(dropout_logits_, block) : nullptr, inflated() ? at(dropout_, block) : nullptr};
}

GeneDispersions OutputLayer::dispersions(size_t block) const {
  const size_t first = block * kGeneBlock;
  return {theta_.data() + first, inverse_.data() + first, log_gamma_.data() + first, digamma_.data() + first};
}

void OutputLayer::resize(size_t n_cells, size_t n_padded) {
  n_cells_ = n_cells;
  if (n_padded == n_padded_) return;
  n_padded_ = n_padded;
  hidden_rows_.resize(n_padded * hidden_width_);
  hidden_columns_.resize(sizes_.n_hidden * n_padded);
  for (auto* part : {&softmax_, &slope_}) part->resize(n_blocks_ * kGeneBlock * n_padded);
  if (inflated())
    for (auto* part : {&dropout_, &dropout_logits_}) part->resize(n_blocks_ * kGeneBlock * n_padded);
  hidden_parts_.resize(n_blocks_ * sizes_.n_hidden * n_padded);
  for (auto* part : {&largest_, &sums_, &factor_, &size_, &likelihood_, &slopes_})
    part->assign(n_blocks_ * n_padded, 0.0f);
}

void OutputLayer::place_hidden(const DenseMatrix<float>& hidden) {
  const size_t n_hidden = sizes_.n_hidden;
  pool_.parallel_ranges(n_padded_, kWidthStep, [&](size_t first, size_t last, int) {
    for (size_t i = first; i < last; ++i) {
      float* const row = hidden_rows_.data() + i * hidden_width_;
      std::fill_n(row, hidden_width_, 0.0f);
      if (i < n_cells_) std::ranges::copy(hidden.row(i), row);
    }
    for (size_t h = 0; h < n_hidden; ++h)
      for (size_t i = first; i < last; ++i)
        hidden_columns_[h * n_padded_ + i] = hidden_rows_[i * hidden_width_ + h];
  });
}

void OutputLayer::logits(const float* parameters, size_t block, size_t weight, float* out, bool add) const {
  const size_t h = sizes_.n_hidden;
  multiply({width(block), n_padded_, h, parameters + weight + block * kGeneBlock * h, h, 1,
            hidden_columns_.data(), n_padded_, out, n_padded_, add});
}

double OutputLayer::reconstruction(const float* parameters, const ScviCells& cells,
                                   const DenseMatrix<float>& hidden, Minibatch& minibatch) {
  resize(minibatch.n_cells(), minibatch.n_padded());
  place_hidden(hidden);
  pool_.parallel_for(n_blocks_, [&](size_t block, int) {
    minibatch.gather(cells, block);
    const size_t first = block * kGeneBlock, n_genes = width(block), place = block * n_padded_;
    logits(parameters, block, scale_weight_, at(softmax_, block), false);
    exp_columns(at(softmax_, block), parameters + scale_bias_ + first, n_genes, n_padded_,
                largest_.data() + place, sums_.data() + place);
    if (inflated()) {
      float* const out = at(dropout_logits_, block);
      for (size_t g = 0; g < n_genes; ++g)
        std::fill_n(out + g * n_padded_, n_padded_, parameters[dropout_bias_ + first + g]);
      logits(parameters, block, dropout_weight_, out, true);
    }
    for (size_t g = first; g < first + n_genes; ++g) theta_[g] = std::exp(parameters[px_r_ + g]);
    dispersion_terms(theta_.data() + first, n_genes, inverse_.data() + first, log_gamma_.data() + first,
                     digamma_.data() + first);
  });
  join_softmax(minibatch);
  pool_.parallel_for(n_blocks_, [&](size_t block, int) {
    const size_t place = block * n_padded_;
    const CellTerms terms{n_padded_, size_.data() + place, likelihood_.data() + place,
                          slopes_.data() + place};
    const auto block_arrays = arrays(block);
    zero_counts(block_arrays, terms, dispersions(block), width(block));
    stored_counts(minibatch.block(block), block_arrays, terms, dispersions(block), width(block));
  });
  double total = 0;
  for (size_t i = 0; i < n_cells_; ++i) {
    total += minibatch.log_factorials(i);
    for (size_t block = 0; block < n_blocks_; ++block)
      total -= static_cast<double>(likelihood_[block * n_padded_ + i]);
  }
  return total;
}

// Blocks know their own largest logit and the sum beside it; factor_ makes one softmax of them.
void OutputLayer::join_softmax(const Minibatch& minibatch) {
  pool_.parallel_ranges(n_cells_, 16, [&](size_t first, size_t last, int) {
    for (size_t i = first; i < last; ++i) {
      float top = largest_[i];
      for (size_t block = 1; block < n_blocks_; ++block) top = std::max(top, largest_[block * n_padded_ + i]);
      double total = 0;
      for (size_t block = 0; block < n_blocks_; ++block) {
        const size_t place = block * n_padded_ + i;
        factor_[place] = std::exp(largest_[place] - top);
        total += static_cast<double>(sums_[place]) * static_cast<double>(factor_[place]);
      }
      for (size_t block = 0; block < n_blocks_; ++block) {
        const size_t place = block * n_padded_ + i;
        factor_[place] = static_cast<float>(static_cast<double>(factor_[place]) / total);
        size_[place] = factor_[place] * minibatch.library(i);
      }
    }
  });
  for (size_t block = 0; block < n_blocks_; ++block)
    for (size_t i = n_cells_; i < n_padded_; ++i)
      factor_[block * n_padded_ + i] = size_[block * n_padded_ + i] = 0;
}

void OutputLayer::head_gradient(const float* parameters, size_t block, size_t weight, const float* at_logits,
                                bool add, const GradientSink& sink, float* scratch) {
  const size_t n_genes = width(block), h = sizes_.n_hidden, first = block * kGeneBlock;
  multiply({h, n_padded_, n_genes, parameters + weight + first * h, 1, h, at_logits, n_padded_,
            hidden_parts_.data() + block * h * n_padded_, n_padded_, add});
  multiply({n_genes, hidden_width_, n_cells_, at_logits, n_padded_, 1, hidden_rows_.data(), hidden_width_,
            scratch, hidden_width_, false});
  if (hidden_width_ != h)
    for (size_t g = 1; g < n_genes; ++g) std::copy_n(scratch + g * hidden_width_, h, scratch + g * h);
  sink.take(weight + first * h, scratch, n_genes * h);
}

void OutputLayer::gradient(const float* parameters, const Minibatch& minibatch, const GradientSink& sink,
                           DenseMatrix<float>& hidden_gradient) {
  const size_t h = sizes_.n_hidden;
  const float weight = 1.0f / static_cast<float>(minibatch.n_cells());
  std::vector<float> total(n_padded_);
  for (size_t i = 0; i < n_cells_; ++i) {
    double sum = 0;
    for (size_t block = 0; block < n_blocks_; ++block)
      sum += static_cast<double>(slopes_[block * n_padded_ + i]);
    total[i] = static_cast<float>(sum);
  }
  pool_.parallel_for(n_blocks_, [&](size_t block, int worker) {
    const size_t n_genes = width(block), first = block * kGeneBlock, place = block * n_padded_;
    float* const scratch = scratch_[static_cast<size_t>(worker)].data();
    float* const cell_total = largest_.data() + place;  // no longer needed for what it was
    for (size_t i = 0; i < n_padded_; ++i) cell_total[i] = total[i] * factor_[place + i];
    float bias[kGeneBlock];
    softmax_gradient(at(softmax_, block), cell_total, weight, n_genes, n_padded_, at(slope_, block), bias);
    head_gradient(parameters, block, scale_weight_, at(slope_, block), false, sink, scratch);
    sink.take(scale_bias_ + first, bias, n_genes);
    if (inflated()) {
      softmax_gradient(nullptr, nullptr, weight, n_genes, n_padded_, at(dropout_, block), bias);
      head_gradient(parameters, block, dropout_weight_, at(dropout_, block), true, sink, scratch);
      sink.take(dropout_bias_ + first, bias, n_genes);
    }
    for (size_t g = 0; g < n_genes; ++g) bias[g] = theta_gradient_[first + g] * theta_[first + g] * weight;
    sink.take(px_r_ + first, bias, n_genes);
  });
  pool_.parallel_ranges(h, 16, [&](size_t first, size_t last, int) {
    std::vector<float> sum(n_padded_);
    for (size_t j = first; j < last; ++j) {
      std::ranges::fill(sum, 0.0f);
      for (size_t block = 0; block < n_blocks_; ++block) {
        const float* const part = hidden_parts_.data() + (block * h + j) * n_padded_;
        for (size_t i = 0; i < n_padded_; ++i) sum[i] += part[i];
      }
      for (size_t i = 0; i < n_cells_; ++i) hidden_gradient(i, j) = sum[i];
    }
  });
}

}  // namespace zerocell::scvi
