#pragma once
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace zerocell {

/// Mixes 64 bits so that every input bit reaches every output bit (the finaliser of SplitMix64,
/// Steele, Lea, Flood 2014). The base of every keyed draw: hash(seed, key...) never depends on order.
constexpr uint64_t mix64(uint64_t x) {
  x += 0x9e3779b97f4a7c15ull;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}
constexpr uint64_t mix64(uint64_t a, uint64_t b) {
  return mix64(mix64(a) ^ b);
}
constexpr uint64_t mix64(uint64_t a, uint64_t b, uint64_t c) {
  return mix64(mix64(a, b) ^ c);
}

/// Uniform in [0, 1) from the upper 53 bits.
constexpr double to_unit(uint64_t bits) {
  return static_cast<double>(bits >> 11) * 0x1.0p-53;
}

/// Sequential generator: xoshiro256++ (Blackman, Vigna 2019), state filled by SplitMix64 from (seed, stream).
class Random {
 public:
  using result_type = uint64_t;
  explicit Random(uint64_t seed, uint64_t stream = 0);
  static constexpr uint64_t min() { return 0; }
  static constexpr uint64_t max() { return ~uint64_t{0}; }
  uint64_t operator()();
  /// Uniform in [0, 1).
  double uniform() { return to_unit((*this)()); }
  /// Uniform integer in [0, n), without bias (Lemire 2019); n > 0.
  uint64_t below(uint64_t n);
  /// Standard normal (polar method).
  double normal();
  /// Gamma with the given shape > 0 and scale 1 (Marsaglia, Tsang 2000).
  double gamma(double shape);
  /// Poisson with mean >= 0.
  uint64_t poisson(double mean);

 private:
  std::array<uint64_t, 4> state_;
  double spare_ = 0;
  bool has_spare_ = false;
};

/// A seeded Fisher-Yates permutation of 0..n-1.
std::vector<uint32_t> permutation(size_t n, Random& random);

/// NumPy's legacy generator (MT19937, numpy.random.seed), for the published code's subsamples.
class NumpyMt19937 {
 public:
  explicit NumpyMt19937(uint32_t seed);
  uint32_t next32();
  /// numpy.random.rand
  double uniform();
  /// numpy.random.permutation(n): Fisher-Yates from the end, masked rejection.
  std::vector<uint32_t> permutation(size_t n);

 private:
  std::array<uint32_t, 624> state_;
  size_t position_ = 624;
};

}  // namespace zerocell
