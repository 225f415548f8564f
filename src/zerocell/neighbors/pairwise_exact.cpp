#include "zerocell/neighbors/pairwise_exact.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "zerocell/core/random.h"
#include "zerocell/neighbors/pairwise_kernels.h"

namespace zerocell::pairs {

namespace {

constexpr size_t kRowsATask = 64;

// Walks the non-zero values of row i: f(column, value).
template <class F>
void for_each_nonzero(const EmbeddingMatrix& x, size_t i, F&& f) {
  if (const auto* dense = std::get_if<DenseMatrix<float>>(&x)) {
    const auto row = dense->row(i);
    for (size_t j = 0; j < row.size(); ++j) {
      if (row[j] != 0.0f) f(static_cast<uint32_t>(j), row[j]);
    }
    return;
  }
  const auto& sparse = std::get<CsrMatrix>(x);
  const auto columns = sparse.row_indices(i);
  const auto values = sparse.row_values(i);
  for (size_t k = 0; k < columns.size(); ++k) {
    if (values[k] != 0.0f) f(columns[k], values[k]);
  }
}

bool equal_rows(const EmbeddingMatrix& x, size_t a, size_t b) {
  if (const auto* dense = std::get_if<DenseMatrix<float>>(&x)) {
    return std::ranges::equal(dense->row(a), dense->row(b));
  }
  std::vector<std::pair<uint32_t, float>> left, right;
  for_each_nonzero(x, a, [&](uint32_t column, float value) { left.emplace_back(column, value); });
  for_each_nonzero(x, b, [&](uint32_t column, float value) { right.emplace_back(column, value); });
  return left == right;
}

}  // namespace

RowFacts row_facts(const EmbeddingMatrix& x, ThreadPool& pool) {
  const size_t n = n_rows(x);
  RowFacts facts;
  facts.norms.resize(n);
  facts.twins.resize(n);
  std::vector<uint64_t> hashes(n);
  pool.parallel_ranges(n, kRowsATask, [&](size_t begin, size_t end, int) {
    for (size_t i = begin; i < end; ++i) {
      double norm = 0;
      uint64_t hash = 0;  // a sum of independent terms: no chain of dependent multiplications
      for_each_nonzero(x, i, [&](uint32_t column, float value) {
        norm += static_cast<double>(value) * value;
        const uint64_t key = (static_cast<uint64_t>(column) << 32) | std::bit_cast<uint32_t>(value);
        hash += (key ^ (key >> 29)) * 0x9E3779B97F4A7C15ull ^ (key * 0xBF58476D1CE4E5B9ull >> 31);
      });
      facts.norms[i] = norm;
      hashes[i] = hash;
    }
  });
  std::vector<uint32_t> by_hash(n);
  std::iota(by_hash.begin(), by_hash.end(), 0u);
  std::sort(by_hash.begin(), by_hash.end(),
            [&](uint32_t a, uint32_t b) { return std::pair(hashes[a], a) < std::pair(hashes[b], b); });
  std::iota(facts.twins.begin(), facts.twins.end(), 0u);
  for (size_t k = 1; k < n; ++k) {
    const uint32_t row = by_hash[k], before = facts.twins[by_hash[k - 1]];
    if (hashes[row] == hashes[before] && equal_rows(x, row, before)) facts.twins[row] = before;
  }
  return facts;
}

ExactDistances::ExactDistances(const EmbeddingMatrix& x, const RowFacts& facts)
    : dense_(std::get_if<DenseMatrix<float>>(&x)), sparse_(std::get_if<CsrMatrix>(&x)), facts_(&facts) {
  if (sparse_) scattered_.assign(sparse_->n_cols, 0.0f);
}

void ExactDistances::set_row(uint32_t row) {
  if (row == row_) return;
  if (sparse_) {
    if (row_ != UINT32_MAX) {
      for (const uint32_t gene : sparse_->row_indices(row_)) scattered_[gene] = 0.0f;
    }
    const auto genes = sparse_->row_indices(row);
    const auto values = sparse_->row_values(row);
    for (size_t k = 0; k < genes.size(); ++k) scattered_[genes[k]] = values[k];
    n_nonzero_ = values.size() - static_cast<size_t>(std::ranges::count(values, 0.0f));
  }
  row_ = row;
}

double ExactDistances::squared(uint32_t other) const {
  if (facts_->twins[row_] == facts_->twins[other]) return 0.0;
  if (dense_) {
    return squared_difference(dense_->row(row_).data(), dense_->row(other).data(), dense_->n_cols());
  }
  const auto genes = sparse_->row_indices(other);
  const auto values = sparse_->row_values(other);
  // Genes that `other` stores, and by subtraction those that it does not: |x|^2 of what was not met.
  double both = 0, met = 0;
  size_t n_met = 0;
  for (size_t k = 0; k < genes.size(); ++k) {
    const double mine = scattered_[genes[k]], difference = values[k] - mine;
    both += difference * difference;
    met += mine * mine;
    n_met += mine != 0;
  }
  if (n_met == n_nonzero_) return both;
  const double unmet = facts_->norms[row_] - met;
  return unmet > 1e-7 * facts_->norms[row_] ? both + unmet : merged(other);
}

double ExactDistances::merged(uint32_t other) const {
  const auto genes_a = sparse_->row_indices(row_), genes_b = sparse_->row_indices(other);
  const auto values_a = sparse_->row_values(row_), values_b = sparse_->row_values(other);
  double sum = 0;
  size_t a = 0, b = 0;
  while (a < genes_a.size() || b < genes_b.size()) {
    const uint32_t gene_a = a < genes_a.size() ? genes_a[a] : UINT32_MAX;
    const uint32_t gene_b = b < genes_b.size() ? genes_b[b] : UINT32_MAX;
    const double value_a = gene_a <= gene_b ? values_a[a++] : 0.0f;
    const double value_b = gene_b <= gene_a ? values_b[b++] : 0.0f;
    sum += (value_a - value_b) * (value_a - value_b);
  }
  return sum;
}

}  // namespace zerocell::pairs
