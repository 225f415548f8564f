#pragma once
#include <cstdint>
#include <vector>

#include "zerocell/core/matrix.h"
#include "zerocell/core/parallel.h"

namespace zerocell::pairs {

/// What is known of every row before the pass: float64 norms and which rows are equal.
struct RowFacts {
  std::vector<double> norms;    ///< (N) |x|^2
  std::vector<uint32_t> twins;  ///< (N) the first row that is equal, itself where none is
};

RowFacts row_facts(const EmbeddingMatrix& x, ThreadPool& pool);

/// Float64 distances between rows as they were given; for one thread.
///
/// Dense rows are subtracted. Sparse rows are subtracted where the other one has values; the rest is what
/// |x|^2 has left, and is summed by itself where that would lose digits. Equal rows are at exactly 0.
class ExactDistances {
 public:
  ExactDistances(const EmbeddingMatrix& x, const RowFacts& facts);
  void set_row(uint32_t row);
  /// Squared distance of the row that was set to `other`.
  double squared(uint32_t other) const;

 private:
  double merged(uint32_t other) const;

  const DenseMatrix<float>* dense_;
  const CsrMatrix* sparse_;
  const RowFacts* facts_;
  uint32_t row_ = UINT32_MAX;
  std::vector<float> scattered_;  ///< (G) the row that was set, sparse only
  size_t n_nonzero_ = 0;          ///< of the row that was set
};

}  // namespace zerocell::pairs
