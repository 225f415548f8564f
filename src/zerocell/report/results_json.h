#pragma once
#include <span>
#include <string>

#include "zerocell/core/evaluation.h"

namespace zerocell {

/// Version of the layout of results.json: raised where a reader of the old one would be misled.
inline constexpr int kResultsSchema = 1;

/// results.json: all of the evaluation but values per cell, which cells.h5ad holds.
///
/// {schema, zerocell, provenance{name: value}, dataset{name, title, n_cells, n_genes, counts, label, batch,
/// losses}, embeddings[{tag, method, options, dims, layout, clusters, silhouette_by_label, losses, stages}],
/// metrics[], scores[] (keys as the columns of scores.csv), warnings[], stages[]}. Keys stand in a fixed
/// order; what is not known or not finite is null. A provenance name that occurs twice has an array of
/// values. `metrics` may be empty: then the definitions are left out.
std::string results_json(const Evaluation& evaluation, std::span<const MetricInfo> metrics = {});

}  // namespace zerocell
