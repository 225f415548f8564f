#pragma once
#include <span>
#include <vector>

#include "zerocell/core/reconstruction.h"
#include "zerocell/figures/evaluation_figures.h"

namespace zerocell {

/// The figures of a reconstruction, in this order: `density` and `per_cell`; none without results. Same
/// reconstruction, same bytes. `metrics` gives titles.
std::vector<Figure> reconstruction_figures(const Reconstruction& reconstruction,
                                           std::span<const MetricInfo> metrics = {});

}  // namespace zerocell
