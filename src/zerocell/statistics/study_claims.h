#pragma once
#include <optional>
#include <string>
#include <vector>

#include "zerocell/core/study_results.h"
#include "zerocell/statistics/study_roles.h"
#include "zerocell/statistics/study_verdicts.h"

namespace zerocell {

/// Two methods of which the claim says that the first is better.
struct MethodPair {
  const StudyMethod* better = nullptr;
  const StudyMethod* other = nullptr;
};

/// What all claims of one study are made from.
struct ClaimContext {
  const StudyResults& study;
  const VerdictOptions& options;
  std::string reduced;  ///< reduced_suffix
};

/// A claim that the first of each pair is better in `metric`, p adjusted over the pairs. `one_refutes`: one
/// pair to the contrary refutes it. `lacking` says what is missing where there are no pairs.
Claim ordered_claim(const ClaimContext& context, std::string statement, const ComparedMetric& metric,
                    const std::vector<MethodPair>& pairs, bool one_refutes, const std::string& lacking);

/// No model beats all baselines: confirmed where each is worse than each, refuted where one is better than
/// all.
Claim no_model_wins(const ClaimContext& context, const ComparedMetric& metric, const MethodList& models,
                    const MethodList& baselines);

/// Of each pair, both values are at most VerdictOptions::near apart.
Claim near_claim(const ClaimContext& context, std::string statement, const ComparedMetric& metric,
                 const std::vector<MethodPair>& pairs, const std::string& lacking);

/// Whether any pair that is decided in full dimensions is decided the other way in reduced ones.
Claim order_changes(const ClaimContext& context, const ComparedMetric& metric, const MethodList& methods);

/// The claims on reconstruction: GEP near the mean bin, GEPC better than GEP, ranks better than mean ranks.
std::vector<Claim> reconstruction_claims(const ClaimContext& context);

/// Adjusts p over the evidence and gives each its verdict and words.
void judge(std::vector<ClaimEvidence>& evidence, const VerdictOptions& options);
/// Counts of the evidence's verdicts, and its own sentences where they are few.
std::string evidence_words(const std::vector<ClaimEvidence>& evidence);

}  // namespace zerocell
