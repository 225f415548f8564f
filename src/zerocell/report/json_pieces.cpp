#include "zerocell/report/json_pieces.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "zerocell/core/study_results.h"
#include "zerocell/report/label_profile.h"

namespace zerocell::json_pieces {

Json number(double x) {
  return std::isfinite(x) ? Json(x) : Json(nullptr);
}
Json number(const std::optional<double>& x) {
  return x ? number(*x) : Json(nullptr);
}

Json provenance_json(const Evaluation& evaluation) {
  Json out = Json::object();
  for (const auto& [name, value] : evaluation.provenance) {
    if (!out.contains(name)) {
      out[name] = value;
      continue;
    }
    Json& earlier = out[name];
    if (!earlier.is_array()) earlier = Json::array({earlier});
    earlier.push_back(value);
  }
  return out;
}

Json groups_json(const std::string& column, const Categorical& groups) {
  if (groups.codes.empty()) return nullptr;
  Json counts = Json::array();
  const std::vector<size_t> sizes = groups.counts();
  for (size_t i = 0; i < sizes.size(); ++i)
    counts.push_back({{"name", groups.categories[i]}, {"n_cells", sizes[i]}});
  return {{"column", column},
          {"n_groups", groups.n_categories()},
          {"n_missing", groups.n_missing()},
          {"groups", std::move(counts)}};
}

Json losses_json(const std::vector<Loss>& losses) {
  Json out = Json::array();
  for (const Loss& loss : losses)
    out.push_back({{"what", loss.what},
                   {"lost", number(loss.lost)},
                   {"total", number(loss.total)},
                   {"reason", loss.reason}});
  return out;
}

Json stages_json(const std::vector<StageCost>& stages) {
  Json out = Json::array();
  for (const StageCost& stage : stages)
    out.push_back(
        {{"name", stage.name},
         {"seconds", number(stage.seconds)},
         {"peak_bytes", stage.peak_bytes},
         {"cells_per_second", stage.cells_per_second > 0 ? number(stage.cells_per_second) : Json(nullptr)}});
  return out;
}

Json clusters_json(const EmbeddingResult& embedding) {
  if (embedding.cluster.empty()) return nullptr;
  std::set<int32_t> used(embedding.cluster.begin(), embedding.cluster.end());
  used.erase(-1);
  return {{"n_clusters", used.size()}, {"resolution", number(embedding.cluster_resolution)}};
}

Json silhouettes_json(const EmbeddingResult& embedding, const Categorical& labels) {
  if (embedding.silhouette_label.empty() || labels.codes.empty()) return nullptr;
  const LabelProfile profile = label_profile(labels, embedding.silhouette_label, {});
  Json out = Json::array();
  for (size_t i = 0; i < labels.n_categories(); ++i)
    out.push_back({{"label", labels.categories[i]}, {"mean", number(profile.silhouette[i])}});
  return out;
}

Json training_json(const TrainingCurve& training) {
  if (training.empty()) return nullptr;
  const auto numbers = [](const std::vector<double>& values) {
    Json out = Json::array();
    for (const double x : values) out.push_back(number(x));
    return out;
  };
  return {{"loss", training.loss},
          {"step", training.step},
          {"first_step", training.first_step},
          {"outcome", training.outcome},
          {"train", numbers(training.train)},
          {"validated_after", training.validated_after},
          {"validation", numbers(training.validation)},
          {"n_train", training.n_train},
          {"n_validation", training.n_validation},
          {"stopped_early", training.stopped_early != 0}};
}

Json seed_spread_json(const Evaluation& evaluation) {
  Json out = Json::array();
  for (const SeedSpread& spread : seed_spreads(evaluation))
    out.push_back({{"embedding", spread.embedding},
                   {"metric", spread.metric},
                   {"n_seeds", spread.value.n_seeds},
                   {"mean", number(spread.value.mean)},
                   {"sd", number(spread.value.sd)},
                   {"lowest", number(spread.value.lowest)},
                   {"highest", number(spread.value.highest)}});
  return out;
}

Json embedding_json(const EmbeddingResult& embedding, const Categorical& labels) {
  return {{"tag", embedding.tag},
          {"group", embedding.group_tag()},
          {"seed", embedding.seed},
          {"method", embedding.method},
          {"options", embedding.options},
          {"dims", embedding.dims},
          {"layout", embedding.umap.n_rows() > 0 ? Json("umap") : Json(nullptr)},
          {"clusters", clusters_json(embedding)},
          {"silhouette_by_label", silhouettes_json(embedding, labels)},
          {"losses", losses_json(embedding.losses)},
          {"training", training_json(embedding.training)},
          {"stages", stages_json(embedding.stages)}};
}

Json metric_json(const MetricInfo& metric) {
  return {{"name", metric.name},
          {"title", metric.title},
          {"group", metric.group},
          {"direction", to_string(metric.direction)},
          {"lowest", number(metric.lowest)},
          {"highest", number(metric.highest)},
          {"definition", metric.definition},
          {"source", metric.source}};
}

Json score_json(const Score& score) {
  return {{"dataset", score.dataset},
          {"embedding", score.embedding},
          {"dims", score.dims},
          {"n_cells", score.n_cells},
          {"seed", score.seed},
          {"metric", score.metric},
          {"value", number(score.value)},
          {"low", number(score.low)},
          {"high", number(score.high)},
          {"direction", to_string(score.direction)},
          {"convention", score.convention},
          {"status", to_string(score.status)},
          {"reason", score.reason}};
}

}  // namespace zerocell::json_pieces
