#include "zerocell/statistics/study_claims.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "zerocell/statistics/sign_flip.h"
#include "zerocell/statistics/verdict_words.h"

namespace zerocell {
namespace {

constexpr size_t kMostSentences = 6;

std::vector<Verdict> verdicts_of(const std::vector<ClaimEvidence>& evidence) {
  std::vector<Verdict> out;
  for (const auto& own : evidence) out.push_back(own.verdict);
  return out;
}

Claim empty_claim(std::string statement, const ComparedMetric& metric, const std::string& lacking) {
  return {std::move(statement), metric.name, metric.suffix, Verdict::not_tested, lacking, {}, true};
}

ClaimEvidence compared(const ClaimContext& context, const ComparedMetric& metric, const MethodPair& pair) {
  ClaimEvidence out;
  out.comparison = compare_methods(context.study, pair.better->tag, pair.other->tag, metric);
  return out;
}

}  // namespace

void judge(std::vector<ClaimEvidence>& evidence, const VerdictOptions& options) {
  std::vector<std::optional<double>> p;
  for (const auto& own : evidence) p.push_back(own.comparison.p);
  const auto adjusted = holm_adjusted(p);
  for (size_t i = 0; i < evidence.size(); ++i) {
    auto& own = evidence[i];
    own.comparison.p_adjusted = adjusted[i];
    own.verdict = verdict_of(own.comparison, options);
    own.words = comparison_words(own.comparison, options);
  }
}

std::string evidence_words(const std::vector<ClaimEvidence>& evidence) {
  std::vector<std::string> parts;
  for (const auto verdict :
       {Verdict::confirmed, Verdict::refuted, Verdict::not_distinguishable, Verdict::not_tested})
    if (const auto n = std::ranges::count(verdicts_of(evidence), verdict); n > 0)
      parts.push_back(fmt::format("{} {}", n, to_string(verdict)));
  std::string out;
  if (evidence.size() > 1)
    out = fmt::format("{}: {}.", plural_text(evidence.size(), "comparison"), list_text(parts));
  if (evidence.size() <= kMostSentences)
    for (const auto& own : evidence) out += (out.empty() ? "" : " ") + own.words;
  const bool too_few = std::ranges::any_of(evidence, [](const auto& own) {
    return !own.comparison.each.empty() && own.comparison.each.size() < kSignFlipFewest;
  });
  if (too_few)
    out += fmt::format(" No p-values below {} data sets: no outcome of a sign-flip test could reach 0.05.",
                       kSignFlipFewest);
  const bool none_known = std::ranges::all_of(evidence, [](const auto& own) {
    return own.verdict == Verdict::not_tested && !own.comparison.each.empty();
  });
  if (!evidence.empty() && none_known)
    out +=
        " The size of the noise is not known: the metric has no interval, and no method was run with "
        "several seeds.";
  return out;
}

Claim ordered_claim(const ClaimContext& context, std::string statement, const ComparedMetric& metric,
                    const std::vector<MethodPair>& pairs, bool one_refutes, const std::string& lacking) {
  Claim claim = empty_claim(std::move(statement), metric, lacking);
  if (pairs.empty()) return claim;
  for (const auto& pair : pairs) claim.evidence.push_back(compared(context, metric, pair));
  judge(claim.evidence, context.options);
  claim.verdict = combined(verdicts_of(claim.evidence), one_refutes);
  claim.words = evidence_words(claim.evidence);
  return claim;
}

Claim no_model_wins(const ClaimContext& context, const ComparedMetric& metric, const MethodList& models,
                    const MethodList& baselines) {
  std::vector<MethodPair> pairs;
  for (const auto* model : models)
    for (const auto* baseline : baselines) pairs.push_back({baseline, model});
  const std::string lacking =
      models.empty() ? "The study has no pretrained model." : "The study has neither HVG nor scVI.";
  Claim claim = ordered_claim(
      context, fmt::format("No foundation model beats HVG and scVI by {}.", metric_words(metric.name)),
      metric, pairs, false, lacking);
  // A model beats the baselines only where it beats every one of them.
  for (const auto* model : models) {
    std::vector<Verdict> own;
    for (const auto& evidence : claim.evidence)
      if (evidence.comparison.b == model->tag) own.push_back(evidence.verdict);
    if (!own.empty() && combined(own, false) == Verdict::refuted) {
      claim.verdict = Verdict::refuted;
      claim.words =
          fmt::format("{} beats every baseline that it was compared with. {}", model->tag, claim.words);
    }
  }
  return claim;
}

Claim near_claim(const ClaimContext& context, std::string statement, const ComparedMetric& metric,
                 const std::vector<MethodPair>& pairs, const std::string& lacking) {
  Claim claim = empty_claim(std::move(statement), metric, lacking);
  if (pairs.empty()) return claim;
  for (const auto& pair : pairs) claim.evidence.push_back(compared(context, metric, pair));
  judge(claim.evidence, context.options);
  for (auto& own : claim.evidence) {
    const std::vector<double> limits(own.comparison.each.size(), context.options.near);
    own.verdict = verdict_of_nearness(own.comparison, limits, context.options);
  }
  claim.verdict = combined(verdicts_of(claim.evidence), false);
  claim.words = fmt::format("Near: at most {} apart, noise included, on every data set. {}",
                            context.options.near, evidence_words(claim.evidence));
  return claim;
}

Claim order_changes(const ClaimContext& context, const ComparedMetric& metric, const MethodList& methods) {
  Claim claim = empty_claim(
      fmt::format("The order of methods by {} is another in reduced dimensions.", metric_words(metric.name)),
      metric, context.reduced.empty() ? "No scores in reduced dimensions." : "Fewer than two methods.");
  claim.suffix = context.reduced;
  if (context.reduced.empty() || methods.size() < 2) return claim;
  ComparedMetric full = metric, reduced = metric;
  full.suffix = "";
  reduced.suffix = context.reduced;
  std::vector<ClaimEvidence> before;
  for (size_t a = 0; a < methods.size(); ++a)
    for (size_t b = a + 1; b < methods.size(); ++b) {
      before.push_back(compared(context, full, {methods[a], methods[b]}));
      claim.evidence.push_back(compared(context, reduced, {methods[a], methods[b]}));
    }
  judge(before, context.options);
  judge(claim.evidence, context.options);
  const auto decided = [](Verdict verdict) {
    return verdict == Verdict::confirmed || verdict == Verdict::refuted;
  };
  size_t n_decided = 0, n_tested = 0;
  std::vector<std::string> turned;
  for (size_t i = 0; i < before.size(); ++i) {
    auto& after = claim.evidence[i];
    const auto [was, is] = std::pair{before[i].verdict, after.verdict};
    if (was != Verdict::not_tested && is != Verdict::not_tested) ++n_tested;
    after.words = "Full dimensions: " + before[i].words + " Reduced: " + after.words;
    if (!decided(was) || !decided(is)) {
      if (is != Verdict::not_tested) after.verdict = Verdict::not_distinguishable;
      continue;
    }
    ++n_decided;
    after.verdict = was == is ? Verdict::refuted : Verdict::confirmed;
    if (was != is) turned.push_back(fmt::format("{} and {}", after.comparison.a, after.comparison.b));
  }
  if (n_tested == 0) {
    claim.words = "No pair of methods has values with known noise in full and in reduced dimensions.";
    return claim;
  }
  claim.verdict = !turned.empty()                      ? Verdict::confirmed
                  : n_decided == claim.evidence.size() ? Verdict::refuted
                                                       : Verdict::not_distinguishable;
  claim.words =
      fmt::format("{} of {} are decided in full and in reduced dimensions; {} of them change places{}.",
                  n_decided, plural_text(claim.evidence.size(), "pair"), turned.size(),
                  turned.empty() ? "" : " (" + list_text(turned) + ")");
  return claim;
}

}  // namespace zerocell
