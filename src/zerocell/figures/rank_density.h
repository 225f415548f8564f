#pragma once
#include <span>

#include "zerocell/core/reconstruction.h"
#include "zerocell/figures/drawing.h"
#include "zerocell/figures/panel_page.h"

namespace zerocell {

/// True against predicted rank of all genes of all cells, a panel a model that predicts ranks: counts per
/// field on one logarithmic scale for all panels, white where there is none, the diagonal, a colour bar. A
/// model without counts has a panel that says so.
Drawing density_drawing(const Reconstruction& reconstruction);

/// The same for panels of the caller's choice.
Drawing density_drawing(const PanelPage& page);

/// Its caption: one paragraph.
std::string density_caption(const Reconstruction& reconstruction);

}  // namespace zerocell
