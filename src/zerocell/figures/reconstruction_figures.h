#pragma once
#include <span>
#include <vector>

#include "zerocell/core/reconstruction.h"
#include "zerocell/figures/evaluation_figures.h"

namespace zerocell {

/// The figures of a reconstruction, in this order: of models that predict ranks `density` and `per_cell`; of
/// models that predict bins `gep`, `gepc` (where one predicts it), `mse` and `per_cell_mse`; none without
/// results. Same reconstruction, same bytes. `metrics` gives titles.
std::vector<Figure> reconstruction_figures(const Reconstruction& reconstruction,
                                           std::span<const MetricInfo> metrics = {});

}  // namespace zerocell
