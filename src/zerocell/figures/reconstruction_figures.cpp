#include "zerocell/figures/reconstruction_figures.h"

#include "zerocell/figures/per_cell_figure.h"
#include "zerocell/figures/rank_density.h"
#include "zerocell/figures/render.h"

namespace zerocell {

std::vector<Figure> reconstruction_figures(const Reconstruction& reconstruction,
                                           std::span<const MetricInfo> metrics) {
  if (reconstruction.results.empty()) return {};
  require_consistent(reconstruction);
  const Drawing density = density_drawing(reconstruction);
  const Drawing per_cell = per_cell_drawing(reconstruction, metrics);
  return {{"density", density_caption(reconstruction), to_svg(density), to_png(density)},
          {"per_cell", per_cell_caption(reconstruction), to_svg(per_cell), to_png(per_cell)}};
}

}  // namespace zerocell
