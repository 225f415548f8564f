#include "zerocell/models/scgpt/tables.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "zerocell/core/error.h"
#include "zerocell/core/matrix.h"
#include "zerocell/nn/layers.h"

namespace zerocell {
namespace {

constexpr float kNormEps = 1e-5f;         // torch.nn.LayerNorm
constexpr double kBatchNormEps = 6.1e-5;  // the package's BatchNorm1d
constexpr float kLargestValue = 512.0f;   // of the value encoder's input

/// Rows that a tensor can be made of.
struct Table {
  Table(size_t n_rows, size_t n_cols)
      : values(std::make_shared<AlignedVector<float>>(n_rows * n_cols)),
        rows{values->data(), n_rows, n_cols} {}

  FloatTensor tensor() const { return {{rows.n_rows, rows.n_cols}, *values, values}; }

  std::shared_ptr<AlignedVector<float>> values;
  Rows rows;
};

/// LN(embedding) of the given rows.
Table gene_table(const Backend& backend, const Weights& weights, std::span<const uint32_t> genes) {
  const FloatTensor& embedding = weights.at("gene.weight");  // (V, D)
  const size_t dim = embedding.shape[1];
  Table table(genes.size(), dim);
  for (size_t i = 0; i < genes.size(); ++i) {
    if (genes[i] >= embedding.shape[0]) throw Error::internal("scGPT: a gene beyond the embedding");
    std::ranges::copy(embedding.values.subspan(genes[i] * dim, dim), table.rows.data + i * dim);
  }
  LayerNorm(backend, WeightScope(weights).at("gene_norm"), kNormEps)(table.rows);
  return table;
}

/// LN(W2 relu(W1 value + b1) + b2) of the bins, pad_value and mask_value.
Table value_table(const Backend& backend, const Weights& weights, const ScgptConfig& config) {
  const auto& w = weights.at("value_in.weight").values;  // (D, 1)
  const auto& b = weights.at("value_in.bias").values;    // (D)
  std::vector<float> numbers;
  for (size_t bin = 0; bin < config.n_bins; ++bin) numbers.push_back(static_cast<float>(bin));
  numbers.push_back(static_cast<float>(config.pad_value));
  numbers.push_back(static_cast<float>(config.mask_value));
  Table hidden(numbers.size(), config.dim), table(numbers.size(), config.dim);
  for (size_t i = 0; i < numbers.size(); ++i) {
    const float value = std::min(numbers[i], kLargestValue);
    for (size_t d = 0; d < config.dim; ++d)
      (*hidden.values)[i * config.dim + d] = std::max(0.0f, value * w[d] + b[d]);
  }
  Workspace workspace(backend);
  Linear(backend, WeightScope(weights).at("value_out"))(hidden.rows, Activation::none, table.rows, workspace);
  LayerNorm(backend, WeightScope(weights).at("value_norm"), kNormEps)(table.rows);
  return table;
}

/// W sigmoid(Q gene + b)
Table query_table(const Backend& backend, const Weights& weights, ConstRows genes) {
  Table query(genes.n_rows, genes.n_cols), table(genes.n_rows, genes.n_cols);
  Workspace workspace(backend);
  Linear(backend, WeightScope(weights).at("gene_query"))(genes, Activation::none, query.rows, workspace);
  for (float& x : *query.values) x = static_cast<float>(1.0 / (1.0 + std::exp(-static_cast<double>(x))));
  const FloatTensor& product = weights.at("gene_product.weight");
  const auto prepared = backend.prepare(product.values, {}, product.shape[0], product.shape[1]);
  backend.linear(query.rows, *prepared, Activation::none, table.rows, workspace);
  return table;
}

/// Query, key and value of the first layer, with its bias or without.
Table project(const Backend& backend, const WeightScope& layer, ConstRows x, bool with_bias) {
  std::vector<float> weight, bias;  // (3D, D), (3D)
  for (const char* part : {"query", "key", "value"}) {
    std::ranges::copy(layer.at(part)["weight"].values, std::back_inserter(weight));
    if (with_bias) std::ranges::copy(layer.at(part)["bias"].values, std::back_inserter(bias));
  }
  Table table(x.n_rows, 3 * x.n_cols);
  Workspace workspace(backend);
  const auto prepared = backend.prepare(weight, bias, 3 * x.n_cols, x.n_cols);
  backend.linear(x, *prepared, Activation::none, table.rows, workspace);
  return table;
}

/// Folds a batch norm of the sum into its parts.
void fold_batch_norm(const Weights& weights, Table& genes, Table& values) {
  const size_t dim = genes.rows.n_cols;
  const auto& scale = weights.at("bn.weight").values;
  const auto& shift = weights.at("bn.bias").values;
  const auto& mean = weights.at("bn.mean").values;
  const auto& var = weights.at("bn.var").values;
  for (size_t d = 0; d < dim; ++d) {
    const double factor = scale[d] / std::sqrt(static_cast<double>(var[d]) + kBatchNormEps);
    const double rest = shift[d] - mean[d] * factor;
    for (size_t i = d; i < genes.values->size(); i += dim)
      (*genes.values)[i] = static_cast<float>((*genes.values)[i] * factor + rest);
    for (size_t i = d; i < values.values->size(); i += dim)
      (*values.values)[i] = static_cast<float>((*values.values)[i] * factor);
  }
}

}  // namespace

ScgptTables scgpt_tables(const ScgptConfig& config, const Weights& weights, std::span<const uint32_t> genes,
                         bool with_queries) {
  const auto backend = make_cpu_backend();
  Table gene_rows = gene_table(*backend, weights, genes);
  Table value_rows = value_table(*backend, weights, config);
  ScgptTables tables;
  // The published network asks with the genes as they are before any batch norm.
  if (with_queries) tables.queries = query_table(*backend, weights, gene_rows.rows).tensor();
  if (weights.has("bn.mean")) fold_batch_norm(weights, gene_rows, value_rows);
  const auto layer = WeightScope(weights).at("layer").at("0");
  tables.gene_projections = project(*backend, layer, gene_rows.rows, true).tensor();
  tables.value_projections = project(*backend, layer, value_rows.rows, false).tensor();
  tables.genes = gene_rows.tensor();
  tables.values = value_rows.tensor();
  return tables;
}

}  // namespace zerocell
