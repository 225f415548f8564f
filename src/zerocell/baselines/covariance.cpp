#include "zerocell/baselines/covariance.h"

#include <cblas.h>

#include <algorithm>
#include <cmath>

#include "zerocell/baselines/centred_tile.h"
#include "zerocell/core/error.h"

namespace zerocell {
namespace {

constexpr size_t kRowParts = 32;     // partial sums; fixed, so that sums do not depend on threads
constexpr size_t kSparseTile = 64;   // rows of the product that one task owns
constexpr size_t kDenseTile = 256;   // side of a tile of the dense product
constexpr size_t kDenseDepth = 512;  // summed in one dense product
constexpr size_t kMirrorTile = 64;
constexpr double kMeanRounding = 1e-11;  // far above that of a double sum, far below a step of float32
constexpr double kSparseDensity = 0.25;  // above it scattered additions cost more than a dense product

/// Calls visit(column, value) for the stored values of rows [first, last).
template <class Visit>
void for_stored(const EmbeddingMatrix& x, size_t first, size_t last, const Visit& visit) {
  if (const auto* dense = std::get_if<DenseMatrix<float>>(&x)) {
    for (size_t i = first; i < last; ++i)
      for (size_t j = 0; j < dense->n_cols(); ++j) visit(j, static_cast<double>((*dense)(i, j)));
    return;
  }
  const auto& sparse = std::get<CsrMatrix>(x);
  for (size_t k = sparse.indptr[first]; k < sparse.indptr[last]; ++k)
    visit(static_cast<size_t>(sparse.indices[k]), static_cast<double>(sparse.values[k]));
}

/// Column sums of term(column, value) over the stored values.
template <class Term>
std::vector<double> column_sums(const EmbeddingMatrix& x, ThreadPool& pool, const Term& term) {
  const size_t n = n_rows(x), d = n_cols(x);
  const size_t part_rows = std::max<size_t>(1024, (n + kRowParts - 1) / kRowParts);
  const size_t n_parts = (n + part_rows - 1) / part_rows;
  std::vector<std::vector<double>> parts(n_parts);
  pool.parallel_for(n_parts, [&](size_t part, int) {
    parts[part].assign(d, 0.0);
    for_stored(x, part * part_rows, std::min(n, (part + 1) * part_rows),
               [&](size_t j, double value) { parts[part][j] += term(j, value); });
  });
  std::vector<double> total(d, 0.0);
  for (const auto& part : parts)
    for (size_t j = 0; j < d; ++j) total[j] += part[j];
  return total;
}

void mirror_upper(DenseMatrix<double>& a, ThreadPool& pool) {
  const size_t n = a.n_rows();
  pool.parallel_ranges(n, kMirrorTile, [&](size_t first, size_t last, int) {
    for (size_t start = 0; start < last; start += kMirrorTile)
      for (size_t i = first; i < last; ++i)
        for (size_t j = start; j < std::min(i, start + kMirrorTile); ++j) a(i, j) = a(j, i);
  });
}

/// x'x without centring, upper triangle. Each task owns some rows of the result and sees all cells in order.
void sparse_column_products(const CsrMatrix& x, DenseMatrix<double>& out, ThreadPool& pool,
                            Progress& progress) {
  pool.parallel_ranges(x.n_cols, kSparseTile, [&](size_t first, size_t last, int) {
    progress.check();
    for (size_t i = 0; i < x.n_rows; ++i) {
      const auto indices = x.row_indices(i);
      const auto values = x.row_values(i);
      const auto start = std::lower_bound(indices.begin(), indices.end(), static_cast<uint32_t>(first));
      for (size_t k = static_cast<size_t>(start - indices.begin()); k < indices.size() && indices[k] < last;
           ++k) {
        double* row = out.row(indices[k]).data();
        const double value = values[k];
        for (size_t l = k; l < indices.size(); ++l) row[indices[l]] += value * values[l];
      }
    }
  });
}

/// The dense way: the result in tiles of its upper triangle, each summed over the other axis in fixed parts.
class DenseProducts {
 public:
  DenseProducts(const EmbeddingMatrix& x, const std::vector<double>& mean, bool by_rows)
      : x_(x),
        mean_(mean),
        by_rows_(by_rows),
        side_(by_rows ? n_rows(x) : n_cols(x)),
        depth_(by_rows ? n_cols(x) : n_rows(x)) {
    for (size_t i = 0; i < side_; i += kDenseTile)
      for (size_t j = i; j < side_; j += kDenseTile) corners_.push_back({i, j});
    const size_t wanted = std::max<size_t>(1, kRowParts / std::max<size_t>(1, corners_.size()));
    part_depth_ = std::max(kDenseDepth, (depth_ + wanted - 1) / wanted);
    n_parts_ = std::max<size_t>(1, (depth_ + part_depth_ - 1) / part_depth_);
  }

  void compute(DenseMatrix<double>& out, ThreadPool& pool, Progress& progress) const {
    std::vector<std::vector<double>> parts(corners_.size() * n_parts_);
    pool.parallel_for(parts.size(), [&](size_t task, int) {
      progress.check();
      parts[task] = product(corners_[task / n_parts_], task % n_parts_);
    });
    for (size_t c = 0; c < corners_.size(); ++c)
      for (size_t part = 0; part < n_parts_; ++part) add(corners_[c], parts[c * n_parts_ + part], out);
  }

 private:
  struct Corner {
    size_t i, j;
  };
  size_t width(size_t first) const { return std::min(kDenseTile, side_ - first); }

  Tile tile(size_t first, size_t depth_first, size_t depth_last) const {
    const size_t last = first + width(first);
    return by_rows_ ? Tile{first, last, depth_first, depth_last} : Tile{depth_first, depth_last, first, last};
  }

  std::vector<double> product(const Corner& corner, size_t part) const {
    const size_t m = width(corner.i), n = width(corner.j);
    std::vector<double> sum(m * n, 0.0), a(m * kDenseDepth), b(n * kDenseDepth);
    const size_t end = std::min(depth_, (part + 1) * part_depth_);
    for (size_t first = part * part_depth_; first < end; first += kDenseDepth) {
      const size_t last = std::min(end, first + kDenseDepth), depth = last - first;
      load_centred(x_, mean_, tile(corner.i, first, last), a.data());
      load_centred(x_, mean_, tile(corner.j, first, last), b.data());
      const auto [m_, n_, k_] = std::array{static_cast<int>(m), static_cast<int>(n), static_cast<int>(depth)};
      cblas_dgemm(CblasRowMajor, by_rows_ ? CblasNoTrans : CblasTrans, by_rows_ ? CblasTrans : CblasNoTrans,
                  m_, n_, k_, 1.0, a.data(), by_rows_ ? k_ : m_, b.data(), by_rows_ ? k_ : n_, 1.0,
                  sum.data(), n_);
    }
    return sum;
  }

  void add(const Corner& corner, const std::vector<double>& sum, DenseMatrix<double>& out) const {
    const size_t m = width(corner.i), n = width(corner.j);
    for (size_t i = 0; i < m; ++i)
      for (size_t j = 0; j < n; ++j) out(corner.i + i, corner.j + j) += sum[i * n + j];
  }

  const EmbeddingMatrix& x_;
  const std::vector<double>& mean_;
  bool by_rows_;
  size_t side_, depth_, part_depth_ = 0, n_parts_ = 0;
  std::vector<Corner> corners_;
};

bool is_thin(const EmbeddingMatrix& x) {
  const auto* sparse = std::get_if<CsrMatrix>(&x);
  return sparse != nullptr && sparse->density() < kSparseDensity;
}

/// Takes the mean of every row, then of every column off a symmetric matrix: C C' from x x'.
void centre_both_sides(DenseMatrix<double>& a) {
  const size_t n = a.n_rows();
  std::vector<double> row_mean(n, 0.0);
  double grand_mean = 0;
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < n; ++j) row_mean[i] += a(i, j);
    row_mean[i] /= static_cast<double>(n);
    grand_mean += row_mean[i] / static_cast<double>(n);
  }
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < n; ++j) a(i, j) += grand_mean - (row_mean[i] + row_mean[j]);
}

}  // namespace

ColumnStatistics column_statistics(const EmbeddingMatrix& x, ThreadPool& pool) {
  const double n = static_cast<double>(n_rows(x));
  ColumnStatistics out;
  out.mean = column_sums(x, pool, [](size_t, double value) { return value; });
  for (double& mean : out.mean) {
    if (!std::isfinite(mean))
      throw Error::data(
          {"the embedding", "finite values", "NaN or infinite values", "leave out the cells that have them"});
    mean /= n;
  }
  out.centred_square_sum = column_sums(
      x, pool, [&](size_t j, double value) { return (value - out.mean[j]) * (value - out.mean[j]); });
  if (std::holds_alternative<CsrMatrix>(x)) {  // the zeros that are not stored
    const std::vector<double> stored = column_sums(x, pool, [](size_t, double) { return 1.0; });
    for (size_t j = 0; j < stored.size(); ++j)
      out.centred_square_sum[j] += (n - stored[j]) * out.mean[j] * out.mean[j];
  }
  for (size_t j = 0; j < out.mean.size(); ++j) {  // what the rounding of the mean leaves of a constant column
    const double noise = kMeanRounding * out.mean[j];
    if (out.centred_square_sum[j] <= n * noise * noise) out.centred_square_sum[j] = 0;
  }
  return out;
}

CsrMatrix transposed(const CsrMatrix& x) {
  CsrMatrix out;
  out.n_rows = x.n_cols;
  out.n_cols = x.n_rows;
  out.indptr.assign(x.n_cols + 1, 0);
  for (const uint32_t j : x.indices) ++out.indptr[j + 1];
  for (size_t j = 0; j < x.n_cols; ++j) out.indptr[j + 1] += out.indptr[j];
  out.indices.resize(x.nnz());
  out.values.resize(x.nnz());
  std::vector<uint64_t> next(out.indptr.begin(), out.indptr.end() - 1);
  for (size_t i = 0; i < x.n_rows; ++i) {
    for (size_t k = x.indptr[i]; k < x.indptr[i + 1]; ++k) {
      const uint64_t at = next[x.indices[k]]++;
      out.indices[at] = static_cast<uint32_t>(i);
      out.values[at] = x.values[k];
    }
  }
  return out;
}

DenseMatrix<double> centred_column_products(const EmbeddingMatrix& x, const std::vector<double>& mean,
                                            ThreadPool& pool, Progress& progress) {
  const size_t d = n_cols(x);
  DenseMatrix<double> out(d, d);
  if (is_thin(x)) {
    sparse_column_products(std::get<CsrMatrix>(x), out, pool, progress);
    const double n = static_cast<double>(n_rows(x));
    for (size_t i = 0; i < d; ++i)
      for (size_t j = i; j < d; ++j) out(i, j) -= n * mean[i] * mean[j];
  } else {
    DenseProducts(x, mean, false).compute(out, pool, progress);
  }
  mirror_upper(out, pool);
  return out;
}

DenseMatrix<double> centred_row_products(const EmbeddingMatrix& x, const std::vector<double>& mean,
                                         ThreadPool& pool, Progress& progress) {
  const size_t n = n_rows(x);
  DenseMatrix<double> out(n, n);
  if (is_thin(x)) {
    sparse_column_products(transposed(std::get<CsrMatrix>(x)), out, pool, progress);
    mirror_upper(out, pool);
    centre_both_sides(out);
  } else {
    DenseProducts(x, mean, true).compute(out, pool, progress);
    mirror_upper(out, pool);
  }
  return out;
}

}  // namespace zerocell
