#pragma once
#include <cstdint>
#include <vector>

#include "zerocell/core/matrix.h"
#include "zerocell/core/parallel.h"
#include "zerocell/core/progress.h"

namespace zerocell {

struct PcaOptions {
  size_t n_comps = 50;  ///< at most min(N, D); more: that many
  uint64_t seed = 0;
};

struct PcaResults {
  DenseMatrix<float> scores;      ///< (N, n_comps) centred cells on the components
  DenseMatrix<float> components;  ///< (n_comps, D), rows of unit length, entry of largest magnitude positive
  std::vector<double> variance;   ///< (n_comps) sample variance (ddof 1) along each component, descending
  double total_variance = 0;      ///< of all D columns
};

/// Principal components of the column-centred matrix; sparse input is centred implicitly, never made dense.
PcaResults pca(const EmbeddingMatrix& x, const PcaOptions& options, ThreadPool& pool, Progress& progress);

}  // namespace zerocell
