#pragma once
#include <cstddef>
#include <cstdint>

#include "zerocell/core/random.h"

namespace zerocell {

/// Random bits of one resample: SplitMix64 with a key for each, so that different resamples share nothing.
class Draws {
 public:
  Draws(uint64_t seed, size_t resample) : state_(mix64(seed, resample)) {}
  uint64_t next() { return mix64(state_ += 0x9e3779b97f4a7c15ull); }

 private:
  uint64_t state_;
};

/// Uniform in [0, n) from 32 bits; the bias is below n / 2^32.
inline size_t below(uint64_t bits32, size_t n) {
  return static_cast<size_t>((bits32 * n) >> 32);
}

}  // namespace zerocell
