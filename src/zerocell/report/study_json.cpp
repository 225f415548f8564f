#include "zerocell/report/study_json.h"

#include <nlohmann/json.hpp>

#include "zerocell/figures/score_table.h"
#include "zerocell/report/json_pieces.h"
#include "zerocell/report/results_json.h"
#include "zerocell/version.h"

namespace zerocell {
namespace {

using namespace json_pieces;  // NOLINT: the document is made of them

Json method_json(const StudyMethod& method) {
  const auto text = [](const std::string& x) { return x.empty() ? Json(nullptr) : Json(x); };
  return {{"tag", method.tag},
          {"spec", method.spec},
          {"method", method.method},
          {"n_seeds", method.n_seeds},
          {"is_model", method.is_model},
          {"control_of", text(method.control_of)},
          {"control", text(method.control)}};
}

Json models_json(const Reconstruction& reconstruction) {
  Json out = Json::array();
  for (const auto& result : reconstruction.results)
    out.push_back({{"tag", result.tag},
                   {"model", result.model},
                   {"options", result.options},
                   {"target", result.target},
                   {"losses", losses_json(result.losses)},
                   {"stages", stages_json(result.stages)}});
  return out;
}

Json dataset_json(const StudyDataset& dataset) {
  const auto& evaluation = dataset.evaluation;
  Json embeddings = Json::array();
  for (const auto& embedding : evaluation.embeddings)
    embeddings.push_back(embedding_json(embedding, evaluation.labels));
  return {{"name", dataset.name},
          {"folder", dataset.folder},
          {"variant", to_string(dataset.variant)},
          {"variant_of", dataset.variant_of.empty() ? Json(nullptr) : Json(dataset.variant_of)},
          {"n_cells", evaluation.n_cells},
          {"n_genes", evaluation.n_genes},
          {"counts", evaluation.counts_source},
          {"label", groups_json(evaluation.label_name, evaluation.labels)},
          {"batch", groups_json(evaluation.batch_name, evaluation.batches)},
          {"losses", losses_json(evaluation.losses)},
          {"provenance", provenance_json(evaluation)},
          {"embeddings", std::move(embeddings)},
          {"models", dataset.reconstruction ? models_json(*dataset.reconstruction) : Json::array()},
          {"seed_spread", seed_spread_json(evaluation)}};
}

Json scores_json(const StudyResults& results) {
  Json out = Json::array();
  for (const auto& dataset : results.datasets) {
    for (const auto& score : dataset.evaluation.scores) out.push_back(score_json(presentable(score)));
    if (dataset.reconstruction)
      for (const auto& score : dataset.reconstruction->scores) out.push_back(score_json(presentable(score)));
  }
  return out;
}

}  // namespace

std::string study_json(const StudyResults& results, std::span<const MetricInfo> metrics) {
  Json out;
  out["schema"] = kResultsSchema;
  out["kind"] = "study";
  out["zerocell"] = ZEROCELL_VERSION;
  out["title"] = results.title;
  Evaluation own;
  own.provenance = results.provenance;
  out["provenance"] = provenance_json(own);
  out["methods"] = Json::array();
  for (const auto& method : results.methods) out["methods"].push_back(method_json(method));
  out["datasets"] = Json::array();
  for (const auto& dataset : results.datasets) out["datasets"].push_back(dataset_json(dataset));
  out["metrics"] = Json::array();
  for (const auto& metric : metrics) out["metrics"].push_back(metric_json(metric));
  out["scores"] = scores_json(results);
  out["failures"] = Json::array();
  for (const auto& failure : results.failures)
    out["failures"].push_back({{"dataset", failure.dataset},
                               {"tag", failure.tag},
                               {"task", failure.task},
                               {"message", failure.message}});
  out["warnings"] = results.warnings;
  for (const auto& dataset : results.datasets)
    for (const auto& warning : dataset.evaluation.warnings)
      out["warnings"].push_back(dataset.name + ": " + warning);
  out["stages"] = stages_json(results.stages);
  return out.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace zerocell
