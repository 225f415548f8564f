#pragma once
#include <string>
#include <vector>

#include "zerocell/core/reconstruction.h"

namespace zerocell {

/// One panel of a figure of true against predicted values.
struct ReconstructionPanel {
  std::string title;
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

/// The results of one reconstruction that predict `target`, under their tags.
inline PanelPage page_of(const Reconstruction& reconstruction, const std::string& target, std::string title,
                         std::string caption) {
  PanelPage page{std::move(title), std::move(caption), {}};
  for (const ReconstructionResult* result : results_of(reconstruction, target))
    page.panels.push_back({result->tag, result, reconstruction.n_cells});
  return page;
}

}  // namespace zerocell
