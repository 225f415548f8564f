#pragma once
#include <cstdint>
#include <vector>

#include "zerocell/core/parallel.h"
#include "zerocell/models/token_block.h"

namespace zerocell {

/// Mean true rank of every gene over the cells where it is above 0: the baseline of the rank reconstruction.
///
/// Sums are kept in steps of 2^-36, exact as integers, so that neither the order of the cells nor the number
/// of threads changes a bit and a cell can be taken out again without loss. A mean is off by at most 2^-37
/// (7e-12). Good for 2^28 cells.
class MeanRanks {
 public:
  /// V tokens, numbered from 0.
  explicit MeanRanks(size_t n_vocabulary) : sums_(n_vocabulary, 0), counts_(n_vocabulary, 0) {}

  /// Adds the true ranks of some cells; cells of fewer than two tokens have none. Throws Error(internal) for
  /// a token outside the vocabulary.
  void add(const TokenBlock& cells, ThreadPool& pool);

  size_t n_vocabulary() const { return sums_.size(); }
  /// 0 where the token has a rank above 0 in no cell.
  double mean(uint32_t token) const { return ratio(sums_[token], counts_[token]); }
  /// The mean over the other cells, for a cell in which the token has this true rank (0: absent or last).
  double mean_without(uint32_t token, double rank) const {
    return rank > 0 ? ratio(sums_[token] - steps(rank), counts_[token] - 1) : mean(token);
  }

 private:
  static uint64_t steps(double rank) { return static_cast<uint64_t>(rank * kSteps + 0.5); }
  static double ratio(uint64_t sum, uint64_t count) {
    return count > 0 ? static_cast<double>(sum) / kSteps / static_cast<double>(count) : 0;
  }

  static constexpr double kSteps = 68719476736.0;  ///< 2^36
  std::vector<uint64_t> sums_, counts_;            ///< (V)
};

}  // namespace zerocell
