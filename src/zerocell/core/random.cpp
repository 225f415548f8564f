#include "zerocell/core/random.h"

#include <bit>
#include <cmath>
#include <numeric>

namespace zerocell {

Random::Random(uint64_t seed, uint64_t stream) {
  uint64_t x = mix64(seed, stream);
  for (auto& word : state_) word = x = mix64(x);
}

uint64_t Random::operator()() {
  auto& s = state_;
  const uint64_t result = std::rotl(s[0] + s[3], 23) + s[0];
  const uint64_t t = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = std::rotl(s[3], 45);
  return result;
}

uint64_t Random::below(uint64_t n) {
  __extension__ using Wide = unsigned __int128;
  Wide product = static_cast<Wide>((*this)()) * n;
  auto low = static_cast<uint64_t>(product);
  if (low < n) {
    const uint64_t threshold = -n % n;
    while (low < threshold) {
      product = static_cast<Wide>((*this)()) * n;
      low = static_cast<uint64_t>(product);
    }
  }
  return static_cast<uint64_t>(product >> 64);
}

double Random::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  double u, v, s;
  do {
    u = 2 * uniform() - 1;
    v = 2 * uniform() - 1;
    s = u * u + v * v;
  } while (s >= 1 || s == 0);
  const double factor = std::sqrt(-2 * std::log(s) / s);
  spare_ = v * factor;
  has_spare_ = true;
  return u * factor;
}

double Random::gamma(double shape) {
  if (shape < 1) return gamma(shape + 1) * std::pow(1 - uniform(), 1 / shape);
  const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = normal(), v = std::pow(1 + c * x, 3);
    if (v <= 0) continue;
    const double u = 1 - uniform();
    if (std::log(u) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
  }
}

uint64_t Random::poisson(double mean) {
  // Split large means: a Poisson variable is the sum of Poisson variables, and exp(-mean) must not underflow.
  uint64_t total = 0;
  while (mean > 60) {
    const auto m = std::floor(mean * 7 / 8);
    const double x = gamma(m);
    if (x > mean) {
      // m-th arrival lies beyond the interval: the number inside is binomial(m - 1, mean / x).
      const double p = mean / x;
      for (double i = 0; i < m - 1; ++i) total += uniform() < p;
      return total;
    }
    total += static_cast<uint64_t>(m);
    mean -= x;
  }
  const double limit = std::exp(-mean);
  double product = uniform();
  while (product > limit) {
    ++total;
    product *= uniform();
  }
  return total;
}

std::vector<uint32_t> permutation(size_t n, Random& random) {
  std::vector<uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0u);
  for (size_t i = n; i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  return order;
}

NumpyMt19937::NumpyMt19937(uint32_t seed) {
  state_[0] = seed;
  for (uint32_t i = 1; i < 624; ++i) state_[i] = 1812433253u * (state_[i - 1] ^ (state_[i - 1] >> 30)) + i;
}

uint32_t NumpyMt19937::next32() {
  if (position_ == 624) {
    for (size_t i = 0; i < 624; ++i) {
      const uint32_t y = (state_[i] & 0x80000000u) | (state_[(i + 1) % 624] & 0x7fffffffu);
      state_[i] = state_[(i + 397) % 624] ^ (y >> 1) ^ ((y & 1u) ? 0x9908b0dfu : 0u);
    }
    position_ = 0;
  }
  uint32_t y = state_[position_++];
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680u;
  y ^= (y << 15) & 0xefc60000u;
  return y ^ (y >> 18);
}

double NumpyMt19937::uniform() {
  const double a = next32() >> 5, b = next32() >> 6;
  return (a * 67108864.0 + b) / 9007199254740992.0;
}

std::vector<uint32_t> NumpyMt19937::permutation(size_t n) {
  std::vector<uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0u);
  for (size_t i = n; i-- > 1;) {
    const uint32_t mask = static_cast<uint32_t>(std::bit_ceil(i + 1) - 1);
    uint32_t j;
    do j = next32() & mask;
    while (j > i);
    std::swap(order[i], order[j]);
  }
  return order;
}

}  // namespace zerocell
