#pragma once
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "zerocell/core/evaluation.h"

/// Parts that the results.json of an evaluation and of a study have in common.
namespace zerocell::json_pieces {

using Json = nlohmann::ordered_json;

/// null for what is not finite or absent.
Json number(double x);
Json number(const std::optional<double>& x);
/// An object; names that occur several times get arrays.
Json provenance_json(const Evaluation& evaluation);
/// {column, n_groups, n_missing, groups[]}, or null without groups.
Json groups_json(const std::string& column, const Categorical& groups);
Json losses_json(const std::vector<Loss>& losses);
Json stages_json(const std::vector<StageCost>& stages);
Json training_json(const TrainingCurve& training);
Json seed_spread_json(const Evaluation& evaluation);
Json embedding_json(const EmbeddingResult& embedding, const Categorical& labels);
Json metric_json(const MetricInfo& metric);
/// Of a score as presentable() gives it.
Json score_json(const Score& score);

}  // namespace zerocell::json_pieces
