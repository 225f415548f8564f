#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "zerocell/core/study_results.h"
#include "zerocell/statistics/method_comparison.h"

namespace zerocell {

/// What a study says of a claim. The rules are in docs/study-verdicts.md.
enum class Verdict {
  confirmed,            ///< on every data set, each time beyond its noise
  refuted,              ///< the opposite, as firmly
  not_distinguishable,  ///< tested, and neither
  not_tested            ///< methods, data sets or the knowledge of noise are missing
};
std::string to_string(Verdict verdict);  ///< "confirmed", "refuted", "not distinguishable", "not tested"

struct VerdictOptions {
  size_t min_datasets = 3;  ///< fewer decide nothing
  double significance = 0.05;
  double near = 0.05;        ///< "near" in scores: at most so far apart
  double near_share = 0.10;  ///< "near" in errors: at most this share of the baseline's
};

/// One comparison that a claim rests on.
struct ClaimEvidence {
  MethodComparison comparison;  ///< oriented so that differences above 0 speak for the claim, but for "near"
  Verdict verdict = Verdict::not_tested;
  std::string words;
};

/// One sentence that can be true or false, and what this study says of it.
struct Claim {
  std::string statement;
  std::string metric;  ///< name; "" where it rests on several
  std::string suffix;  ///< "/pc30" in reduced dimensions
  Verdict verdict = Verdict::not_tested;
  std::string words;  ///< why, with numbers
  std::vector<ClaimEvidence> evidence;
  bool published = true;  ///< false: asked besides, and without a say in the finding's verdict
};

/// One finding of the published study with the claims that it is made of.
struct Finding {
  int number = 0;
  std::string title;
  Verdict verdict = Verdict::not_tested;
  std::string words;
  std::vector<Claim> claims;  ///< the first is the finding's core
};

/// Of one comparison whose differences above 0 speak for the claim. Confirmed (refuted): at least
/// `min_datasets`, all differences above (below) 0 and each beyond its own noise; or, from six data sets on,
/// p_adjusted at most `significance`, the median difference above (below) 0 and more data sets for than
/// against. Not tested: no data set, or neither a difference whose noise is known nor a p-value.
Verdict verdict_of(const MethodComparison& comparison, const VerdictOptions& options = {});

/// Of the claim that both values are near each other: confirmed where |difference| + noise <= limit on every
/// data set, refuted where |difference| - noise > limit on every one. `limits` are as many as
/// comparison.each.
Verdict verdict_of_nearness(const MethodComparison& comparison, const std::vector<double>& limits,
                            const VerdictOptions& options = {});

/// Of several verdicts, those not tested left out: confirmed where all are; refuted where all are, or where
/// one is and `one_refutes`.
Verdict combined(const std::vector<Verdict>& verdicts, bool one_refutes);

/// The four findings of Kedzierska et al. 2025 in their order, each with a verdict and why. A finding whose
/// first claim was not tested is not tested; else it is combined(published claims, false). Which method plays
/// which part is read from StudyMethod::method, control_of and control; variants of scGPT by the words
/// kidney, blood and human in the tag or the model's folder.
std::vector<Finding> study_verdicts(const StudyResults& study, const VerdictOptions& options = {});

}  // namespace zerocell
