#include "zerocell/report/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
  EXPECT_FALSE(c.changed[1].better);
  EXPECT_EQ(c.changed[2].before.metric, "pcr_batch");
  EXPECT_FALSE(c.changed[2].better);
  EXPECT_EQ(c.changed[3].before.metric, "nmi");
  EXPECT_TRUE(c.changed[3].better);
  EXPECT_FALSE(c.changed[3].intervals_overlap);
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

TEST_F(Compare, NoScoresIsAnError) {
  fs::create_directories(root_);
  EXPECT_THROW(compare_results(root_.string(), root_.string()), Error);
}

}  // namespace
}  // namespace zerocell
