#pragma once
#include <cmath>

namespace zerocell {

/// The steps 1, 2, 5 times a power of ten that give two to five ticks over `span` > 0.
inline double tick_step(double span) {
  const double power = std::pow(10, std::floor(std::log10(span / 3)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (span / (factor * power) <= 4) return factor * power;
  return 10 * power;
}

}  // namespace zerocell
