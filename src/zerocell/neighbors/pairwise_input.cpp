#include "zerocell/neighbors/pairwise_input.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>

#include "zerocell/core/error.h"

namespace zerocell::pairs {

namespace {

constexpr uint32_t kInfinity = 0x7F800000u;
constexpr size_t kRowsATask = 256;

// Share of values that are not zero below which the sparse kernel is faster (measured, bench/pairwise.cpp).
constexpr double kSparseDensity = 0.35;
// The sparse kernel needs long rows to hide its overhead.
constexpr size_t kMinSparseDims = 128;

std::span<const float> values_of_row(const EmbeddingMatrix& x, size_t i) {
  if (const auto* dense = std::get_if<DenseMatrix<float>>(&x)) return dense->row(i);
  return std::get<CsrMatrix>(x).row_values(i);
}

// Bits of the largest magnitude: infinities and NaN come out at or above kInfinity.
uint32_t largest_bits(std::span<const float> values) {
  uint32_t largest = 0;
  for (const float value : values) {
    largest = std::max(largest, std::bit_cast<uint32_t>(value) & 0x7FFFFFFFu);
  }
  return largest;
}

[[noreturn]] void report_not_finite(const EmbeddingMatrix& x, size_t i) {
  const auto values = values_of_row(x, i);
  const auto at = static_cast<size_t>(
      std::ranges::find_if(values, [](float v) { return !std::isfinite(v); }) - values.begin());
  const auto* sparse = std::get_if<CsrMatrix>(&x);
  const size_t column = sparse ? sparse->row_indices(i)[at] : at;
  throw Error::data({.read = "embedding",
                     .expected = "finite values",
                     .found = std::to_string(values[at]) + " at row " + std::to_string(i) + ", column " +
                              std::to_string(column) + " (counted from 0)",
                     .advice = "remove such cells or find out why the method produced them"});
}

}  // namespace

float largest_value(const EmbeddingMatrix& x, ThreadPool& pool) {
  const size_t n = n_rows(x);
  std::vector<uint32_t> largest((n + kRowsATask - 1) / kRowsATask, 0);
  const auto* sparse = std::get_if<CsrMatrix>(&x);
  pool.parallel_ranges(n, kRowsATask, [&](size_t begin, size_t end, int) {
    for (size_t i = begin; i < end; ++i) {
      largest[begin / kRowsATask] = std::max(largest[begin / kRowsATask], largest_bits(values_of_row(x, i)));
      if (sparse && !sparse->row_indices(i).empty() && sparse->row_indices(i).back() >= sparse->n_cols) {
        throw Error::internal("pairwise: column index out of range in row " + std::to_string(i));
      }
    }
  });
  const uint32_t all = largest.empty() ? 0 : std::ranges::max(largest);
  if (all < kInfinity) return std::bit_cast<float>(all);
  for (size_t i = 0; i < n; ++i) {
    if (largest_bits(values_of_row(x, i)) >= kInfinity) report_not_finite(x, i);
  }
  return 0.0f;
}

float safe_scale(float largest) {
  constexpr float kSmall = 1e-6f, kLarge = 1e12f;
  if (largest == 0.0f || (largest >= kSmall && largest <= kLarge)) return 1.0f;
  // Towards 1, as far as one factor of normal size reaches.
  return std::ldexp(1.0f, std::clamp(-std::ilogb(largest), -126, 126));
}

EmbeddingMatrix scaled(const EmbeddingMatrix& x, float factor) {
  EmbeddingMatrix copy = x;
  if (auto* dense = std::get_if<DenseMatrix<float>>(&copy)) {
    for (size_t i = 0; i < dense->n_rows(); ++i) {
      for (float& value : dense->row(i)) value *= factor;
    }
  } else {
    for (float& value : std::get<CsrMatrix>(copy).values) value *= factor;
  }
  return copy;
}

bool sparse_pays(const EmbeddingMatrix& x) {
  const size_t n = n_rows(x), d = n_cols(x);
  if (d < kMinSparseDims || n == 0) return false;
  if (const auto* sparse = std::get_if<CsrMatrix>(&x)) return sparse->density() < kSparseDensity;
  const auto& dense = std::get<DenseMatrix<float>>(x);
  const auto limit = static_cast<size_t>(kSparseDensity * static_cast<double>(n) * static_cast<double>(d));
  size_t stored = 0;
  for (size_t i = 0; i < n && stored < limit; ++i) {
    const auto row = dense.row(i);
    stored += d - static_cast<size_t>(std::ranges::count(row, 0.0f));
  }
  return stored < limit;
}

CsrMatrix to_sparse(const DenseMatrix<float>& x) {
  CsrMatrix sparse;
  sparse.n_rows = x.n_rows();
  sparse.n_cols = x.n_cols();
  for (size_t i = 0; i < x.n_rows(); ++i) {
    const auto row = x.row(i);
    for (size_t j = 0; j < row.size(); ++j) {
      if (row[j] == 0.0f) continue;
      sparse.indices.push_back(static_cast<uint32_t>(j));
      sparse.values.push_back(row[j]);
    }
    sparse.indptr.push_back(sparse.indices.size());
  }
  return sparse;
}

DenseMatrix<float> to_dense(const CsrMatrix& x) {
  DenseMatrix<float> dense(x.n_rows, x.n_cols);
  for (size_t i = 0; i < x.n_rows; ++i) {
    const auto columns = x.row_indices(i);
    const auto values = x.row_values(i);
    for (size_t k = 0; k < columns.size(); ++k) dense(i, columns[k]) = values[k];
  }
  return dense;
}

}  // namespace zerocell::pairs
