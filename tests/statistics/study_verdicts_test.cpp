#include "zerocell/statistics/study_verdicts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "zerocell/statistics/study_roles.h"

namespace zerocell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

StudyMethod method(std::string tag, std::string name, bool is_model = false) {
  StudyMethod out;
  out.tag = tag;
  out.spec = tag + "@" + name;
  out.method = std::move(name);
  out.is_model = is_model;
  return out;
}

StudyMethod control(std::string tag, const StudyMethod& of, std::string what = "weights") {
  StudyMethod out = method(std::move(tag), of.method, true);
  out.control_of = of.tag;
  out.control = std::move(what);
  return out;
}

struct Value {
  double value;
  double arm = -1;  ///< of its interval; negative: none
};

Score score(const std::string& embedding, const std::string& metric, Value value) {
  Score out;
  out.embedding = embedding;
  out.metric = metric;
  out.value = value.value;
  if (value.arm >= 0) {
    out.low = value.value - value.arm;
    out.high = value.value + value.arm;
  }
  return out;
}

/// A study whose data sets d0, d1 ... hold one value a method, in the order of `study.methods`.
void add_dataset(StudyResults& study, const std::string& metric, const std::vector<Value>& values,
                 const std::string& suffix = "") {
  StudyDataset dataset;
  dataset.name = "d" + std::to_string(study.datasets.size());
  for (size_t m = 0; m < values.size(); ++m) {
    EmbeddingResult result;
    result.tag = study.methods[m].tag;
    dataset.evaluation.embeddings.push_back(result);
    dataset.evaluation.scores.push_back(score(result.tag + suffix, metric, values[m]));
  }
  study.datasets.push_back(std::move(dataset));
}

MethodComparison comparison_of(const std::vector<std::pair<double, double>>& differences_and_noise) {
  MethodComparison out{"a", "b", {}, {}, {}, 0, 0, 0, 0, {}, {}};
  for (const auto& [difference, noise] : differences_and_noise) {
    DatasetDifference own;
    own.difference = difference;
    if (noise >= 0) own.noise = noise;
    out.each.push_back(own);
  }
  summarise(out);
  out.p_adjusted = out.p;
  return out;
}

TEST(NoisyValue, SeedsGiveTheIntervalOfTheirMean) {
  MethodValue value;
  value.mean = 0.5;
  value.n_seeds = 4;
  value.sd = 0.02;
  // t(0.975, 3) = 3.18245; 3.18245 * 0.02 / 2
  EXPECT_NEAR(*noisy(value).noise, 0.0318245, 1e-6);
  EXPECT_EQ(noisy(value).noise_from, "seeds");
}

TEST(NoisyValue, TheLongerArmOfAnInterval) {
  MethodValue value;
  value.mean = 0.5;
  value.low = 0.45;
  value.high = 0.52;
  EXPECT_NEAR(*noisy(value).noise, 0.05, 1e-12);
  value.high.reset();
  EXPECT_FALSE(noisy(value).noise);
  EXPECT_EQ(noisy(value).noise_from, "");
}

TEST(DatasetDifference, DirectionAndNoise) {
  const NoisyValue a{0.5, 0.03, "seeds"}, b{0.4, 0.04, "interval"}, bare{0.4, {}, ""};
  const auto higher = difference_on("d", a, b, Direction::higher);
  EXPECT_NEAR(higher.difference, 0.1, 1e-12);
  EXPECT_NEAR(*higher.noise, 0.05, 1e-12);  // 3-4-5
  EXPECT_TRUE(higher.is_beyond_noise());
  EXPECT_NEAR(difference_on("d", a, b, Direction::lower).difference, -0.1, 1e-12);
  EXPECT_NEAR(*difference_on("d", a, bare, Direction::higher).noise, 0.03, 1e-12);
  EXPECT_FALSE(difference_on("d", bare, bare, Direction::higher).noise);
  EXPECT_FALSE(difference_on("d", bare, bare, Direction::higher).is_beyond_noise());
}

TEST(MethodComparison, CountsMedianAndP) {
  const auto c = comparison_of({{0.1, 0.05}, {-0.2, 0.05}, {0.02, 0.05}, {0.3, -1}, {0.0, -1}});
  EXPECT_EQ(c.n_better, 2u);
  EXPECT_EQ(c.n_worse, 1u);
  EXPECT_EQ(c.n_tied, 2u);
  EXPECT_EQ(c.n_noise_unknown, 1u);
  EXPECT_DOUBLE_EQ(*c.median_difference, 0.02);
  EXPECT_FALSE(c.p);  // five data sets
}

TEST(VerdictOf, NeedsEveryDataSetBeyondItsNoise) {
  EXPECT_EQ(verdict_of(comparison_of({{0.1, 0.05}, {0.2, 0.05}, {0.3, 0.05}})), Verdict::confirmed);
  EXPECT_EQ(verdict_of(comparison_of({{-0.1, 0.05}, {-0.2, 0.05}, {-0.3, 0.05}})), Verdict::refuted);
  EXPECT_EQ(verdict_of(comparison_of({{0.1, 0.05}, {0.2, 0.05}, {0.04, 0.05}})),
            Verdict::not_distinguishable);
  EXPECT_EQ(verdict_of(comparison_of({{0.1, 0.05}, {0.2, 0.05}, {-0.3, 0.05}})),
            Verdict::not_distinguishable);
  // One data set whose noise is not known spoils the rule, though its sign agrees.
  EXPECT_EQ(verdict_of(comparison_of({{0.1, 0.05}, {0.2, 0.05}, {0.3, -1}})), Verdict::not_distinguishable);
}

TEST(VerdictOf, TooFewOrNothingKnown) {
  EXPECT_EQ(verdict_of(comparison_of({{0.1, 0.05}, {0.2, 0.05}})), Verdict::not_distinguishable);
  EXPECT_EQ(verdict_of(comparison_of({{0.1, -1}, {0.2, -1}, {0.3, -1}})), Verdict::not_tested);
  EXPECT_EQ(verdict_of(comparison_of({})), Verdict::not_tested);
}

TEST(VerdictOf, FromSixDataSetsOnTheTestMayDecide) {
  // Within noise each, but all six of one sign: p = 2 / 64.
  const std::vector<std::pair<double, double>> all(6, {0.02, 0.05});
  EXPECT_EQ(verdict_of(comparison_of(all)), Verdict::not_distinguishable);  // none is better beyond noise
  std::vector<std::pair<double, double>> some = all;
  some[0] = {0.08, 0.05};
  EXPECT_EQ(verdict_of(comparison_of(some)), Verdict::confirmed);
  auto many = comparison_of(some);
  many.p_adjusted = 0.06;  // after correction for other comparisons
  EXPECT_EQ(verdict_of(many), Verdict::not_distinguishable);
  // Without any noise known the test over data sets stands alone.
  EXPECT_EQ(verdict_of(comparison_of(std::vector<std::pair<double, double>>(6, {-0.02, -1}))),
            Verdict::refuted);
}

TEST(VerdictOfNearness, NoiseCountsAgainstIt) {
  const auto close = comparison_of({{0.01, 0.02}, {-0.02, 0.02}, {0.0, 0.01}});
  EXPECT_EQ(verdict_of_nearness(close, {0.05, 0.05, 0.05}), Verdict::confirmed);
  EXPECT_EQ(verdict_of_nearness(close, {0.05, 0.03, 0.05}), Verdict::not_distinguishable);
  const auto far = comparison_of({{0.2, 0.02}, {-0.2, 0.02}, {0.3, 0.01}});
  EXPECT_EQ(verdict_of_nearness(far, {0.05, 0.05, 0.05}), Verdict::refuted);
  EXPECT_EQ(verdict_of_nearness(comparison_of({{0, -1}, {0, -1}, {0, -1}}), {1, 1, 1}), Verdict::not_tested);
}

TEST(Combined, LeavesOutWhatWasNotTested) {
  using enum Verdict;
  EXPECT_EQ(combined({}, true), not_tested);
  EXPECT_EQ(combined({not_tested, not_tested}, true), not_tested);
  EXPECT_EQ(combined({confirmed, not_tested}, false), confirmed);
  EXPECT_EQ(combined({confirmed, not_distinguishable}, false), not_distinguishable);
  EXPECT_EQ(combined({refuted, refuted}, false), refuted);
  EXPECT_EQ(combined({confirmed, refuted}, false), not_distinguishable);
  EXPECT_EQ(combined({confirmed, refuted}, true), refuted);
}

TEST(IndependentDatasets, VariantsAreNoFurtherEvidence) {
  StudyResults study;
  for (const auto& [name, variant, of] : {std::tuple{"a sample", StudyVariant::sample, "a"},
                                          {"a", StudyVariant::whole, ""},
                                          {"b without", StudyVariant::without_overlap, "b"},
                                          {"c", StudyVariant::whole, ""},
                                          {"c without", StudyVariant::without_overlap, "c"}}) {
    StudyDataset dataset;
    dataset.name = name;
    dataset.variant = variant;
    dataset.variant_of = of;
    study.datasets.push_back(dataset);
  }
  std::vector<std::string> names;
  for (const auto* dataset : independent_datasets(study)) names.push_back(dataset->name);
  EXPECT_THAT(names, ElementsAre("a", "b without", "c"));
}

TEST(ValueInView, FewDimensionsStandForThemselves) {
  Evaluation evaluation;
  for (const char* tag : {"small", "large"}) {
    EmbeddingResult result;
    result.tag = tag;
    evaluation.embeddings.push_back(result);
    evaluation.scores.push_back(score(tag, "nmi", {0.5}));
    evaluation.scores.back().dims = tag == std::string("small") ? 10 : 512;
  }
  EXPECT_DOUBLE_EQ(value_in_view(evaluation, "small", "nmi", "/pc30")->mean, 0.5);
  EXPECT_FALSE(value_in_view(evaluation, "large", "nmi", "/pc30"));
}

/// Three data sets with hvg, scvi and a model by ASW.
StudyResults asw_study(double of_model, double arm = 0.01) {
  StudyResults study;
  study.methods = {method("hvg", "hvg"), method("scvi", "scvi", true), method("gf", "geneformer", true)};
  for (int d = 0; d < 3; ++d) add_dataset(study, "asw_label", {{0.5, arm}, {0.54, arm}, {of_model, arm}});
  return study;
}

TEST(StudyVerdicts, FoundationModelsAgainstBaselines) {
  const auto worse = study_verdicts(asw_study(0.4))[0];
  EXPECT_EQ(worse.verdict, Verdict::confirmed);  // avg_bio was not measured: not tested, left out
  EXPECT_EQ(worse.claims[0].verdict, Verdict::confirmed);
  EXPECT_EQ(worse.claims[1].verdict, Verdict::not_tested);
  ASSERT_EQ(worse.claims[0].evidence.size(), 2u);
  EXPECT_NEAR(*worse.claims[0].evidence[0].comparison.median_difference, 0.1, 1e-12);
  EXPECT_THAT(worse.claims[0].words,
              HasSubstr("hvg against gf: better on 3 of 3 data sets, median difference 0.100"));
  EXPECT_THAT(worse.claims[0].words, HasSubstr("No p-values below 6 data sets"));
  EXPECT_EQ(worse.words, "Of 2 published claims: 1 confirmed and 1 not tested.");
  EXPECT_EQ(study_verdicts(asw_study(0.6))[0].verdict, Verdict::refuted);
  // Better than HVG, worse than scVI: it does not beat both, and is not beaten by both.
  EXPECT_EQ(study_verdicts(asw_study(0.52, 0.01))[0].verdict, Verdict::not_distinguishable);
  EXPECT_EQ(study_verdicts(asw_study(0.4, 0.2))[0].verdict, Verdict::not_distinguishable);
}

TEST(StudyVerdicts, OneModelThatWinsRefutes) {
  StudyResults study = asw_study(0.4);
  study.methods.push_back(method("winner", "scgpt", true));
  for (auto& dataset : study.datasets) {
    EmbeddingResult result;
    result.tag = "winner";
    dataset.evaluation.embeddings.push_back(result);
    dataset.evaluation.scores.push_back(score("winner", "asw_label", {0.7, 0.01}));
  }
  const auto finding = study_verdicts(study)[0];
  EXPECT_EQ(finding.verdict, Verdict::refuted);
  EXPECT_THAT(finding.claims[0].words, HasSubstr("winner beats every baseline"));
}

TEST(StudyVerdicts, PretrainingBySizeAndAgainstUntrainedWeights) {
  StudyResults study;
  study.methods = {method("kidney", "scgpt", true), method("human", "scgpt", true),
                   method("blood", "scgpt", true)};
  study.methods.push_back(control("random", study.methods[2]));
  for (int d = 0; d < 3; ++d)
    add_dataset(study, "avg_bio", {{0.52, 0.01}, {0.44, 0.01}, {0.48, 0.01}, {0.47, 0.01}});
  const auto finding = study_verdicts(study)[1];
  EXPECT_EQ(finding.claims[0].verdict, Verdict::confirmed);
  EXPECT_EQ(finding.claims[0].evidence.size(), 3u);          // kidney-human, kidney-blood, blood-human
  EXPECT_EQ(finding.claims[1].verdict, Verdict::confirmed);  // 0.01 + 0.0141 <= 0.05
  EXPECT_EQ(finding.claims[3].verdict, Verdict::not_distinguishable);
  // What was asked besides has no say.
  EXPECT_FALSE(finding.claims[3].published);
  EXPECT_EQ(finding.verdict, Verdict::confirmed);
}

TEST(StudyVerdicts, AFindingWhoseCoreWasNotTestedIsNotTested) {
  StudyResults study;
  study.methods = {method("blood", "scgpt", true)};
  study.methods.push_back(control("random", study.methods[0]));
  for (int d = 0; d < 3; ++d) add_dataset(study, "avg_bio", {{0.48, 0.01}, {0.47, 0.01}});
  const auto finding = study_verdicts(study)[1];
  EXPECT_EQ(finding.claims[0].verdict, Verdict::not_tested);
  EXPECT_EQ(finding.claims[1].verdict, Verdict::confirmed);
  EXPECT_EQ(finding.verdict, Verdict::not_tested);
  EXPECT_THAT(finding.words, HasSubstr("the finding's core"));
}

TEST(StudyVerdicts, WordsForVariantsComeFromTagOrFolder) {
  StudyMethod own = method("x", "scgpt", true);
  EXPECT_EQ(pretraining_cells(own), 0);
  own.spec = "x@scgpt='models/blood/scGPT_Kidney/':route=A";
  EXPECT_EQ(pretraining_cells(own), 814e3);
  own.tag = "whole-human";
  EXPECT_EQ(pretraining_cells(own), 33e6);
  own.tag = "human blood";
  own.spec = "scgpt=human_blood";
  EXPECT_EQ(pretraining_cells(own), 0);
  EXPECT_EQ(pretraining_cells(method("blood", "geneformer", true)), 0);
}

TEST(StudyVerdicts, BatchesAndTheirOrderInReducedDimensions) {
  StudyResults study;
  study.methods = {method("hvg", "hvg"), method("gf", "geneformer", true), method("scvi", "scvi", true)};
  for (int d = 0; d < 3; ++d) {
    add_dataset(study, "asw_batch", {{0.95, 0.01}, {0.79, 0.01}, {0.9, 0.01}});
    auto& scores = study.datasets.back().evaluation.scores;
    scores.push_back(score("hvg/pc30", "asw_batch", {0.85, 0.01}));
    scores.push_back(score("gf/pc30", "asw_batch", {0.78, 0.01}));
    scores.push_back(score("scvi/pc30", "asw_batch", {0.91, 0.01}));
  }
  const auto finding = study_verdicts(study)[2];
  EXPECT_EQ(finding.claims[0].verdict, Verdict::confirmed);
  EXPECT_EQ(finding.claims[1].verdict, Verdict::confirmed);
  EXPECT_EQ(finding.claims[2].verdict, Verdict::confirmed);
  EXPECT_EQ(finding.claims[2].suffix, "/pc30");
  EXPECT_THAT(finding.claims[2].words, HasSubstr("1 of them change places (hvg and scvi)"));
  EXPECT_EQ(finding.verdict, Verdict::confirmed);
}

TEST(StudyVerdicts, Reconstruction) {
  StudyResults study;
  study.methods = {method("human", "scgpt", true), method("gf", "geneformer", true)};
  study.methods.push_back(control("noise", study.methods[0]));
  for (int d = 0; d < 3; ++d) {
    StudyDataset dataset;
    dataset.name = "d" + std::to_string(d);
    Reconstruction& own = dataset.reconstruction.emplace();
    for (const auto& [tag, model, options] : {std::tuple{"human", "scgpt", "scgpt:seed=0,mask=none"},
                                              {"masked", "scgpt", "scgpt:seed=0,mask=0.15"},
                                              {"noise", "scgpt", "scgpt:weights=random,mask=none"},
                                              {"gf", "geneformer", "geneformer"}}) {
      ReconstructionResult result;
      result.tag = tag;
      result.model = model;
      result.options = options;
      own.results.push_back(result);
    }
    for (const char* tag : {"human", "masked", "noise"}) {
      own.scores.push_back(score(tag, "mse_gep", {205, 2}));
      own.scores.push_back(score(tag, "mse_gepc", {tag == std::string("human") ? 195.0 : 300.0, 2}));
      own.scores.push_back(score(tag, "mse_mean", {200, 2}));
    }
    own.scores.push_back(score("gf", "rank_correlation", {0.59, 0.01}));
    own.scores.push_back(score("gf", "rank_correlation_mean_rank_loo", {0.65, 0.01}));
    study.datasets.push_back(std::move(dataset));
  }
  const auto finding = study_verdicts(study)[3];
  EXPECT_EQ(finding.claims[0].verdict, Verdict::confirmed);  // 5 + 2.8 of 200: within 10 %
  EXPECT_EQ(finding.claims[1].verdict, Verdict::confirmed);  // 10 > 2.8
  ASSERT_EQ(finding.claims[1].evidence.size(), 1u);          // neither the masked run nor the control
  EXPECT_NEAR(*finding.claims[1].evidence[0].comparison.median_difference, 10, 1e-9);
  EXPECT_EQ(finding.claims[2].verdict, Verdict::refuted);
  EXPECT_EQ(finding.verdict, Verdict::confirmed);  // the third was asked besides
}

TEST(StudyVerdicts, AnEmptyStudyTestsNothing) {
  const auto findings = study_verdicts({});
  ASSERT_EQ(findings.size(), 4u);
  for (const auto& finding : findings) {
    EXPECT_EQ(finding.verdict, Verdict::not_tested);
    for (const auto& claim : finding.claims) EXPECT_FALSE(claim.words.empty()) << claim.statement;
  }
}

TEST(CompareAllMethods, EachPairOnceWithHolmOverAll) {
  StudyResults study;
  study.methods = {method("a", "hvg"), method("b", "pca"), method("c", "pca")};
  for (int d = 0; d < 6; ++d) add_dataset(study, "nmi", {{0.6 + 0.01 * d}, {0.5}, {d % 2 ? 0.4 : 0.6}});
  const auto pairs = compare_all_methods(study, {"nmi", "", Direction::higher});
  ASSERT_EQ(pairs.size(), 3u);
  EXPECT_EQ(pairs[0].a + pairs[0].b + " " + pairs[2].a + pairs[2].b, "ab bc");
  EXPECT_EQ(pairs[0].n_better, 6u);
  EXPECT_EQ(pairs[0].n_noise_unknown, 6u);
  EXPECT_DOUBLE_EQ(*pairs[0].p, 2.0 / 64);
  EXPECT_DOUBLE_EQ(*pairs[2].p, 1.0);
  EXPECT_DOUBLE_EQ(*pairs[0].p_adjusted, std::min(1.0, 3 * 2.0 / 64));
}

}  // namespace
}  // namespace zerocell
