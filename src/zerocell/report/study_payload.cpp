#include "zerocell/report/study_payload.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "zerocell/core/error.h"
#include "zerocell/figures/palette.h"
#include "zerocell/report/payload_parts.h"
#include "zerocell/statistics/method_comparison.h"
#include "zerocell/version.h"

namespace zerocell {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMostPoints = 100'000;  ///< drawn in all plots of one method together

/// The study's methods, and those that only the results name, so that no result is without its method.
std::vector<StudyMethod> all_methods(const StudyResults& study) {
  std::vector<StudyMethod> methods = study.methods;
  for (const auto& dataset : study.datasets)
    for (const auto& result : dataset.evaluation.embeddings) {
      const auto same = [&](const StudyMethod& own) { return own.tag == result.group_tag(); };
      if (std::ranges::any_of(methods, same)) continue;
      StudyMethod method;
      method.tag = result.group_tag();
      method.spec = result.options;
      method.method = result.method;
      methods.push_back(std::move(method));
    }
  return methods;
}

Json methods_json(const std::vector<StudyMethod>& methods) {
  Json json = Json::array();
  for (size_t m = 0; m < methods.size(); ++m)
    json.push_back({{"tag", methods[m].tag},
                    {"spec", methods[m].spec},
                    {"method", methods[m].method},
                    {"n_seeds", methods[m].n_seeds},
                    {"is_model", methods[m].is_model},
                    {"control_of", methods[m].control_of},
                    {"control", methods[m].control},
                    {"colour", to_hex(method_colour(m))}});
  return json;
}

Json value_json(const StudyMethod& method, const std::string& metric, bool reduced,
                const MethodValue& value) {
  return {{"tag", method.tag},
          {"metric", metric},
          {"reduced", reduced},
          {"mean", value.mean},
          {"lowest", value.lowest},
          {"highest", value.highest},
          {"sd", number_or_null(value.sd)},
          {"low", number_or_null(value.low)},
          {"high", number_or_null(value.high)},
          {"n_seeds", value.n_seeds},
          {"n_cells", value.n_cells},
          {"dims", value.dims}};
}

Json values_json(const Evaluation& evaluation, const std::vector<StudyMethod>& methods,
                 const std::vector<MetricInfo>& metrics, const std::string& reduced) {
  Json json = Json::array();
  for (const auto& method : methods)
    for (const auto& metric : metrics) {
      if (const auto value = method_value(evaluation, method.tag, metric.name))
        json.push_back(value_json(method, metric.name, false, *value));
      if (reduced.empty()) continue;
      if (const auto value = value_in_view(evaluation, method.tag, metric.name, reduced))
        json.push_back(value_json(method, metric.name, true, *value));
    }
  return json;
}

/// Scores without a value, with the reason.
Json undefined_json(const Evaluation& evaluation) {
  std::vector<Score> list;
  std::ranges::copy_if(evaluation.scores, std::back_inserter(list),
                       [](const Score& score) { return score.status != ScoreStatus::ok || !score.value; });
  return scores_json(list);
}

Json costs_json(const Evaluation& evaluation, const std::vector<StudyMethod>& methods) {
  Json json = Json::array();
  for (const auto& method : methods)
    if (const auto cost = method_cost(evaluation, method.tag))
      json.push_back({{"tag", method.tag},
                      {"seconds", cost->seconds},
                      {"cells_per_second", cost->cells_per_second},
                      {"peak_bytes", cost->peak_bytes}});
  return json;
}

Json method_losses_json(const std::vector<Loss>& losses, const std::string& tag, std::string_view task) {
  Json json = losses_json(losses);
  for (Json& loss : json) {
    loss["tag"] = tag;
    loss["task"] = task;
  }
  return json;
}

void append(Json& to, Json from) {
  for (Json& item : from) to.push_back(std::move(item));
}

/// Of the data set, of each method's first seed, and of each model's reconstruction.
Json all_losses_json(const StudyDataset& dataset) {
  Json json = method_losses_json(dataset.evaluation.losses, "", "");
  std::vector<std::string> seen;
  for (const auto& result : dataset.evaluation.embeddings) {
    if (std::ranges::find(seen, result.group_tag()) != seen.end()) continue;
    seen.push_back(result.group_tag());
    append(json, method_losses_json(result.losses, result.group_tag(), "embedding"));
  }
  if (dataset.reconstruction)
    for (const auto& result : dataset.reconstruction->results)
      append(json, method_losses_json(result.losses, result.tag, "reconstruction"));
  return json;
}

/// Position of the method whose tag, or whose tag with a seed, this is; the number of methods where none is.
size_t method_position(const std::vector<StudyMethod>& methods, const std::string& tag) {
  size_t found = methods.size();
  for (size_t m = 0; m < methods.size(); ++m) {
    if (methods[m].tag == tag) return m;
    if (tag.starts_with(methods[m].tag + "-s")) found = m;
  }
  return found;
}

Json reconstruction_json(const StudyDataset& dataset, const std::vector<StudyMethod>& methods) {
  if (!dataset.reconstruction) return nullptr;
  const Reconstruction& own = *dataset.reconstruction;
  Json models = Json::array();
  for (const auto& result : own.results)
    models.push_back({{"tag", result.tag},
                      {"model", result.model},
                      {"target", result.target},
                      {"masked", masked_share(result)},
                      {"colour", to_hex(method_colour(method_position(methods, result.tag)))}});
  return {{"n_cells", own.n_cells}, {"models", std::move(models)}, {"scores", scores_json(own.scores)}};
}

void require_lengths(const StudyDataset& dataset) {
  const Evaluation& own = dataset.evaluation;
  const auto require = [&](const char* what, size_t found) {
    if (found != 0 && found != own.n_cells)
      throw Error::internal(
          fmt::format("study report: {} {} for {} cells of {}", found, what, own.n_cells, dataset.name));
  };
  require("labels", own.labels.codes.size());
  require("batches", own.batches.codes.size());
  for (const auto& result : own.embeddings) {
    require("layout rows", result.umap.n_rows());
    require("clusters", result.cluster.size());
  }
}

/// The first layout of each method, in the order of the methods.
Json layouts_json(const Evaluation& evaluation, const std::vector<StudyMethod>& methods,
                  std::span<const uint32_t> rows) {
  Json json = Json::array();
  for (size_t m = 0; m < methods.size(); ++m) {
    const auto found = std::ranges::find_if(evaluation.embeddings, [&](const EmbeddingResult& result) {
      return result.group_tag() == methods[m].tag && result.umap.n_rows() > 0;
    });
    if (found == evaluation.embeddings.end()) continue;
    Json own = {{"tag", methods[m].tag},
                {"seed", found->seed},
                {"dims", found->dims},
                {"colour", to_hex(method_colour(m))}};
    add_layout(own, found->umap, rows);
    add_clusters(own, *found, evaluation.labels, rows);
    own["silhouette_label"] = own["silhouette_batch"] = nullptr;
    json.push_back(std::move(own));
  }
  return json;
}

struct DatasetContext {
  const std::vector<StudyMethod>& methods;
  const std::vector<MetricInfo>& metrics;
  std::string reduced;
  std::vector<const StudyDataset*> independent;
};

Json dataset_json(const StudyDataset& dataset, size_t n_points, const DatasetContext& context) {
  require_lengths(dataset);
  const Evaluation& own = dataset.evaluation;
  const auto rows = points_shown(own.n_cells, n_points);
  return {{"name", dataset.name},
          {"folder", dataset.folder},
          {"variant", to_string(dataset.variant)},
          {"variant_of", dataset.variant_of},
          {"counts", std::ranges::find(context.independent, &dataset) != context.independent.end()},
          {"title", own.title},
          {"n_cells", own.n_cells},
          {"n_genes", own.n_genes},
          {"counts_source", own.counts_source},
          {"label_name", own.label_name},
          {"batch_name", own.batch_name},
          {"n_points", rows.size()},
          {"labels", grouping_json(own.labels, rows)},
          {"batches", grouping_json(own.batches, rows)},
          {"embeddings", layouts_json(own, context.methods, rows)},
          {"values", values_json(own, context.methods, context.metrics, context.reduced)},
          {"undefined", undefined_json(own)},
          {"costs", costs_json(own, context.methods)},
          {"losses", all_losses_json(dataset)},
          {"reconstruction", reconstruction_json(dataset, context.methods)},
          {"warnings", own.warnings}};
}

Json failures_json(const StudyResults& study) {
  Json json = Json::array();
  const auto add = [&](const std::string& dataset, const std::string& tag, const std::string& task,
                       const std::string& message) {
    json.push_back({{"dataset", dataset}, {"tag", tag}, {"task", task}, {"message", message}});
  };
  for (const auto& failure : study.failures) add(failure.dataset, failure.tag, failure.task, failure.message);
  for (const auto& dataset : study.datasets)
    for (const auto& failure : dataset.evaluation.failures) {
      const bool told = std::ranges::any_of(study.failures, [&](const StudyFailure& own) {
        return own.dataset == dataset.name && own.tag == failure.tag;
      });
      if (!told) add(dataset.name, failure.tag, "embedding", failure.message);
    }
  return json;
}

/// The metrics of which any data set has a score, those that no table explains last.
std::vector<MetricInfo> metrics_used(std::span<const MetricInfo> table, const StudyResults& study) {
  std::vector<MetricInfo> used, unknown;
  for (const MetricInfo& metric : table)
    for (const auto& dataset : study.datasets)
      if (std::ranges::any_of(dataset.evaluation.scores,
                              [&](const Score& score) { return score.metric == metric.name; })) {
        used.push_back(metric);
        break;
      }
  for (const auto& dataset : study.datasets)
    for (const Score& score : dataset.evaluation.scores) {
      const auto same = [&](const MetricInfo& own) { return own.name == score.metric; };
      if (std::ranges::any_of(used, same) || std::ranges::any_of(unknown, same)) continue;
      unknown.push_back({score.metric, score.metric, "other", score.direction, 0, 1, "", ""});
    }
  used.insert(used.end(), unknown.begin(), unknown.end());
  return used;
}

std::vector<std::string> conventions_of(const StudyResults& study) {
  std::vector<std::string> found;
  for (const auto& dataset : study.datasets)
    for (const Score& score : dataset.evaluation.scores)
      if (!score.convention.empty() && std::ranges::find(found, score.convention) == found.end())
        found.push_back(score.convention);
  return found;
}

/// Those of the table that a reconstruction has scores in.
std::vector<MetricInfo> reconstruction_metrics(std::span<const MetricInfo> table, const StudyResults& study) {
  std::vector<MetricInfo> used;
  for (const MetricInfo& metric : table) {
    const auto has = [&](const StudyDataset& dataset) {
      return dataset.reconstruction &&
             std::ranges::any_of(dataset.reconstruction->scores,
                                 [&](const Score& score) { return score.metric == metric.name; });
    };
    if (std::ranges::any_of(study.datasets, has)) used.push_back(metric);
  }
  return used;
}

}  // namespace

std::vector<size_t> points_of_datasets(const std::vector<size_t>& n_cells, size_t most) {
  std::vector<size_t> order(n_cells.size()), points(n_cells.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, [&](size_t a, size_t b) { return n_cells[a] < n_cells[b]; });
  size_t left = most;
  for (size_t k = 0; k < order.size(); ++k) {
    const size_t share = left / (order.size() - k);
    points[order[k]] = std::min(n_cells[order[k]], share);
    left -= points[order[k]];
  }
  return points;
}

Json study_payload(const StudyResults& study, const HtmlOptions& options) {
  const auto methods = all_methods(study);
  const auto metrics = metrics_used(options.metrics, study);
  const DatasetContext context{methods, metrics, reduced_suffix(study), independent_datasets(study)};
  std::vector<size_t> n_cells;
  for (const auto& dataset : study.datasets) n_cells.push_back(dataset.evaluation.n_cells);
  const auto n_points = points_of_datasets(n_cells, std::min(options.max_points, kMostPoints));
  Json datasets = Json::array();
  for (size_t d = 0; d < study.datasets.size(); ++d)
    datasets.push_back(dataset_json(study.datasets[d], n_points[d], context));
  return {{"schema", "zerocell-study/1"},
          {"version", ZEROCELL_VERSION},
          {"title", study.title},
          {"reduced", context.reduced},
          {"conventions", conventions_of(study)},
          {"metrics", metrics_json(metrics)},
          {"reconstruction_metrics", metrics_json(reconstruction_metrics(options.metrics, study))},
          {"methods", methods_json(methods)},
          {"datasets", std::move(datasets)},
          {"findings", findings_json(study)},
          {"pairs", pairs_of_methods_json(study, metrics)},
          {"failures", failures_json(study)},
          {"warnings", study.warnings},
          {"stages", stages_json(study.stages)},
          {"provenance", pairs_json(study.provenance)},
          {"figures", figures_json(options.figures)}};
}

}  // namespace zerocell
