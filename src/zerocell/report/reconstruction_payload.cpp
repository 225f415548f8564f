#include <cmath>
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

Json axis_json(const GridAxis& axis) {
  return {{"n_bins", axis.n_bins}, {"low", axis.low}, {"high", axis.high}};
}

Json spread_json(const PredictedSpread& spread) {
  if (spread.n == 0) return nullptr;
  return Json::array({spread.p5, spread.q1, spread.median, spread.q3, spread.p95});
}

/// The same with neighbouring fields of the prediction joined until they are a unit wide: as fine as a
/// pointer can tell apart.
PairDensity in_units(const PairDensity& density) {
  const GridAxis& axis = density.predicted;
  const auto n_units = static_cast<size_t>(std::lround(axis.high - axis.low));
  if (n_units == 0 || axis.n_bins % n_units != 0) return density;
  PairDensity out = density;
  out.predicted.n_bins = n_units;
  out.counts.assign(density.truth.n_bins * n_units, 0);
  for (size_t i = 0; i < density.counts.size(); ++i)
    out.counts[i / axis.n_bins * n_units + i % axis.n_bins * n_units / axis.n_bins] += density.counts[i];
  return out;
}

Json density_json(const PairDensity& all, const std::string& target) {
  const bool is_bin = target == "bin";
  const PairDensity density = is_bin ? in_units(all) : all;
  Json spreads = Json::array();
  if (is_bin)
    for (const PredictedSpread& spread : predicted_spreads(all)) spreads.push_back(spread_json(spread));
  return {{"name", density.name},
          {"truth", axis_json(density.truth)},
          {"predicted", axis_json(density.predicted)},
          {"counts", density.counts},
          {"n_beyond", density.n_below + density.n_above},
          {"constant", density.constant ? Json(*density.constant) : Json(nullptr)},
          {"spreads", std::move(spreads)}};
}

Json summary_json(const ColumnSummary& column, bool is_baseline) {
  const Distribution& values = column.values;
  Json quartiles;
  if (const auto& q = values.quartiles)
    quartiles = Json::array({q->lowest, q->q1, q->median, q->q3, q->highest});
  return {{"name", column.name},
          {"is_baseline", is_baseline},
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
  for (size_t r = 0; r < reconstruction.results.size(); ++r) {
    const ReconstructionResult& result = reconstruction.results[r];
    Json cells = Json::array(), densities = Json::array();
    for (size_t c = 0; c < result.cells.size(); ++c)
      cells.push_back(summary_json(summaries[r][c], result.cells[c].is_baseline));
    for (const PairDensity& density : result.densities)
      densities.push_back(density_json(density, result.target));
    models.push_back({{"tag", result.tag},
                      {"colour", to_hex(method_colour(r))},
                      {"target", result.target},
                      {"masked", masked_share(result)},
                      {"densities", std::move(densities)},
                      {"cells", std::move(cells)}});
  }
  payload["kind"] = "reconstruction";
  payload["reconstruction"] = {{"ramp", ramp()}, {"models", std::move(models)}};
  return payload;
}

}  // namespace zerocell
