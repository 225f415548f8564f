#include "zerocell/baselines/pca.h"

#include <cblas.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "zerocell/baselines/covariance.h"
#include "zerocell/baselines/eigensolver.h"
#include "zerocell/baselines/projection.h"
#include "zerocell/core/blas.h"
#include "zerocell/core/random.h"

namespace zerocell {
namespace {

constexpr size_t kLargestProduct = 4096;  // side up to which the matrix of products is formed (128 MiB)
constexpr size_t kDirectSolver = 1024;    // side up to which LAPACK is faster than a Krylov space
constexpr size_t kColumnsPerTask = 256;
constexpr double kNoVariance = 1e-14;  // of the largest eigenvalue, times the side: no direction but rounding

int to_int(size_t n) {
  return static_cast<int>(n);
}

/// Eigenpairs of a symmetric matrix that stands in memory.
EigenPairs eigenpairs_of(DenseMatrix<double>& a, const PcaOptions& options, ThreadPool& pool,
                         Progress& progress) {
  const size_t n = a.n_rows();
  if (n <= kDirectSolver || options.n_comps > n / 8) return largest_eigenpairs(a, options.n_comps);
  const SymmetricProduct product = [&](const double* in, double* out) {
    pool.parallel_ranges(n, kColumnsPerTask, [&](size_t first, size_t last, int) {
      cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, to_int(kKrylovBlock), to_int(last - first),
                  to_int(n), 1.0, in, to_int(n), a.row(first).data(), to_int(n), 0.0, out + first, to_int(n));
    });
  };
  KrylovOptions krylov;
  krylov.n_pairs = options.n_comps;
  krylov.seed = options.seed;
  return largest_eigenpairs(n, product, krylov, pool, progress);
}

double length_of(std::span<const double> row) {
  return cblas_dnrm2(to_int(row.size()), row.data(), 1);
}

/// Rows [first, end) := unit vectors orthogonal to all rows above them.
void complete_orthonormal(DenseMatrix<double>& rows, size_t first, uint64_t seed) {
  Random random(seed, 1);
  const int d = to_int(rows.n_cols());
  for (size_t i = first; i < rows.n_rows(); ++i) {
    double* row = rows.row(i).data();
    do {
      for (int j = 0; j < d; ++j) row[j] = random.normal();
      for (int pass = 0; pass < 2; ++pass) {
        for (size_t s = 0; s < i; ++s)
          cblas_daxpy(d, -cblas_ddot(d, rows.row(s).data(), 1, row, 1), rows.row(s).data(), 1, row, 1);
      }
    } while (length_of(rows.row(i)) < 1e-8);
    cblas_dscal(d, 1 / length_of(rows.row(i)), row, 1);
  }
}

EmbeddingMatrix transposed(const EmbeddingMatrix& x) {
  if (const auto* sparse = std::get_if<CsrMatrix>(&x)) return transposed(*sparse);
  const auto& dense = std::get<DenseMatrix<float>>(x);
  DenseMatrix<float> out(dense.n_cols(), dense.n_rows());
  for (size_t i = 0; i < dense.n_rows(); ++i)
    for (size_t j = 0; j < dense.n_cols(); ++j) out(j, i) = dense(i, j);
  return out;
}

/// From eigenvectors of C C' (k, N) to those of C'C (k, D): C'u, to length 1. u is orthogonal to the constant
/// vector, so x'u is C'u.
DenseMatrix<double> to_components(const EmbeddingMatrix& x, const EigenPairs& pairs, uint64_t seed,
                                  ThreadPool& pool) {
  const size_t k = pairs.values.size(), d = n_cols(x);
  const std::vector<double> no_mean(n_rows(x), 0.0);
  const DenseMatrix<float> products = project(transposed(x), no_mean, pairs.vectors, pool);  // (D, k)
  DenseMatrix<double> out(k, d);
  const double least = pairs.values[0] * kNoVariance * static_cast<double>(std::max(n_rows(x), d));
  size_t rank = 0;
  for (; rank < k && pairs.values[rank] > least; ++rank) {
    for (size_t j = 0; j < d; ++j) out(rank, j) = products(j, rank);
    cblas_dscal(to_int(d), 1 / length_of(out.row(rank)), out.row(rank).data(), 1);
  }
  complete_orthonormal(out, rank, seed);
  return out;
}

void make_largest_entry_positive(std::span<double> row) {
  const auto at =
      std::max_element(row.begin(), row.end(), [](double a, double b) { return std::abs(a) < std::abs(b); });
  if (at == row.end() || *at >= 0) return;
  for (double& value : row) value = -value;
}

/// Whether the walk over a sparse matrix once for each block of the Krylov space costs less than forming all
/// products of its shorter side. Nanoseconds measured on one core; only their ratios matter.
bool walking_is_cheaper(const CsrMatrix& x) {
  constexpr double kBlocks = 45, kWalk = 3.7, kScatter = 1.6, kDense = 0.07, kProduct = 1.0;
  const double side = static_cast<double>(std::min(x.n_rows, x.n_cols));
  const double lines = static_cast<double>(std::max(x.n_rows, x.n_cols));
  const double stored = static_cast<double>(x.nnz()) / lines;
  const double form = lines * std::min(kScatter * stored * stored / 2, kDense * side * side / 2);
  return kBlocks * kWalk * static_cast<double>(x.nnz()) < form + kBlocks * kProduct * side * side;
}

bool by_walking(const EmbeddingMatrix& x, size_t n_comps) {
  const size_t side = std::min(n_rows(x), n_cols(x));
  if (side > kLargestProduct) return true;
  const auto* sparse = std::get_if<CsrMatrix>(&x);
  return sparse != nullptr && side > kDirectSolver && n_comps <= side / 8 && walking_is_cheaper(*sparse);
}

EigenPairs components_of(const EmbeddingMatrix& x, const std::vector<double>& mean, const PcaOptions& options,
                         ThreadPool& pool, Progress& progress) {
  const size_t n = n_rows(x), d = n_cols(x);
  if (by_walking(x, options.n_comps)) {
    KrylovOptions krylov;
    krylov.n_pairs = options.n_comps;
    krylov.seed = options.seed;
    return largest_eigenpairs(d, normal_product(x, mean, pool), krylov, pool, progress);
  }
  if (d <= n || (d <= kDirectSolver && d <= 4 * n)) {
    DenseMatrix<double> products = centred_column_products(x, mean, pool, progress);
    return eigenpairs_of(products, options, pool, progress);
  }
  DenseMatrix<double> products = centred_row_products(x, mean, pool, progress);
  EigenPairs pairs = eigenpairs_of(products, options, pool, progress);
  pairs.vectors = to_components(x, pairs, options.seed, pool);
  return pairs;
}

}  // namespace

PcaResults pca(const EmbeddingMatrix& x, const PcaOptions& given, ThreadPool& pool, Progress& progress) {
  begin_blas(pool.size());
  const size_t n = n_rows(x), d = n_cols(x);
  PcaOptions options = given;
  options.n_comps = std::min({given.n_comps, n, d});
  progress.stage("pca", 0);

  PcaResults out;
  const ColumnStatistics columns = column_statistics(x, pool);
  const double degrees = n > 1 ? static_cast<double>(n - 1) : 1.0;
  for (const double sum : columns.centred_square_sum) out.total_variance += sum / degrees;
  out.components = DenseMatrix<float>(options.n_comps, d);
  out.scores = DenseMatrix<float>(n, options.n_comps);
  if (options.n_comps == 0) return out;

  EigenPairs pairs = components_of(x, columns.mean, options, pool, progress);
  for (size_t i = 0; i < options.n_comps; ++i) {
    make_largest_entry_positive(pairs.vectors.row(i));
    out.variance.push_back(out.total_variance > 0 ? std::max(0.0, pairs.values[i]) / degrees : 0.0);
    std::copy(pairs.vectors.row(i).begin(), pairs.vectors.row(i).end(), out.components.row(i).begin());
  }
  out.scores = project(x, columns.mean, pairs.vectors, pool);
  return out;
}

}  // namespace zerocell
