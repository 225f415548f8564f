#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "zerocell/statistics/study_claims.h"
#include "zerocell/statistics/verdict_words.h"

namespace zerocell {
namespace {

const Score* score_of(const Reconstruction& reconstruction, std::string_view tag, std::string_view metric) {
  const auto found = std::ranges::find_if(reconstruction.scores, [&](const Score& score) {
    return score.embedding == tag && score.metric == metric && score.status == ScoreStatus::ok &&
           score.value && std::isfinite(*score.value);
  });
  return found == reconstruction.scores.end() ? nullptr : &*found;
}

/// A control, or a run that masks: neither is what the study's findings speak of.
bool takes_part(const StudyResults& study, const ReconstructionResult& result) {
  const auto method =
      std::ranges::find_if(study.methods, [&](const auto& own) { return own.tag == result.tag; });
  if (method != study.methods.end() && is_control(*method)) return false;
  for (const char* word : {"weights=random", "genes=shuffled", "values=shuffled"})
    if (result.options.find(word) != std::string::npos) return false;
  return masked_share(result).empty();
}

/// Tags of the results of `model` in the order of the study's data sets.
std::vector<std::string> tags_of(const ClaimContext& context, std::string_view model) {
  std::vector<std::string> tags;
  for (const auto* dataset : independent_datasets(context.study)) {
    if (!dataset->reconstruction) continue;
    for (const auto& result : dataset->reconstruction->results)
      if (result.model == model && takes_part(context.study, result) &&
          std::ranges::find(tags, result.tag) == tags.end())
        tags.push_back(result.tag);
  }
  return tags;
}

/// Two metrics of one model, of which the claim says that the first is better.
struct MetricPair {
  std::string better, other;
  Direction direction = Direction::lower;
};

ClaimEvidence within_model(const ClaimContext& context, const std::string& tag, const MetricPair& pair) {
  ClaimEvidence out;
  auto& comparison = out.comparison;
  comparison.a = fmt::format("{} ({})", tag, pair.better);
  comparison.b = pair.other;
  for (const auto* dataset : independent_datasets(context.study)) {
    const Score *a = nullptr, *b = nullptr;
    if (dataset->reconstruction) {
      a = score_of(*dataset->reconstruction, tag, pair.better);
      b = score_of(*dataset->reconstruction, tag, pair.other);
    }
    if (a && b)
      comparison.each.push_back(difference_on(dataset->name, noisy(*a), noisy(*b), pair.direction));
    else
      comparison.missing.push_back(dataset->name);
  }
  summarise(comparison);
  return out;
}

Claim within_models(const ClaimContext& context, std::string statement, std::string_view model,
                    const MetricPair& pair) {
  Claim claim{std::move(statement), pair.better, "", Verdict::not_tested, "", {}, true};
  for (const auto& tag : tags_of(context, model)) {
    auto evidence = within_model(context, tag, pair);
    if (!evidence.comparison.each.empty()) claim.evidence.push_back(std::move(evidence));
  }
  if (claim.evidence.empty()) {
    claim.words =
        fmt::format("The study has no reconstruction by {} with pretrained weights, nothing masked.", model);
    return claim;
  }
  judge(claim.evidence, context.options);
  std::vector<Verdict> verdicts;
  for (const auto& own : claim.evidence) verdicts.push_back(own.verdict);
  claim.verdict = combined(verdicts, false);
  claim.words = evidence_words(claim.evidence);
  return claim;
}

Claim near_mean_bin(const ClaimContext& context) {
  Claim claim = within_models(context, "scGPT's GEP predicts little else than the mean bin.", "scgpt",
                              {"mse_gep", "mse_mean", Direction::lower});
  if (claim.evidence.empty()) return claim;
  std::vector<Verdict> verdicts;
  for (auto& own : claim.evidence) {
    std::vector<double> limits;
    for (const auto& each : own.comparison.each)
      limits.push_back(context.options.near_share * std::abs(each.b.value));
    own.verdict = verdict_of_nearness(own.comparison, limits, context.options);
    verdicts.push_back(own.verdict);
  }
  claim.verdict = combined(verdicts, false);
  claim.words = fmt::format(
      "Near: the squared error is at most {:.0f} % away from that of the mean bin, noise included, on every "
      "data set. {}",
      100 * context.options.near_share, evidence_words(claim.evidence));
  return claim;
}

}  // namespace

std::vector<Claim> reconstruction_claims(const ClaimContext& context) {
  std::vector<Claim> claims;
  claims.push_back(near_mean_bin(context));
  claims.push_back(within_models(
      context, "scGPT predicts bins better given the cell embedding (GEPC) than from the gene token (GEP).",
      "scgpt", {"mse_gepc", "mse_gep", Direction::lower}));
  claims.push_back(within_models(
      context,
      "Geneformer predicts a cell's ranks better than each gene's average rank over the other cells.",
      "geneformer", {"rank_correlation", "rank_correlation_mean_rank_loo", Direction::higher}));
  claims.back().published = false;  // the study gives the correlations and draws no conclusion
  return claims;
}

}  // namespace zerocell
