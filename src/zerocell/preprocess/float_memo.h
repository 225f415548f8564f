#pragma once
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

namespace zerocell {

/// A pure function of a float with a small direct-mapped memory of its last values.
///
/// Counts are small integers, so the entries of one cell take few distinct values and most calls become one
/// look-up. What it returns never depends on what was asked before.
template <float (*kFunction)(float)>
class FloatMemo {
 public:
  float operator()(float x) {
    const uint32_t bits = std::bit_cast<uint32_t>(x);
    Entry& entry = entries_[(bits * 0x9e3779b1u) >> 24];
    if (entry.key != bits) entry = {bits, kFunction(x)};
    return entry.value;
  }

 private:
  struct Entry {
    uint32_t key = 0;
    float value = kFunction(0.0f);
  };
  std::array<Entry, 256> entries_;
};

/// log(1 + x) and exp(x) - 1, rounded once from double: the same bits on every machine.
inline float log1p_float(float x) {
  return static_cast<float>(std::log1p(static_cast<double>(x)));
}
inline float expm1_float(float x) {
  return static_cast<float>(std::expm1(static_cast<double>(x)));
}

}  // namespace zerocell
