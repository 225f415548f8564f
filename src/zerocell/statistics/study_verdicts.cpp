#include "zerocell/statistics/study_verdicts.h"

#include <fmt/format.h>

#include <algorithm>

#include "zerocell/statistics/study_claims.h"
#include "zerocell/statistics/verdict_words.h"

namespace zerocell {
namespace {

const ComparedMetric kAsw{"asw_label", "", Direction::higher};
const ComparedMetric kAvgBio{"avg_bio", "", Direction::higher};
const ComparedMetric kBatch{"asw_batch", "", Direction::higher};

Finding clustering(const ClaimContext& context) {
  const auto models = methods_where(context.study, is_foundation_model);
  auto baselines = methods_called(context.study, "hvg");
  for (const auto* method : methods_called(context.study, "scvi")) baselines.push_back(method);
  Finding finding{1, "Foundation models do not beat HVG and scVI at clustering", {}, "", {}};
  for (const auto& metric : {kAsw, kAvgBio})
    finding.claims.push_back(no_model_wins(context, metric, models, baselines));
  return finding;
}

/// Variants with more pretraining data and those with less.
std::vector<MethodPair> by_pretraining(const MethodList& variants) {
  std::vector<MethodPair> pairs;
  for (const auto* less : variants)
    for (const auto* more : variants)
      if (pretraining_cells(*less) > 0 && pretraining_cells(*less) < pretraining_cells(*more))
        pairs.push_back({less, more});
  return pairs;
}

/// Untrained weights and the pretrained ones that they stand against.
std::vector<MethodPair> against_untrained(const StudyResults& study) {
  std::vector<MethodPair> pairs;
  for (const auto& control : study.methods) {
    if (control.control != "weights") continue;
    const auto of =
        std::ranges::find_if(study.methods, [&](const auto& own) { return own.tag == control.control_of; });
    if (of != study.methods.end()) pairs.push_back({&control, &*of});
  }
  return pairs;
}

Finding pretraining(const ClaimContext& context) {
  Finding finding{2, "More pretraining data does not help", {}, "", {}};
  const auto variants = methods_called(context.study, "scgpt");
  finding.claims.push_back(
      ordered_claim(context, "More pretraining cells do not make scGPT better by AvgBIO.", kAvgBio,
                    by_pretraining(variants), false,
                    "The study has no two scGPT models whose tags or folders say kidney, blood or human."));
  const auto pairs = against_untrained(context.study);
  const std::string lacking = "No model was run with untrained weights beside its own.";
  std::vector<MethodPair> blood;
  std::ranges::copy_if(pairs, std::back_inserter(blood),
                       [](const auto& pair) { return pretraining_cells(*pair.other) == 10.3e6; });
  finding.claims.push_back(near_claim(context, "scGPT blood is near its untrained weights by AvgBIO.",
                                      kAvgBio, blood,
                                      "No scGPT blood was run with untrained weights beside its own."));
  for (const auto& metric : {kAsw, kAvgBio}) {
    finding.claims.push_back(ordered_claim(
        context,
        fmt::format("Pretrained weights do not beat untrained ones by {}.", metric_words(metric.name)),
        metric, pairs, false, lacking));
    finding.claims.back().published = false;
  }
  return finding;
}

Finding batches(const ClaimContext& context) {
  Finding finding{3,
                  "Geneformer's space is driven by batch; HVG scores best in full dimensions, and the order "
                  "changes in reduced ones",
                  {},
                  "",
                  {}};
  const auto no_control = methods_where(context.study, [](const auto& own) { return !is_control(own); });
  const auto geneformers = methods_called(context.study, "geneformer");
  const auto hvgs = methods_called(context.study, "hvg");
  const auto others = [&](std::string_view name) {
    MethodList out;
    std::ranges::copy_if(no_control, std::back_inserter(out),
                         [&](const auto* own) { return own->method != name; });
    return out;
  };
  std::vector<MethodPair> worse, best;
  for (const auto* geneformer : geneformers)
    for (const auto* other : others("geneformer")) worse.push_back({other, geneformer});
  for (const auto* hvg : hvgs)
    for (const auto* other : others("hvg")) best.push_back({hvg, other});
  finding.claims.push_back(
      ordered_claim(context, "Geneformer mixes batches worse than every other method by ASW batch.", kBatch,
                    worse, false, "The study has no Geneformer, or nothing beside it."));
  finding.claims.push_back(ordered_claim(
      context, "HVG mixes batches better than every other method by ASW batch, in full dimensions.", kBatch,
      best, true, "The study has no HVG, or nothing beside it."));
  finding.claims.push_back(order_changes(context, kBatch, no_control));
  return finding;
}

Finding reconstruction(const ClaimContext& context) {
  Finding finding{4,
                  "scGPT's GEP is close to the mean bin, GEPC slightly better; Geneformer's ranks against "
                  "average ranks",
                  {},
                  "",
                  {}};
  finding.claims = reconstruction_claims(context);
  return finding;
}

/// "1 confirmed and 2 not tested"
std::string verdicts_text(const std::vector<Verdict>& verdicts) {
  std::vector<std::string> parts;
  for (const auto verdict :
       {Verdict::confirmed, Verdict::refuted, Verdict::not_distinguishable, Verdict::not_tested})
    if (const auto n = std::ranges::count(verdicts, verdict); n > 0)
      parts.push_back(fmt::format("{} {}", n, to_string(verdict)));
  return list_text(parts);
}

void conclude(Finding& finding) {
  std::vector<Verdict> published, besides;
  for (const auto& claim : finding.claims) (claim.published ? published : besides).push_back(claim.verdict);
  const bool has_core = published.front() != Verdict::not_tested;
  finding.verdict = has_core ? combined(published, false) : Verdict::not_tested;
  finding.words =
      fmt::format("Of {}: {}.", plural_text(published.size(), "published claim"), verdicts_text(published));
  if (!has_core) finding.words += " The first is the finding's core, so the finding was not tested.";
  if (!besides.empty()) finding.words += fmt::format(" Asked besides: {}.", verdicts_text(besides));
}

}  // namespace

std::vector<Finding> study_verdicts(const StudyResults& study, const VerdictOptions& options) {
  const ClaimContext context{study, options, reduced_suffix(study)};
  std::vector<Finding> findings = {clustering(context), pretraining(context), batches(context),
                                   reconstruction(context)};
  for (auto& finding : findings) conclude(finding);
  return findings;
}

}  // namespace zerocell
