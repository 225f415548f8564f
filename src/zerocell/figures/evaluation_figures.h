#pragma once
#include <span>
#include <string>
#include <vector>

#include "zerocell/core/evaluation.h"

namespace zerocell {

/// One figure in the formats in which it is written.
struct Figure {
  std::string name;     ///< file name without ending
  std::string caption;  ///< one paragraph of plain text
  std::string svg;      ///< document, text as text
  std::string png;      ///< file, two pixels a unit
};

/// The figures of an evaluation, in this order: `scores` where there are scores; `avg_bio` where some
/// embedding has it; `training` where some embedding was trained; `umap_label`, `umap_batch` and
/// `umap_cluster` where there are layouts and labels, batches or clusters; `umap` where there are layouts
/// only. Same evaluation, same bytes. `metrics` gives titles, groups and order; without it metrics are not
/// grouped.
std::vector<Figure> evaluation_figures(const Evaluation& evaluation,
                                       std::span<const MetricInfo> metrics = {});

}  // namespace zerocell
