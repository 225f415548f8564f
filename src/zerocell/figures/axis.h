#pragma once
#include <string>
#include <vector>

namespace zerocell {

/// A linear axis over [low, high].
struct Axis {
  double low = 0, high = 1, step = 0.5;

  /// Share of the axis left of a value.
  double share(double value) const { return (value - low) / (high - low); }
  /// Multiples of the step inside the axis, ascending.
  std::vector<double> ticks() const;
  /// A tick with as many decimals as the step needs.
  std::string tick_text(double tick) const;
};

/// The axis of values from lowest to highest, with a little room at both ends and two to five ticks; spans at
/// least `least_span`. lowest > highest, as of no values: [0, 1].
Axis axis_over(double lowest, double highest, double least_span);

}  // namespace zerocell
