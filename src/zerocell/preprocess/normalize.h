#pragma once
#include <optional>

#include "zerocell/core/parallel.h"
#include "zerocell/core/row_stream.h"

namespace zerocell {

struct NormalizeOptions {
  std::optional<double> target_sum = 1e4;  ///< counts per cell afterwards; empty: the median over all cells
  bool log1p = true;                       ///< then the natural log(1 + x)
};

/// Each cell scaled to the same total, and logged: x -> log1p(x / (sum / target_sum)), sum over the stream's
/// genes.
///
/// The float32 arithmetic of scanpy 1.11.5 normalize_total and log1p on sparse float32 input: the sum is
/// accumulated in double and rounded to float32, the factor and the division are float32; cells that sum to 0
/// stay 0. The logarithm is the double one rounded once, within one unit in the last place of NumPy's (which
/// differs between processors). target_sum empty costs a pass over `counts` in this call. The stream must not
/// outlive the pool.
RowStream normalized(RowStream counts, const NormalizeOptions& options, ThreadPool& pool);

}  // namespace zerocell
