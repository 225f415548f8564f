#pragma once
#include <span>

#include "zerocell/core/evaluation.h"
#include "zerocell/figures/drawing.h"

namespace zerocell {

/// All metrics of a data set, a small dot plot each: a row per method, values at the right (the best one
/// bold), 95 % intervals as lines, an arrow to where better is. A method's score in reduced dimensions is an
/// open dot in the method's row. "n/a" and "failed" stand where there is no value. Axes differ between
/// metrics: each spans its own values, at least a tenth of a unit.
Drawing score_chart(const Evaluation& evaluation, std::span<const MetricInfo> metrics);

}  // namespace zerocell
