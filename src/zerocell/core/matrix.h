#pragma once
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <variant>
#include <vector>

namespace zerocell {

/// Allocator for rows that vector instructions read: 64-byte aligned.
template <class T>
struct AlignedAllocator {
  using value_type = T;
  static constexpr std::align_val_t kAlignment{64};
  AlignedAllocator() = default;
  template <class U>
  AlignedAllocator(const AlignedAllocator<U>&) {}  // NOLINT: conversion is what an allocator needs
  T* allocate(size_t n) { return static_cast<T*>(::operator new(n * sizeof(T), kAlignment)); }
  void deallocate(T* p, size_t) { ::operator delete(p, kAlignment); }
  bool operator==(const AlignedAllocator&) const { return true; }
};

template <class T>
using AlignedVector = std::vector<T, AlignedAllocator<T>>;

/// Row-major dense matrix, rows contiguous without padding.
template <class T>
class DenseMatrix {
 public:
  DenseMatrix() = default;
  DenseMatrix(size_t n_rows, size_t n_cols, T fill = T(0))
      : n_rows_(n_rows), n_cols_(n_cols), values_(n_rows * n_cols, fill) {}

  size_t n_rows() const { return n_rows_; }
  size_t n_cols() const { return n_cols_; }
  T* data() { return values_.data(); }
  const T* data() const { return values_.data(); }
  std::span<T> row(size_t i) { return {values_.data() + i * n_cols_, n_cols_}; }
  std::span<const T> row(size_t i) const { return {values_.data() + i * n_cols_, n_cols_}; }
  T& operator()(size_t i, size_t j) { return values_[i * n_cols_ + j]; }
  const T& operator()(size_t i, size_t j) const { return values_[i * n_cols_ + j]; }

 private:
  size_t n_rows_ = 0, n_cols_ = 0;
  AlignedVector<T> values_;
};

/// Compressed sparse rows. Column indices ascend inside a row and are unique.
struct CsrMatrix {
  size_t n_rows = 0, n_cols = 0;
  std::vector<uint64_t> indptr{0};  ///< (n_rows + 1)
  std::vector<uint32_t> indices;    ///< (nnz)
  std::vector<float> values;        ///< (nnz)

  size_t nnz() const { return indices.size(); }
  std::span<const uint32_t> row_indices(size_t i) const {
    return {indices.data() + indptr[i], static_cast<size_t>(indptr[i + 1] - indptr[i])};
  }
  std::span<const float> row_values(size_t i) const {
    return {values.data() + indptr[i], static_cast<size_t>(indptr[i + 1] - indptr[i])};
  }
  std::span<float> row_values(size_t i) {
    return {values.data() + indptr[i], static_cast<size_t>(indptr[i + 1] - indptr[i])};
  }
  double density() const {
    return n_rows && n_cols ? static_cast<double>(nnz()) / (static_cast<double>(n_rows) * n_cols) : 0.0;
  }
};

/// N cells x D dimensions, dense or sparse: what every metric, graph and layout takes.
using EmbeddingMatrix = std::variant<DenseMatrix<float>, CsrMatrix>;

inline size_t n_rows(const EmbeddingMatrix& x) {
  if (const auto* dense = std::get_if<DenseMatrix<float>>(&x)) return dense->n_rows();
  return std::get<CsrMatrix>(x).n_rows;
}
inline size_t n_cols(const EmbeddingMatrix& x) {
  if (const auto* dense = std::get_if<DenseMatrix<float>>(&x)) return dense->n_cols();
  return std::get<CsrMatrix>(x).n_cols;
}

}  // namespace zerocell
