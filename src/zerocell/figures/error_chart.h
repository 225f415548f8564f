#pragma once
#include <string>

#include "zerocell/core/reconstruction.h"
#include "zerocell/figures/drawing.h"

namespace zerocell {

/// Mean squared error of every model that predicts bins: bars for GEP and GEPC side by side with their 95 %
/// intervals, over each pair a dashed line for the mean bin and a dotted one for the gene mean with the cell
/// left out (of that model's own genes). What has no value says so. The study's figure 7.
Drawing error_drawing(const Reconstruction& reconstruction);

/// Its caption: one paragraph.
std::string error_caption(const Reconstruction& reconstruction);

}  // namespace zerocell
