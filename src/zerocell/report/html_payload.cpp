#include "zerocell/report/html_payload.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "zerocell/core/error.h"
#include "zerocell/figures/palette.h"
#include "zerocell/report/json_pieces.h"
#include "zerocell/report/label_profile.h"
#include "zerocell/report/packed_array.h"
#include "zerocell/report/payload_parts.h"
#include "zerocell/version.h"

namespace zerocell {
namespace {

using Json = nlohmann::ordered_json;

void require_length(const char* what, size_t found, size_t n_cells) {
  if (found != n_cells)
    throw Error::internal(fmt::format("report: {} {} for {} cells", found, what, n_cells));
}

Json profile(const EmbeddingResult& embedding, const Categorical& labels) {
  if (labels.codes.empty() || (embedding.silhouette_label.empty() && embedding.cluster.empty()))
    return nullptr;
  const LabelProfile found = label_profile(labels, embedding.silhouette_label, embedding.cluster);
  Json mixed_with = Json::array();
  for (const int32_t label : found.mixed_with) mixed_with.push_back(label < 0 ? Json(nullptr) : Json(label));
  return {{"silhouette", found.silhouette}, {"mixed_with", mixed_with}, {"mixed_share", found.mixed_share}};
}

Json silhouettes(const std::vector<float>& values, std::span<const uint32_t> rows) {
  return values.empty() ? Json(nullptr) : packed_silhouettes(values, rows);
}

Json embedding_json(const Evaluation& evaluation, size_t position, std::span<const uint32_t> rows) {
  const EmbeddingResult& embedding = evaluation.embeddings[position];
  const size_t n_cells = evaluation.n_cells;
  if (embedding.umap.n_rows()) require_length("layout rows", embedding.umap.n_rows(), n_cells);
  if (!embedding.cluster.empty()) require_length("clusters", embedding.cluster.size(), n_cells);
  for (const auto* values : {&embedding.silhouette_label, &embedding.silhouette_batch})
    if (!values->empty()) require_length("silhouettes", values->size(), n_cells);
  Json json = {{"tag", embedding.tag},
               {"method", embedding.method},
               {"options", embedding.options},
               {"dims", embedding.dims},
               {"colour", to_hex(method_colour(position))}};
  add_layout(json, embedding.umap, rows);
  add_clusters(json, embedding, evaluation.labels, rows);
  json["silhouette_label"] = silhouettes(embedding.silhouette_label, rows);
  json["silhouette_batch"] = silhouettes(embedding.silhouette_batch, rows);
  json["label_profile"] = profile(embedding, evaluation.labels);
  json["losses"] = losses_json(embedding.losses);
  json["stages"] = stages_json(embedding.stages);
  return json;
}

Json names_shown(const std::vector<std::string>& names, std::span<const uint32_t> rows) {
  Json json = Json::array();
  if (!names.empty())
    for (const uint32_t row : rows) json.push_back(names[row]);
  return json;
}

}  // namespace

Json html_payload(const Evaluation& evaluation, const HtmlOptions& options) {
  const size_t n_cells = evaluation.n_cells;
  if (!evaluation.cell_names.empty()) require_length("cell names", evaluation.cell_names.size(), n_cells);
  for (const Categorical* groups : {&evaluation.labels, &evaluation.batches})
    if (!groups->codes.empty()) require_length("group codes", groups->codes.size(), n_cells);
  const std::vector<uint32_t> rows = points_shown(n_cells, options.max_points);
  Json embeddings = Json::array();
  for (size_t e = 0; e < evaluation.embeddings.size(); ++e)
    embeddings.push_back(embedding_json(evaluation, e, rows));
  return {{"schema", "zerocell-report/1"},
          {"kind", "evaluation"},
          {"version", ZEROCELL_VERSION},
          {"dataset", evaluation.dataset},
          {"title", evaluation.title},
          {"n_cells", n_cells},
          {"n_genes", evaluation.n_genes},
          {"counts_source", evaluation.counts_source},
          {"n_points", rows.size()},
          {"labels", grouping_json(evaluation.labels, rows)},
          {"batches", grouping_json(evaluation.batches, rows)},
          {"label_name", evaluation.label_name},
          {"batch_name", evaluation.batch_name},
          {"cell_names", names_shown(evaluation.cell_names, rows)},
          {"embeddings", std::move(embeddings)},
          {"reconstruction", nullptr},
          {"scores", scores_json(evaluation.scores)},
          {"seeds", json_pieces::seed_spread_json(evaluation)},
          {"metrics", metrics_json(options.metrics)},
          {"losses", losses_json(evaluation.losses)},
          {"warnings", evaluation.warnings},
          {"stages", stages_json(evaluation.stages)},
          {"provenance", pairs_json(evaluation.provenance)},
          {"figures", figures_json(options.figures)}};
}

}  // namespace zerocell
