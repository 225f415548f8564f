#include "zerocell/report/html_payload.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "zerocell/core/error.h"
#include "zerocell/core/random.h"
#include "zerocell/figures/palette.h"
#include "zerocell/figures/umap_figure.h"
#include "zerocell/report/label_profile.h"
#include "zerocell/report/packed_array.h"
#include "zerocell/version.h"

namespace zerocell {
namespace {

using Json = nlohmann::ordered_json;

void require_length(const char* what, size_t found, size_t n_cells) {
  if (found != n_cells)
    throw Error::internal(fmt::format("report: {} {} for {} cells", found, what, n_cells));
}

/// Rows drawn in the plots, ascending: all, or `most` that depend on their number and place alone.
std::vector<uint32_t> points_shown(size_t n_cells, size_t most) {
  std::vector<uint32_t> rows(n_cells);
  std::iota(rows.begin(), rows.end(), 0u);
  if (n_cells <= most) return rows;
  const auto earlier = [](uint32_t a, uint32_t b) { return mix64(a) < mix64(b); };
  std::nth_element(rows.begin(), rows.begin() + static_cast<ptrdiff_t>(most), rows.end(), earlier);
  rows.resize(most);
  std::sort(rows.begin(), rows.end());
  return rows;
}

Json hex_colours(const std::vector<Colour>& colours) {
  Json json = Json::array();
  for (const Colour colour : colours) json.push_back(to_hex(colour));
  return json;
}

Json number_or_null(const std::optional<double>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json grouping(const Categorical& groups, std::span<const uint32_t> rows) {
  if (groups.codes.empty() || groups.categories.empty()) return nullptr;
  return {{"categories", groups.categories},
          {"colours", hex_colours(group_colours(groups.n_categories()))},
          {"counts", groups.counts()},
          {"n_missing", groups.n_missing()},
          {"codes", packed_codes(groups.codes, rows)}};
}

Json losses(const std::vector<Loss>& list) {
  Json json = Json::array();
  for (const Loss& loss : list)
    json.push_back(
        {{"what", loss.what}, {"lost", loss.lost}, {"total", loss.total}, {"reason", loss.reason}});
  return json;
}

Json stages(const std::vector<StageCost>& list) {
  Json json = Json::array();
  for (const StageCost& stage : list)
    json.push_back({{"name", stage.name},
                    {"seconds", stage.seconds},
                    {"peak_bytes", stage.peak_bytes},
                    {"cells_per_second", stage.cells_per_second}});
  return json;
}

Json scores(const std::vector<Score>& list) {
  Json json = Json::array();
  for (const Score& score : list)
    json.push_back({{"embedding", score.embedding},
                    {"dims", score.dims},
                    {"n_cells", score.n_cells},
                    {"seed", score.seed},
                    {"metric", score.metric},
                    {"value", number_or_null(score.value)},
                    {"low", number_or_null(score.low)},
                    {"high", number_or_null(score.high)},
                    {"direction", to_string(score.direction)},
                    {"convention", score.convention},
                    {"status", to_string(score.status)},
                    {"reason", score.reason}});
  return json;
}

Json metrics(std::span<const MetricInfo> list) {
  Json json = Json::array();
  for (const MetricInfo& metric : list)
    json.push_back({{"name", metric.name},
                    {"title", metric.title},
                    {"group", metric.group},
                    {"direction", to_string(metric.direction)},
                    {"lowest", metric.lowest},
                    {"highest", metric.highest},
                    {"definition", metric.definition},
                    {"source", metric.source}});
  return json;
}

Json profile(const EmbeddingResult& embedding, const Categorical& labels) {
  if (labels.codes.empty() || (embedding.silhouette_label.empty() && embedding.cluster.empty()))
    return nullptr;
  const LabelProfile found = label_profile(labels, embedding.silhouette_label, embedding.cluster);
  Json mixed_with = Json::array();
  for (const int32_t label : found.mixed_with) mixed_with.push_back(label < 0 ? Json(nullptr) : Json(label));
  return {{"silhouette", found.silhouette}, {"mixed_with", mixed_with}, {"mixed_share", found.mixed_share}};
}

void add_layout(Json& json, const DenseMatrix<float>& umap, std::span<const uint32_t> rows) {
  json["x"] = json["y"] = nullptr;
  if (umap.n_rows() == 0) return;
  if (umap.n_cols() != 2) throw Error::internal(fmt::format("report: a layout of {} columns", umap.n_cols()));
  std::vector<float> axis(rows.size());
  for (const size_t a : {size_t{0}, size_t{1}}) {
    for (size_t i = 0; i < rows.size(); ++i) axis[i] = umap(rows[i], a);
    json[a == 0 ? "x" : "y"] = packed_coordinates(axis);
  }
}

void add_clusters(Json& json, const EmbeddingResult& embedding, const Categorical& labels,
                  std::span<const uint32_t> rows) {
  std::vector<size_t> sizes;
  for (const int32_t c : embedding.cluster) {
    if (c < 0) continue;
    if (static_cast<size_t>(c) >= embedding.cluster.size())
      throw Error::internal(fmt::format("report: cluster {} of {} cells", c, embedding.cluster.size()));
    if (static_cast<size_t>(c) >= sizes.size()) sizes.resize(static_cast<size_t>(c) + 1);
    ++sizes[static_cast<size_t>(c)];
  }
  json["cluster"] = sizes.empty() ? Json(nullptr) : packed_codes(embedding.cluster, rows);
  json["cluster_sizes"] = sizes;
  json["cluster_colours"] = hex_colours(cluster_colours(embedding.cluster, labels));
  json["cluster_resolution"] = embedding.cluster_resolution;
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
  json["losses"] = losses(embedding.losses);
  json["stages"] = stages(embedding.stages);
  return json;
}

Json figures(std::span<const ReportFigure> list) {
  Json json = Json::array();
  for (const ReportFigure& figure : list)
    json.push_back({{"name", figure.name}, {"caption", figure.caption}, {"svg", figure.svg}});
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
  Json provenance = Json::array();
  for (const auto& [name, value] : evaluation.provenance) provenance.push_back(Json::array({name, value}));
  return {{"schema", "zerocell-report/1"},
          {"kind", "evaluation"},
          {"version", ZEROCELL_VERSION},
          {"dataset", evaluation.dataset},
          {"title", evaluation.title},
          {"n_cells", n_cells},
          {"n_genes", evaluation.n_genes},
          {"counts_source", evaluation.counts_source},
          {"n_points", rows.size()},
          {"labels", grouping(evaluation.labels, rows)},
          {"batches", grouping(evaluation.batches, rows)},
          {"label_name", evaluation.label_name},
          {"batch_name", evaluation.batch_name},
          {"cell_names", names_shown(evaluation.cell_names, rows)},
          {"embeddings", std::move(embeddings)},
          {"reconstruction", nullptr},
          {"scores", scores(evaluation.scores)},
          {"metrics", metrics(options.metrics)},
          {"losses", losses(evaluation.losses)},
          {"warnings", evaluation.warnings},
          {"stages", stages(evaluation.stages)},
          {"provenance", std::move(provenance)},
          {"figures", figures(options.figures)}};
}

}  // namespace zerocell
