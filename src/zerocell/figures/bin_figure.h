#pragma once
#include <string>

#include "zerocell/core/reconstruction.h"
#include "zerocell/figures/drawing.h"
#include "zerocell/figures/panel_page.h"

namespace zerocell {

/// Predicted against true bin of the genes of all cells, a panel a model that predicts bins: for each true
/// bin the share of its genes per unit of prediction (colour), median, quartiles and 5 to 95 % range of the
/// predictions, the diagonal and the mean bin. `way`: name of the density, "GEP" or "GEPC". A model without
/// it has a panel that says so. The study's figures 6 A and B.
Drawing bin_drawing(const Reconstruction& reconstruction, const std::string& way);

/// The same for panels of the caller's choice.
Drawing bin_drawing(const PanelPage& page, const std::string& way);

/// Its caption: one paragraph.
std::string bin_caption(const Reconstruction& reconstruction, const std::string& way);

}  // namespace zerocell
