#pragma once
#include <span>
#include <string>

#include "zerocell/core/reconstruction.h"

namespace zerocell {

/// results.json of a reconstruction: that of an evaluation (see results_json) with `kind`: "reconstruction"
/// in front, and two more keys for each entry of `embeddings`, the models: `target` ("rank", "bin") and
/// `cells`[{name, n_cells, n_missing, mean, lowest, q1, median, q3, highest}], the values per cell that
/// cells.h5ad holds.
std::string reconstruction_json(const Reconstruction& reconstruction,
                                std::span<const MetricInfo> metrics = {});

}  // namespace zerocell
