#pragma once
#include <cstdint>
#include <vector>

namespace zerocell {

/// Draws from a discrete distribution in constant time (Walker 1977, construction of Vose 1991).
class AliasTable {
 public:
  AliasTable() = default;
  /// Weights >= 0 with a positive sum, fewer than 2^32.
  explicit AliasTable(const std::vector<double>& weights) : entries_(weights.size()) {
    double sum = 0;
    for (const double w : weights) sum += w;
    const auto n = static_cast<double>(weights.size());
    std::vector<double> scaled;
    std::vector<uint32_t> small, large;
    for (uint32_t i = 0; i < weights.size(); ++i) {
      scaled.push_back(weights[i] * n / sum);
      (scaled[i] < 1 ? small : large).push_back(i);
    }
    while (!small.empty() && !large.empty()) {
      const uint32_t low = small.back(), high = large.back();
      small.pop_back();
      entries_[low] = {to_threshold(scaled[low]), high};
      scaled[high] -= 1 - scaled[low];
      if (scaled[high] >= 1) continue;
      large.pop_back();
      small.push_back(high);
    }
    // What is left has probability one but for rounding.
    for (const uint32_t i : small) entries_[i] = {UINT32_MAX, i};
    for (const uint32_t i : large) entries_[i] = {UINT32_MAX, i};
  }

  /// The outcome for 64 random bits.
  uint32_t operator()(uint64_t bits) const {
    const auto i = static_cast<uint32_t>(((bits >> 32) * entries_.size()) >> 32);
    const Entry& entry = entries_[i];
    return static_cast<uint32_t>(bits) < entry.threshold ? i : entry.alias;
  }

 private:
  struct Entry {
    uint32_t threshold = UINT32_MAX, alias = 0;
  };
  static uint32_t to_threshold(double probability) {
    return probability >= 1 ? UINT32_MAX : static_cast<uint32_t>(probability * 0x1p32);
  }
  std::vector<Entry> entries_;
};

}  // namespace zerocell
