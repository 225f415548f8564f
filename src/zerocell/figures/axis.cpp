#include "zerocell/figures/axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "zerocell/figures/tick_step.h"

namespace zerocell {
std::vector<double> Axis::ticks() const {
  std::vector<double> out;
  for (double tick = std::ceil(low / step - 1e-9) * step; tick <= high + 1e-9 * step; tick += step)
    out.push_back(tick);
  return out;
}

std::string Axis::tick_text(double tick) const {
  const int decimals = std::clamp(static_cast<int>(std::ceil(-std::log10(step) - 1e-9)), 0, 6);
  return fmt::format("{:.{}f}", std::abs(tick) < 1e-12 ? 0.0 : tick, decimals);
}

Axis axis_over(double lowest, double highest, double least_span) {
  if (lowest > highest) return {};
  const double span = std::max({(highest - lowest) * 1.16, least_span, std::abs(highest) * 1e-6});
  const double middle = (lowest + highest) / 2;
  return {middle - span / 2, middle + span / 2, tick_step(span)};
}

}  // namespace zerocell
