#pragma once
#include "zerocell/core/matrix.h"
#include "zerocell/core/parallel.h"
#include "zerocell/core/progress.h"

namespace zerocell {

struct SpectralOptions {
  size_t n_dims = 2;
  /// Stop once |L v - lambda v| <= tolerance * max(lambda, smallest) for every wanted vector. Vectors of
  /// eigenvalues below `smallest` may stay mixed: each is nearly constant in every cluster all the same.
  double tolerance = 0.02, smallest = 0.005;
  int max_products = 500;  ///< bound of the products with the graph; then what is reached is returned
};

struct SpectralResults {
  DenseMatrix<float> vectors;       ///< (N, n_dims), unit columns, orthogonal to the trivial one
  std::vector<double> eigenvalues;  ///< (n_dims) of the normalised Laplacian, ascending
  bool converged = true;
  int products = 0;  ///< products with the graph that were needed
};

/// The eigenvectors of I - D^-1/2 W D^-1/2 after the trivial one, smallest eigenvalues first
/// (Laplacian eigenmaps, Belkin & Niyogi 2003), of a connected symmetric graph with N > n_dims vertices
/// and positive degrees.
///
/// Subspace iteration with a Chebyshev filter (Zhou, Saad, Tiago, Chelikowsky 2006): nothing but
/// products of the graph with a few vectors, so it is parallel, and hard spectra cost a bounded time.
/// The same bits whatever the number of threads.
SpectralResults spectral_embedding(const CsrMatrix& graph, const SpectralOptions& options, ThreadPool& pool,
                                   Progress& progress);

}  // namespace zerocell
