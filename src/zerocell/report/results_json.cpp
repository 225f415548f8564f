#include "zerocell/report/results_json.h"

#include <nlohmann/json.hpp>

#include "zerocell/figures/score_table.h"
#include "zerocell/report/json_pieces.h"
#include "zerocell/version.h"

namespace zerocell {

using namespace json_pieces;  // NOLINT: the document is made of them

std::string results_json(const Evaluation& evaluation, std::span<const MetricInfo> metrics) {
  Json out;
  out["schema"] = kResultsSchema;
  out["zerocell"] = ZEROCELL_VERSION;
  out["provenance"] = provenance_json(evaluation);
  out["dataset"] = {{"name", evaluation.dataset},
                    {"title", evaluation.title},
                    {"n_cells", evaluation.n_cells},
                    {"n_genes", evaluation.n_genes},
                    {"counts", evaluation.counts_source},
                    {"label", groups_json(evaluation.label_name, evaluation.labels)},
                    {"batch", groups_json(evaluation.batch_name, evaluation.batches)},
                    {"losses", losses_json(evaluation.losses)}};
  out["embeddings"] = Json::array();
  for (const EmbeddingResult& embedding : evaluation.embeddings)
    out["embeddings"].push_back(embedding_json(embedding, evaluation.labels));
  out["metrics"] = Json::array();
  for (const MetricInfo& metric : metrics) out["metrics"].push_back(metric_json(metric));
  out["scores"] = Json::array();
  for (const Score& score : evaluation.scores) out["scores"].push_back(score_json(presentable(score)));
  out["failures"] = Json::array();
  for (const EmbeddingFailure& failure : evaluation.failures)
    out["failures"].push_back({{"embedding", failure.tag}, {"message", failure.message}});
  out["seed_spread"] = seed_spread_json(evaluation);
  out["warnings"] = evaluation.warnings;
  out["stages"] = stages_json(evaluation.stages);
  // Names from files may hold bytes that are not UTF-8; the document is valid all the same.
  return out.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace zerocell
