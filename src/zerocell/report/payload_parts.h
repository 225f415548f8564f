#pragma once
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "zerocell/core/evaluation.h"
#include "zerocell/report/html.h"

namespace zerocell {

/// Rows drawn in the plots, ascending: all, or `most` that depend on their number and place alone.
std::vector<uint32_t> points_shown(size_t n_cells, size_t most);

/// Parts that the pages' data share; web/src/payload.ts has their form.
nlohmann::ordered_json number_or_null(const std::optional<double>& value);
nlohmann::ordered_json pairs_json(const std::vector<std::pair<std::string, std::string>>& list);
nlohmann::ordered_json grouping_json(const Categorical& groups, std::span<const uint32_t> rows);
nlohmann::ordered_json losses_json(const std::vector<Loss>& list);
nlohmann::ordered_json stages_json(const std::vector<StageCost>& list);
nlohmann::ordered_json scores_json(const std::vector<Score>& list);
nlohmann::ordered_json metrics_json(std::span<const MetricInfo> list);
nlohmann::ordered_json figures_json(std::span<const ReportFigure> list);

/// Adds x and y: null without a layout. Throws Error(internal) for one that has not two columns.
void add_layout(nlohmann::ordered_json& json, const DenseMatrix<float>& umap, std::span<const uint32_t> rows);
/// Adds cluster, cluster_sizes, cluster_colours and cluster_resolution.
void add_clusters(nlohmann::ordered_json& json, const EmbeddingResult& embedding, const Categorical& labels,
                  std::span<const uint32_t> rows);

}  // namespace zerocell
