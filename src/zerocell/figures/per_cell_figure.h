#pragma once
#include <string>

#include "zerocell/core/reconstruction.h"
#include "zerocell/figures/drawing.h"

namespace zerocell {

/// The values per cell of the models that predict `target` ("rank": correlations, "bin": squared errors), a
/// panel a model and in it a row a column of the result, baselines above the model's own on one axis: the
/// share of cells per bin, mirrored, with quartiles, median and mean.
Drawing per_cell_drawing(const Reconstruction& reconstruction, std::span<const MetricInfo> metrics,
                         const std::string& target = "rank");

/// Its caption: one paragraph.
std::string per_cell_caption(const Reconstruction& reconstruction, const std::string& target = "rank");

}  // namespace zerocell
