#pragma once
#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace zerocell::pairs {

/// Squared distance and cell as one number that sorts by (distance, cell). d^2 >= 0.
inline uint64_t candidate_key(float squared, uint32_t cell) {
  return (static_cast<uint64_t>(std::bit_cast<uint32_t>(squared)) << 32) | cell;
}
inline float candidate_squared(uint64_t key) {
  return std::bit_cast<float>(static_cast<uint32_t>(key >> 32));
}
inline uint32_t candidate_cell(uint64_t key) {
  return static_cast<uint32_t>(key);
}

/// The `keep` smallest keys seen by every cell, whatever the order in which they came.
///
/// Keys are appended to a short buffer; when it is full, the smallest are selected. No lock inside.
class Candidates {
 public:
  Candidates(size_t n_cells, size_t keep)
      : keep_(keep),
        keys_(n_cells * 2 * keep),
        counts_(n_cells, 0),
        worst_(n_cells, UINT64_MAX),
        limits_(n_cells, keep ? std::numeric_limits<float>::infinity() : -1.0f) {}

  size_t keep() const { return keep_; }

  /// Largest squared distance that can still enter the list of each cell; -1 when no list is kept.
  const float* limits() const { return limits_.data(); }

  void insert(size_t cell, uint64_t key) {
    if (key >= worst_[cell]) return;
    keys_[cell * 2 * keep_ + counts_[cell]] = key;
    if (++counts_[cell] == 2 * keep_) select(cell);
  }

  /// The smallest keys of a cell, ascending; at most `keep`.
  std::span<const uint64_t> finish(size_t cell) {
    const auto first = keys_.begin() + static_cast<std::ptrdiff_t>(cell * 2 * keep_);
    std::sort(first, first + counts_[cell]);
    return {first, std::min<size_t>(counts_[cell], keep_)};
  }

 private:
  void select(size_t cell) {
    const auto first = keys_.begin() + static_cast<std::ptrdiff_t>(cell * 2 * keep_);
    const auto last_kept = first + static_cast<std::ptrdiff_t>(keep_ - 1);
    std::nth_element(first, last_kept, first + counts_[cell]);
    worst_[cell] = *last_kept;
    limits_[cell] = candidate_squared(*last_kept);
    counts_[cell] = static_cast<uint32_t>(keep_);
  }

  size_t keep_;
  std::vector<uint64_t> keys_;    ///< (N, 2 keep)
  std::vector<uint32_t> counts_;  ///< (N)
  std::vector<uint64_t> worst_;   ///< (N) key of the worst kept at the last selection
  std::vector<float> limits_;     ///< (N) its distance
};

}  // namespace zerocell::pairs
