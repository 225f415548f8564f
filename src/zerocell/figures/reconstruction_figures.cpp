#include "zerocell/figures/reconstruction_figures.h"

#include <algorithm>

#include "zerocell/figures/bin_figure.h"
#include "zerocell/figures/error_chart.h"
#include "zerocell/figures/per_cell_figure.h"
#include "zerocell/figures/rank_density.h"
#include "zerocell/figures/render.h"

namespace zerocell {

std::vector<Figure> reconstruction_figures(const Reconstruction& reconstruction,
                                           std::span<const MetricInfo> metrics) {
  require_consistent(reconstruction);
  std::vector<Figure> figures;
  const auto add = [&](const char* name, const Drawing& drawing) {
    figures.push_back({name, drawing.description, to_svg(drawing), to_png(drawing)});
  };
  if (!results_of(reconstruction, "rank").empty()) {
    add("density", density_drawing(reconstruction));
    add("per_cell", per_cell_drawing(reconstruction, metrics, "rank"));
  }
  const auto bins = results_of(reconstruction, "bin");
  if (bins.empty()) return figures;
  add("gep", bin_drawing(reconstruction, "GEP"));
  if (std::ranges::any_of(bins, [](const auto* result) { return result->density("GEPC") != nullptr; }))
    add("gepc", bin_drawing(reconstruction, "GEPC"));
  add("mse", error_drawing(reconstruction));
  add("per_cell_mse", per_cell_drawing(reconstruction, metrics, "bin"));
  return figures;
}

}  // namespace zerocell
