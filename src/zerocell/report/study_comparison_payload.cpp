#include <nlohmann/json.hpp>

#include "zerocell/report/payload_parts.h"
#include "zerocell/report/study_payload.h"
#include "zerocell/statistics/study_verdicts.h"

namespace zerocell {
namespace {

using Json = nlohmann::ordered_json;

Json difference_json(const DatasetDifference& own) {
  return {{"dataset", own.dataset},
          {"a", own.a.value},
          {"b", own.b.value},
          {"difference", own.difference},
          {"noise", number_or_null(own.noise)},
          {"noise_a", own.a.noise_from},
          {"noise_b", own.b.noise_from}};
}

Json comparison_json(const MethodComparison& comparison) {
  return {{"a", comparison.a},
          {"b", comparison.b},
          {"median", number_or_null(comparison.median_difference)},
          {"n_better", comparison.n_better},
          {"n_worse", comparison.n_worse},
          {"n_tied", comparison.n_tied},
          {"n_noise_unknown", comparison.n_noise_unknown},
          {"p", number_or_null(comparison.p)},
          {"p_adjusted", number_or_null(comparison.p_adjusted)},
          {"missing", comparison.missing}};
}

Json claim_json(const Claim& claim) {
  Json evidence = Json::array();
  for (const auto& own : claim.evidence) {
    Json differences = Json::array();
    for (const auto& each : own.comparison.each) differences.push_back(difference_json(each));
    evidence.push_back({{"comparison", comparison_json(own.comparison)},
                        {"differences", std::move(differences)},
                        {"verdict", to_string(own.verdict)},
                        {"words", own.words}});
  }
  return {{"statement", claim.statement},        {"metric", claim.metric}, {"suffix", claim.suffix},
          {"verdict", to_string(claim.verdict)}, {"words", claim.words},   {"published", claim.published},
          {"evidence", std::move(evidence)}};
}

}  // namespace

Json findings_json(const StudyResults& study) {
  Json json = Json::array();
  for (const auto& finding : study_verdicts(study)) {
    Json claims = Json::array();
    for (const auto& claim : finding.claims) claims.push_back(claim_json(claim));
    json.push_back({{"number", finding.number},
                    {"title", finding.title},
                    {"verdict", to_string(finding.verdict)},
                    {"words", finding.words},
                    {"claims", std::move(claims)}});
  }
  return json;
}

Json pairs_of_methods_json(const StudyResults& study, std::span<const MetricInfo> metrics) {
  Json json = Json::array();
  std::vector<std::string> suffixes = {""};
  if (auto reduced = reduced_suffix(study); !reduced.empty()) suffixes.push_back(std::move(reduced));
  for (const MetricInfo& metric : metrics)
    for (const std::string& suffix : suffixes) {
      Json rows = Json::array();
      for (const auto& pair : compare_all_methods(study, {metric.name, suffix, metric.direction}))
        rows.push_back(comparison_json(pair));
      if (!rows.empty())
        json.push_back({{"metric", metric.name}, {"reduced", !suffix.empty()}, {"rows", std::move(rows)}});
    }
  return json;
}

}  // namespace zerocell
