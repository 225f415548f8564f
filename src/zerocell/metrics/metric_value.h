#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "zerocell/core/evaluation.h"
#include "zerocell/statistics/bootstrap.h"

namespace zerocell {

/// What a metric finds: a number, or the reason why there is none; never a NaN.
struct MetricValue {
  std::optional<double> value;
  std::optional<double> low, high;  ///< 95 % interval
  std::string reason;               ///< why there is no value, or no interval
  std::string interval_method;      ///< how the interval was found; empty: no interval
  size_t n_cells = 0;               ///< cells that the value rests on

  static MetricValue of(double value, size_t n_cells) { return {value, {}, {}, "", "", n_cells}; }
  static MetricValue undefined(std::string reason, size_t n_cells = 0) {
    return {{}, {}, {}, std::move(reason), "", n_cells};
  }
  /// A metric that the data does not define does not apply to it; a computation that broke is not told here.
  ScoreStatus status() const { return value ? ScoreStatus::ok : ScoreStatus::not_applicable; }
  /// The same with an interval, or with the reason why there is none.
  MetricValue with(const Interval& interval) const {
    MetricValue result = *this;
    if (!value) return result;
    result.low = interval.low;
    result.high = interval.high;
    result.reason = interval.reason;
    result.interval_method = interval.method;
    return result;
  }
};

}  // namespace zerocell
