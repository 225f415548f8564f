#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "zerocell/core/matrix.h"

namespace zerocell {

/// Consecutive rows of one batch.
struct CellRun {
  size_t batch, begin, end;
};

/// The cells in the order in which Harmony walks over them: those of a batch together, so that a batch is a
/// range of rows and no product with batch indicators is ever formed. N cells, D coordinates, B batches.
struct HarmonyCells {
  DenseMatrix<float> z;             ///< (N, D) as given, rows in this order
  std::vector<uint32_t> origin;     ///< (N) row in the caller's order
  std::vector<uint32_t> batch;      ///< (N)
  std::vector<size_t> batch_begin;  ///< (B + 1) first row of each batch
  std::vector<uint64_t> keys;       ///< (N) what the draws of a cell are keyed by

  size_t n_cells() const { return z.n_rows(); }
  size_t n_dims() const { return z.n_cols(); }
  size_t n_batches() const { return batch_begin.size() - 1; }
  double batch_size(size_t b) const { return static_cast<double>(batch_begin[b + 1] - batch_begin[b]); }

  /// All rows as runs of at most `most` rows of one batch: tasks that depend on the data alone.
  std::vector<CellRun> runs(size_t most) const {
    std::vector<CellRun> all;
    for (size_t b = 0; b < n_batches(); ++b)
      for (size_t i = batch_begin[b]; i < batch_begin[b + 1]; i += most)
        all.push_back({b, i, std::min(i + most, batch_begin[b + 1])});
    return all;
  }
};

/// Rows that one task multiplies: fits the second-level cache with its products.
constexpr size_t kHarmonyTaskRows = 512;

/// Rows of a part whose sums one task forms, so that there are at most 64 whatever the number of threads.
inline size_t harmony_part_rows(size_t n_cells) {
  return std::max<size_t>(kHarmonyTaskRows, (n_cells + 63) / 64);
}

/// Scales a row to length 1; a row of zeros stays as it is.
template <class T>
void to_unit_length(T* row, size_t n) {
  double squared = 0;
  for (size_t j = 0; j < n; ++j) squared += static_cast<double>(row[j]) * row[j];
  if (squared == 0) return;
  const double length = std::sqrt(squared);
  for (size_t j = 0; j < n; ++j) row[j] = static_cast<T>(row[j] / length);
}

}  // namespace zerocell
