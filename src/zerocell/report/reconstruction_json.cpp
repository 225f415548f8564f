#include "zerocell/report/reconstruction_json.h"

#include <nlohmann/json.hpp>

#include "zerocell/core/reconstruction_summary.h"
#include "zerocell/report/results_json.h"

namespace zerocell {
namespace {

using Json = nlohmann::ordered_json;

Json summary_json(const ColumnSummary& column) {
  const Distribution& values = column.values;
  const auto of_some = [&](double number) { return values.n > 0 ? Json(number) : Json(nullptr); };
  const Quartiles quartiles = values.quartiles.value_or(Quartiles{});
  return {{"name", column.name},
          {"n_cells", values.n},
          {"n_missing", values.n_missing},
          {"mean", of_some(values.mean)},
          {"lowest", of_some(quartiles.lowest)},
          {"q1", of_some(quartiles.q1)},
          {"median", of_some(quartiles.median)},
          {"q3", of_some(quartiles.q3)},
          {"highest", of_some(quartiles.highest)}};
}

}  // namespace

std::string reconstruction_json(const Reconstruction& reconstruction, std::span<const MetricInfo> metrics) {
  Json out = {{"kind", "reconstruction"}};
  out.update(Json::parse(results_json(shared_part(reconstruction), metrics)));
  const auto summaries = column_summaries(reconstruction);
  for (size_t r = 0; r < summaries.size(); ++r) {
    Json& model = out["embeddings"][r];
    model["target"] = reconstruction.results[r].target;
    model["cells"] = Json::array();
    for (const ColumnSummary& column : summaries[r]) model["cells"].push_back(summary_json(column));
  }
  return out.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace zerocell
