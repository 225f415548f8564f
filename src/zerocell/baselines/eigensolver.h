#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "zerocell/core/matrix.h"
#include "zerocell/core/parallel.h"
#include "zerocell/core/progress.h"

namespace zerocell {

struct EigenPairs {
  std::vector<double> values;   ///< (k) descending
  DenseMatrix<double> vectors;  ///< (k, n) orthonormal rows
};

/// The k largest eigenvalues and their vectors of a symmetric matrix (n, n), by LAPACK's dsyevr. Destroys
/// `a`.
EigenPairs largest_eigenpairs(DenseMatrix<double>& a, size_t k);

/// out (kKrylovBlock, n) = in (kKrylovBlock, n) times a symmetric matrix (n, n), positive semidefinite.
using SymmetricProduct = std::function<void(const double* in, double* out)>;

constexpr size_t kKrylovBlock = 8;

struct KrylovOptions {
  size_t n_pairs = 50;
  double tolerance = 1e-6;  ///< largest |A v - value v| / value
  size_t max_basis = 600;   ///< vectors kept, at least 3 n_pairs + 10 blocks are used
  size_t max_restarts = 100;
  uint64_t seed = 0;
};

/// The same of a matrix that is known by its product alone: block Lanczos with full reorthogonalisation and
/// thick restarts (Wu, Simon 2000), Rayleigh-Ritz on the whole basis, so that lost ranks (duplicates,
/// constant matrices) only bring in a random direction. Same bits for any number of threads. Warns through
/// `progress` where it stops before all pairs meet the tolerance. n >= 4 n_pairs + 16 blocks.
EigenPairs largest_eigenpairs(size_t n, const SymmetricProduct& product, const KrylovOptions& options,
                              ThreadPool& pool, Progress& progress);

}  // namespace zerocell
