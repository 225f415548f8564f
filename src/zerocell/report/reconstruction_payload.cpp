#include <nlohmann/json.hpp>

#include "zerocell/core/reconstruction_summary.h"
#include "zerocell/figures/palette.h"
#include "zerocell/report/html_payload.h"

namespace zerocell {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kRampSteps = 9;  ///< as many as sequential_colour() rests on

Json ramp() {
  Json json = Json::array();
  for (size_t i = 0; i < kRampSteps; ++i)
    json.push_back(to_hex(sequential_colour(static_cast<double>(i) / (kRampSteps - 1))));
  return json;
}

Json density_json(const PairDensity& density) {
  return {
      {"n_bins", density.n_bins}, {"low", density.low}, {"high", density.high}, {"counts", density.counts}};
}

Json summary_json(const ColumnSummary& column) {
  const Distribution& values = column.values;
  Json quartiles;
  if (const auto& q = values.quartiles)
    quartiles = Json::array({q->lowest, q->q1, q->median, q->q3, q->highest});
  return {{"name", column.name},
          {"n", values.n},
          {"n_missing", values.n_missing},
          {"mean", values.n > 0 ? Json(values.mean) : Json(nullptr)},
          {"quartiles", std::move(quartiles)},
          {"low", values.low},
          {"high", values.high},
          {"counts", values.counts}};
}

}  // namespace

Json html_payload(const Reconstruction& reconstruction, const HtmlOptions& options) {
  require_consistent(reconstruction);
  Json payload = html_payload(shared_part(reconstruction), options);
  const auto summaries = column_summaries(reconstruction);
  Json models = Json::array();
  std::string target;
  for (size_t r = 0; r < reconstruction.results.size(); ++r) {
    const ReconstructionResult& result = reconstruction.results[r];
    if (target.empty()) target = result.target;
    Json cells = Json::array();
    for (const ColumnSummary& column : summaries[r]) cells.push_back(summary_json(column));
    models.push_back({{"tag", result.tag},
                      {"colour", to_hex(method_colour(r))},
                      {"density", density_json(result.density)},
                      {"cells", std::move(cells)}});
  }
  payload["kind"] = "reconstruction";
  payload["reconstruction"] = {{"target", target}, {"ramp", ramp()}, {"models", std::move(models)}};
  return payload;
}

}  // namespace zerocell
