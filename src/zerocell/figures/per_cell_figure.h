#pragma once
#include <string>

#include "zerocell/core/reconstruction.h"
#include "zerocell/figures/drawing.h"

namespace zerocell {

/// The values per cell, a panel a model and in it a row a column of the result, baselines and model on one
/// axis: the share of cells per bin, mirrored, with quartiles, median and mean.
Drawing per_cell_drawing(const Reconstruction& reconstruction, std::span<const MetricInfo> metrics);

/// Its caption: one paragraph.
std::string per_cell_caption(const Reconstruction& reconstruction);

}  // namespace zerocell
