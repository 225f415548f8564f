#include "zerocell/report/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "figures/example_evaluation.h"
#include "zerocell/core/error.h"
#include "zerocell/report/results_json.h"
#include "zerocell/report/scores_csv.h"

namespace zerocell {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class Compare : public ::testing::Test {
 protected:
  Compare()
      : root_(fs::path(::testing::TempDir()) /
              ("zerocell_compare_" +
               std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()))) {
    fs::remove_all(root_);
  }
  ~Compare() override { fs::remove_all(root_); }

  std::string folder(const std::string& name, const Evaluation& e) const {
    write(name, "scores.csv", scores_csv(e.scores));
    write(name, "results.json", results_json(e));
    return (root_ / name).string();
  }
  void write(const std::string& name, const std::string& file, const std::string& text) const {
    fs::create_directories(root_ / name);
    std::ofstream(root_ / name / file, std::ios::binary) << text;
  }

  fs::path root_;
};

TEST_F(Compare, EqualResultsHaveNoChanges) {
  const Evaluation e = testing::example_evaluation();
  const Comparison c = compare_results(folder("a", e), folder("b", e));
  EXPECT_EQ(c.n_same, e.scores.size());
  EXPECT_TRUE(c.changed.empty() && c.only_a.empty() && c.only_b.empty() && c.facts.empty() &&
              c.notes.empty());
}

TEST_F(Compare, ChangesBySizeWithDirectionAndIntervals) {
  const Evaluation a = testing::example_evaluation();
  Evaluation b = a;
  const auto score = [&b](const std::string& metric) {
    return std::find_if(b.scores.begin(), b.scores.end(), [&](const Score& s) { return s.metric == metric; });
  };
  score("nmi")->value = *score("nmi")->value + 0.125;
  score("pcr_batch")->value = *score("pcr_batch")->value + 0.25;  // lower is better
  score("asw_label")->value = *score("asw_label")->value - 0.5;
  score("asw_label")->low = *score("asw_label")->low - 0.5;
  score("asw_label")->high = *score("asw_label")->high - 0.5;
  score("ari")->status = ScoreStatus::failed;
  const Comparison c = compare_results(folder("a", a), folder("b", b));
  ASSERT_EQ(c.changed.size(), 4u);
  EXPECT_EQ(c.n_same, a.scores.size() - 4);
  EXPECT_EQ(c.changed[0].before.metric, "ari");
  EXPECT_FALSE(c.changed[0].difference);
  EXPECT_EQ(c.changed[1].before.metric, "asw_label");
  EXPECT_EQ(c.changed[1].difference, -0.5);
  EXPECT_EQ(c.changed[1].intervals_overlap, false);
  EXPECT_EQ(c.changed[1].verdict, ChangeVerdict::worse);
  EXPECT_EQ(c.changed[2].before.metric, "pcr_batch");
  EXPECT_EQ(c.changed[2].verdict, ChangeVerdict::worse);
  EXPECT_EQ(c.changed[3].before.metric, "nmi");
  EXPECT_EQ(c.changed[3].verdict, ChangeVerdict::better);
  EXPECT_FALSE(c.changed[3].intervals_overlap);
  EXPECT_EQ(c.n_worse, 3u) << "the failed one too";
  EXPECT_EQ(c.n_better, 1u);
}

TEST_F(Compare, RowsOfOneResultOnlyAndOtherDatasetName) {
  Evaluation a = testing::example_evaluation(), b = a;
  b.scores.pop_back();
  for (Score& score : b.scores) score.dataset = b.dataset = "renamed, \"again\"\n";
  const Comparison c = compare_results(folder("a", a), folder("b", b));
  EXPECT_EQ(c.only_a.size(), 1u);
  EXPECT_TRUE(c.only_b.empty());
  EXPECT_EQ(c.n_same, b.scores.size());
  ASSERT_EQ(c.facts.size(), 1u);
  EXPECT_EQ(c.facts[0].name, "dataset.name");
}

TEST_F(Compare, OptionsAndProvenance) {
  Evaluation a = testing::example_evaluation(), b = a;
  a.provenance = {{"seed", "0"}, {"threads", "2"}};
  b.provenance = {{"seed", "1"}, {"threads", "2"}, {"gpu", "none"}};
  b.embeddings[0].options = "hvg:n_top_genes=500";
  const Comparison c = compare_results(folder("a", a), folder("b", b));
  ASSERT_EQ(c.facts.size(), 3u);
  EXPECT_EQ(c.facts[0].name, "seed");
  EXPECT_EQ(c.facts[1].name, "hvg.options");
  EXPECT_EQ(c.facts[1].after, "hvg:n_top_genes=500");
  EXPECT_EQ(c.facts[2].name, "gpu");
  EXPECT_EQ(c.facts[2].before, "");
}

TEST_F(Compare, TextAndJson) {
  const Evaluation a = testing::example_evaluation();
  Evaluation b = a;
  b.scores[0].value = *b.scores[0].value - 0.001;
  b.scores.pop_back();
  b.provenance = {{"seed", "1"}};
  const Comparison c = compare_results(folder("a", a), folder("b", b));
  const std::string text = comparison_text(c);
  EXPECT_THAT(text, HasSubstr("Changed: 1 score\n"));
  EXPECT_THAT(text, HasSubstr("-0.0010  worse  intervals overlap"));
  EXPECT_THAT(text, HasSubstr("seed  (none)  →  1"));
  EXPECT_THAT(text, HasSubstr("Only in " + c.a));
  const auto j = nlohmann::json::parse(comparison_json(c));
  EXPECT_EQ(j["changed"][0]["metric"], "asw_label");
  EXPECT_EQ(j["changed"][0]["intervals_overlap"], true);
  EXPECT_EQ(j["only_a"].size(), 1u);
  EXPECT_EQ(j["facts"][0]["after"], "1");
}

TEST_F(Compare, BrokenOrAbsentResultsJsonIsNoted) {
  const Evaluation e = testing::example_evaluation();
  const std::string a = folder("a", e), b = folder("b", e);
  write("a", "results.json", std::string(100000, '['));
  fs::remove(root_ / "b" / "results.json");
  const Comparison c = compare_results(a, b);
  EXPECT_EQ(c.notes.size(), 2u);
  EXPECT_EQ(c.n_same, e.scores.size());
  EXPECT_THAT(comparison_text(c), HasSubstr("Note: "));
}

/// Two rows with and two without intervals, one of each direction.
std::vector<Score> four_scores() {
  Score score;
  score.dataset = "pbmc";
  score.embedding = "hvg";
  score.n_cells = 100;
  score.convention = "zerocell";
  std::vector<Score> scores;
  for (const char* metric : {"asw_label", "asw_batch_global", "nmi", "pcr_batch"}) {
    score.metric = metric;
    score.value = 0.5;
    score.direction = scores.size() % 2 ? Direction::lower : Direction::higher;
    const bool has_interval = scores.size() < 2;
    score.low = has_interval ? std::optional(0.4375) : std::nullopt;
    score.high = has_interval ? std::optional(0.5625) : std::nullopt;
    scores.push_back(score);
  }
  return scores;
}

void move(Score& score, double by) {
  *score.value += by;
  if (score.low) *score.low += by;
  if (score.high) *score.high += by;
}

TEST_F(Compare, ToleranceIsAbsoluteAndIncludesItself) {
  const auto a = four_scores();
  auto b = a;
  move(b[0], -0.125);  // worse by exactly the tolerance
  move(b[1], 0.25);    // lower is better: worse by more
  move(b[3], -0.25);   // better by more
  write("a", "scores.csv", scores_csv(a));
  write("b", "scores.csv", scores_csv(b));
  const std::string dir_a = (root_ / "a").string(), dir_b = (root_ / "b").string();
  const Comparison c = compare_results(dir_a, dir_b, {0.125, false, {}});
  EXPECT_EQ(c.n_same, 2u);
  EXPECT_EQ(c.n_within, 1u);
  EXPECT_EQ(c.n_worse, 1u);
  EXPECT_EQ(c.n_better, 1u);
  EXPECT_EQ(comparison_summary(c),
            "2 same (1 of them within the tolerance), 1 better, 1 worse, 0 only in one");
  EXPECT_THAT(comparison_text(c), HasSubstr("\n" + comparison_summary(c) + "\n"));
  EXPECT_EQ(compare_results(dir_a, dir_b, {0.12, false, {}}).n_worse, 2u);
  EXPECT_THROW(compare_results(dir_a, dir_b, {-0.1, false, {}}), Error);
  EXPECT_THROW(compare_results(dir_a, dir_b, {std::nan(""), false, {}}), Error);
}

TEST_F(Compare, SignificantAsksTheIntervalsWhereThereAreAny) {
  const auto a = four_scores();
  auto b = a;
  move(b[0], -0.125);  // [0.3125, 0.4375] touches [0.4375, 0.5625]
  move(b[1], 0.25);    // apart
  move(b[2], -0.125);  // no intervals
  write("a", "scores.csv", scores_csv(a));
  write("b", "scores.csv", scores_csv(b));
  const Comparison c = compare_results((root_ / "a").string(), (root_ / "b").string(), {0, true, {}});
  ASSERT_EQ(c.changed.size(), 2u);
  EXPECT_EQ(c.changed[0].before.metric, "asw_batch_global");
  EXPECT_EQ(c.changed[1].before.metric, "nmi");
  EXPECT_EQ(c.n_worse, 2u);
  EXPECT_EQ(c.n_within, 1u);
}

TEST_F(Compare, IntervalAloneIsAChangeButNoVerdict) {
  const auto a = four_scores();
  auto b = a;
  *b[0].high += 0.125;
  write("a", "scores.csv", scores_csv(a));
  write("b", "scores.csv", scores_csv(b));
  const Comparison c = compare_results((root_ / "a").string(), (root_ / "b").string());
  EXPECT_EQ(c.n_other, 1u);
  EXPECT_FALSE(fails(c, FailOn::worse));
  EXPECT_TRUE(fails(c, FailOn::change));
  EXPECT_THAT(comparison_summary(c), HasSubstr("1 changed otherwise"));
}

TEST_F(Compare, ValuesThatComeAndGo) {
  auto a = four_scores(), b = a;
  const auto lose = [](Score& score, ScoreStatus status) {
    score.status = status;
    score.value = score.low = score.high = std::nullopt;
    score.reason = "why";
  };
  lose(a[0], ScoreStatus::failed);
  lose(a[1], ScoreStatus::not_applicable);
  lose(b[2], ScoreStatus::not_applicable);
  lose(a[3], ScoreStatus::failed);
  lose(b[3], ScoreStatus::failed);
  b[3].reason = "another";
  write("a", "scores.csv", scores_csv(a));
  write("b", "scores.csv", scores_csv(b));
  const Comparison c = compare_results((root_ / "a").string(), (root_ / "b").string(), {10, false, {}});
  ASSERT_EQ(c.changed.size(), 3u);
  EXPECT_EQ(c.changed[0].verdict, ChangeVerdict::better) << "failed before";
  EXPECT_EQ(c.changed[1].verdict, ChangeVerdict::other) << "did not apply before";
  EXPECT_EQ(c.changed[2].verdict, ChangeVerdict::worse) << "no tolerance makes up for a lost value";
  EXPECT_EQ(c.n_same, 1u) << "failed in both";
}

TEST_F(Compare, MetricsOfChoice) {
  const auto a = four_scores();
  auto b = a;
  move(b[0], -0.25);
  b.push_back(b[0]);
  b.back().metric = "ari";
  write("a", "scores.csv", scores_csv(a));
  write("b", "scores.csv", scores_csv(b));
  const std::string dir_a = (root_ / "a").string(), dir_b = (root_ / "b").string();
  const Comparison c = compare_results(dir_a, dir_b, {0, false, {"nmi", "pcr_batch"}});
  EXPECT_EQ(comparison_summary(c), "2 same, 0 better, 0 worse, 0 only in one");
  const Comparison lone = compare_results(dir_a, dir_b, {0, false, {"ari"}});
  EXPECT_EQ(lone.only_b.size(), 1u);
  EXPECT_TRUE(fails(lone, FailOn::worse)) << "nothing was compared";
  EXPECT_FALSE(fails(lone, FailOn::none));
  try {
    compare_results(dir_a, dir_b, {0, false, {"nmi", "nmj"}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    EXPECT_THAT(error.what(), HasSubstr("ari, asw_batch_global, asw_label, nmi, pcr_batch"));
  }
}

TEST_F(Compare, OtherConventionsAreNotCompared) {
  const auto a = four_scores();
  auto b = a;
  for (Score& score : b) score.convention = "scib";
  write("a", "scores.csv", scores_csv(a));
  write("b", "scores.csv", scores_csv(b));
  const Comparison c = compare_results((root_ / "a").string(), (root_ / "b").string());
  EXPECT_EQ(c.n_compared(), 0u);
  EXPECT_EQ(c.only_a.size(), 4u);
  EXPECT_THAT(c.notes, ::testing::Contains(HasSubstr("a follows convention zerocell, b scib")));
}

TEST_F(Compare, OtherNumbersOfCellsAndOtherInputAreNoted) {
  Evaluation a = testing::example_evaluation();
  a.provenance = {{"input hash", "1"}};
  Evaluation b = a;
  b.provenance = {{"input hash", "2"}};
  b.scores[0].n_cells += 1;
  const Comparison c = compare_results(folder("a", a), folder("b", b));
  EXPECT_THAT(c.notes, ::testing::ElementsAre(HasSubstr("the input is another file"),
                                              HasSubstr("another number of cells than a: 1 score")));
}

/// A study as it lies on the disk: all scores beside a folder per data set.
class CompareStudies : public Compare {
 protected:
  std::string study(const std::string& name, const std::vector<Evaluation>& evaluations,
                    const std::string& seed) const {
    std::vector<Score> all;
    auto document = nlohmann::json{{"schema", 1}, {"provenance", {{"seed", seed}}}};
    for (const Evaluation& e : evaluations) {
      folder(name + "/" + e.dataset, e);
      all.insert(all.end(), e.scores.begin(), e.scores.end());
      document["datasets"].push_back({{"name", e.dataset}, {"folder", e.dataset}});
    }
    write(name, "scores.csv", scores_csv(all));
    write(name, "results.json", document.dump());
    return (root_ / name).string();
  }
  static Evaluation named(const std::string& name) {
    Evaluation e = testing::example_evaluation();
    e.dataset = e.title = name;
    for (Score& score : e.scores) score.dataset = name;
    return e;
  }
};

TEST_F(CompareStudies, DifferentSetsOfDataSets) {
  const Evaluation x = named("x"), y = named("y"), z = named("z");
  Evaluation changed = y;
  changed.scores[0].value = *changed.scores[0].value + 0.25;
  const Comparison c = compare_results(study("a", {x, y}, "0"), study("b", {changed, z}, "0"));
  EXPECT_EQ(c.only_a.size(), x.scores.size());
  EXPECT_EQ(c.only_b.size(), z.scores.size());
  EXPECT_EQ(c.n_same, y.scores.size() - 1);
  ASSERT_EQ(c.changed.size(), 1u);
  EXPECT_EQ(c.changed[0].before.dataset, "y");
  EXPECT_TRUE(c.facts.empty());
  EXPECT_TRUE(c.notes.empty());
  EXPECT_FALSE(fails(c, FailOn::worse)) << "a score of one result alone is no worse";
  EXPECT_TRUE(fails(c, FailOn::change));
  const std::string text = comparison_text(c);
  EXPECT_THAT(text, HasSubstr("x  hvg"));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("z  hvg         asw_label, nmi"))) << "a line per embedding";
}

TEST_F(CompareStudies, ConditionsOfEveryDataSet) {
  Evaluation x = named("x"), y = named("y");
  x.provenance = y.provenance = {{"threads", "1"}, {"counts", "X"}};
  Evaluation x2 = x, y2 = y;
  x2.provenance = {{"threads", "2"}, {"counts", "X"}};
  y2.provenance = {{"threads", "2"}, {"counts", "raw/X"}};
  const Comparison c = compare_results(study("a", {x, y}, "0"), study("b", {x2, y2}, "1"));
  ASSERT_EQ(c.facts.size(), 3u);
  EXPECT_EQ(c.facts[0].name, "seed");
  EXPECT_TRUE(c.facts[0].datasets.empty());
  EXPECT_EQ(c.facts[1].name, "threads");
  EXPECT_THAT(c.facts[1].datasets, ::testing::ElementsAre("x", "y"));
  EXPECT_THAT(c.facts[2].datasets, ::testing::ElementsAre("y"));
  const std::string text = comparison_text(c);
  EXPECT_THAT(text, HasSubstr("threads of 2 data sets"));
  EXPECT_THAT(text, HasSubstr("counts of y"));
}

TEST_F(CompareStudies, AStudyWithAnEvaluationOfOneOfItsDataSets) {
  const Evaluation x = named("x"), y = named("y");
  const Comparison c = compare_results(folder("one", y), study("b", {x, y}, "0"));
  EXPECT_EQ(c.n_same, y.scores.size());
  EXPECT_TRUE(c.only_a.empty());
  EXPECT_EQ(c.only_b.size(), x.scores.size());
}

TEST_F(CompareStudies, AFolderOutsideIsNotRead) {
  const Evaluation x = named("x");
  write("outside", "results.json", "a note says so where this is read");
  const std::string a = study("a", {x, named("y")}, "0");
  auto document = nlohmann::json::parse(std::ifstream(root_ / "a" / "results.json"));
  document["datasets"][0]["folder"] = "../outside";
  document["datasets"][1]["folder"] = "/";
  document["datasets"].push_back({{"name", 1}, {"folder", nullptr}});
  document["datasets"].push_back("no object");
  write("a", "results.json", document.dump());
  const Comparison c = compare_results(a, a);
  EXPECT_TRUE(c.notes.empty());
  EXPECT_EQ(c.n_same, 2 * x.scores.size());
}

TEST_F(Compare, JsonHasItAll) {
  const auto a = four_scores();
  auto b = a;
  move(b[2], -0.25);
  b.pop_back();
  write("a", "scores.csv", scores_csv(a));
  write("b", "scores.csv", scores_csv(b));
  const Comparison c = compare_results((root_ / "a").string(), (root_ / "b").string(), {0.125, true, {}});
  const auto j = nlohmann::json::parse(comparison_json(c, FailOn::worse));
  EXPECT_EQ(j["tolerance"], 0.125);
  EXPECT_EQ(j["significant"], true);
  EXPECT_EQ(j["n_same"], 2);
  EXPECT_EQ(j["n_worse"], 1);
  EXPECT_EQ(j["n_better"], 0);
  EXPECT_EQ(j["n_only_a"], 1);
  EXPECT_EQ(j["n_only_b"], 0);
  EXPECT_EQ(j["failed"], true);
  EXPECT_EQ(j["changed"][0]["verdict"], "worse");
  EXPECT_EQ(j["changed"][0]["convention"], "zerocell");
  EXPECT_EQ(j["changed"][0]["before"]["n_cells"], 100);
  EXPECT_EQ(j["only_a"][0]["metric"], "pcr_batch");
}

TEST_F(Compare, NoScoresIsAnError) {
  fs::create_directories(root_);
  EXPECT_THROW(compare_results(root_.string(), root_.string()), Error);
}

}  // namespace
}  // namespace zerocell
