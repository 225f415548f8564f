#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "zerocell/core/reconstruction.h"
#include "zerocell/figures/drawing.h"

namespace zerocell {

/// One panel of a figure of true against predicted values.
struct ReconstructionPanel {
  std::string title, subtitle;
  const ReconstructionResult* result = nullptr;  ///< never null
  size_t n_cells = 0;                            ///< of its reconstruction
};

/// Panels of one or of several data sets on one page.
struct PanelPage {
  std::string title, caption;
  std::vector<ReconstructionPanel> panels;
  size_t columns = 0;        ///< 0: by the number of panels
  double width = 0;          ///< of a panel; 0: by the number of panels
  bool draw_caption = true;  ///< at the foot; it is the description in any case
};

/// Room above the panels for their titles.
double panel_header(const PanelPage& page, double width);

/// Writes title, subtitle and what was scored above a panel; the last is left out without `n_genes`.
void draw_panel_header(Drawing& drawing, const ReconstructionPanel& panel, const Box& box, double header,
                       std::optional<uint64_t> n_genes);

/// The results of one reconstruction that predict `target`, under their tags.
PanelPage page_of(const Reconstruction& reconstruction, const std::string& target, std::string title,
                  std::string caption);

}  // namespace zerocell
