#include "zerocell/report/payload_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "zerocell/core/error.h"
#include "zerocell/core/random.h"
#include "zerocell/figures/palette.h"
#include "zerocell/figures/umap_figure.h"
#include "zerocell/report/packed_array.h"

namespace zerocell {
namespace {

using Json = nlohmann::ordered_json;

Json hex_colours(const std::vector<Colour>& colours) {
  Json json = Json::array();
  for (const Colour colour : colours) json.push_back(to_hex(colour));
  return json;
}

}  // namespace

Json number_or_null(const std::optional<double>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json pairs_json(const std::vector<std::pair<std::string, std::string>>& list) {
  Json json = Json::array();
  for (const auto& [name, value] : list) json.push_back(Json::array({name, value}));
  return json;
}

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

Json grouping_json(const Categorical& groups, std::span<const uint32_t> rows) {
  if (groups.codes.empty() || groups.categories.empty()) return nullptr;
  return {{"categories", groups.categories},
          {"colours", hex_colours(group_colours(groups.n_categories()))},
          {"counts", groups.counts()},
          {"n_missing", groups.n_missing()},
          {"codes", packed_codes(groups.codes, rows)}};
}

Json losses_json(const std::vector<Loss>& list) {
  Json json = Json::array();
  for (const Loss& loss : list)
    json.push_back(
        {{"what", loss.what}, {"lost", loss.lost}, {"total", loss.total}, {"reason", loss.reason}});
  return json;
}

Json stages_json(const std::vector<StageCost>& list) {
  Json json = Json::array();
  for (const StageCost& stage : list)
    json.push_back({{"name", stage.name},
                    {"seconds", stage.seconds},
                    {"peak_bytes", stage.peak_bytes},
                    {"cells_per_second", stage.cells_per_second}});
  return json;
}

Json scores_json(const std::vector<Score>& list) {
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

Json metrics_json(std::span<const MetricInfo> list) {
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

Json figures_json(std::span<const ReportFigure> list) {
  Json json = Json::array();
  for (const ReportFigure& figure : list)
    json.push_back({{"name", figure.name}, {"caption", figure.caption}, {"svg", figure.svg}});
  return json;
}

}  // namespace zerocell
