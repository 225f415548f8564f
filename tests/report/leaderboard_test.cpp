#include "zerocell/report/leaderboard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "report/leaderboard_example.h"
#include "zerocell/core/error.h"
#include "zerocell/report/scores_csv.h"

namespace zerocell {
namespace {

using testing::folder;
using testing::score;

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
namespace fs = std::filesystem;

/// results.json of a data set, as far as the table needs it.
ResultDocument document(const std::string& dataset, const std::string& hash,
                        std::vector<ResultMethod> methods = {}) {
  return {dataset + "/results.json",
          dataset,
          {{"zerocell", "0.1.0"}, {"input hash", hash}, {"label", "celltype"}, {"dataset.n_cells", "100"}},
          std::move(methods)};
}

/// Options with a change.
template <class Change>
LeaderboardOptions with(const Change& change) {
  LeaderboardOptions options;
  change(options);
  return options;
}

LeaderboardOptions common_only() {
  return with([](auto& o) { o.common_only = true; });
}

const LeaderboardColumn& column(const Leaderboard& board, const std::string& metric = "nmi",
                                size_t section = 0) {
  const auto& columns = board.sections.at(section).columns;
  const auto found = std::ranges::find(columns, metric, &LeaderboardColumn::metric);
  if (found == columns.end()) throw std::runtime_error("no column " + metric);
  return *found;
}

const LeaderboardCell& cell(const Leaderboard& board, const std::string& method,
                            const std::string& metric = "nmi", size_t section = 0) {
  const auto& methods = board.sections.at(section).methods;
  for (size_t i = 0; i < methods.size(); ++i)
    if (board.methods[methods[i]].name == method) return column(board, metric, section).cells.at(i);
  throw std::runtime_error("no method " + method);
}

std::vector<std::string> order(const Leaderboard& board, size_t section = 0) {
  std::vector<std::string> names;
  for (const size_t method : board.sections.at(section).methods) names.push_back(board.methods[method].name);
  return names;
}

size_t n_left_out(const Leaderboard& board) {
  size_t n = 0;
  for (const LeftOut& entry : board.left_out) n += entry.n_scores;
  return n;
}

TEST(Leaderboard, MediansAndMeanRanksByHand) {
  //        x     y     z       ranks    median  mean rank
  // a    0.9   0.2   0.5      1 3 2      0.5      2
  // b    0.8   0.4   0.5      2 2 2      0.5      2
  // c    0.1   0.6   0.7      3 1 1      0.6      5/3
  // b and a tie on z: both 2.5, so a is (1 + 3 + 2.5) / 3 and b (2 + 2 + 2.5) / 3
  const Leaderboard board =
      make_leaderboard({folder("r", {score("x", "a", 0.9), score("x", "b", 0.8), score("x", "c", 0.1),
                                     score("y", "a", 0.2), score("y", "b", 0.4), score("y", "c", 0.6),
                                     score("z", "a", 0.5), score("z", "b", 0.5), score("z", "c", 0.7)})});
  EXPECT_DOUBLE_EQ(*cell(board, "a").median, 0.5);
  EXPECT_DOUBLE_EQ(*cell(board, "b").median, 0.5);
  EXPECT_DOUBLE_EQ(*cell(board, "c").median, 0.6);
  EXPECT_DOUBLE_EQ(*cell(board, "a").mean_rank, 6.5 / 3);
  EXPECT_DOUBLE_EQ(*cell(board, "b").mean_rank, 6.5 / 3);
  EXPECT_DOUBLE_EQ(*cell(board, "c").mean_rank, 5.0 / 3);
  EXPECT_EQ(cell(board, "c").place, 1u);
  EXPECT_EQ(cell(board, "a").place, 2u);
  EXPECT_EQ(cell(board, "b").place, 2u) << "equal mean ranks share the place";
  EXPECT_THAT(order(board), ElementsAre("c", "a", "b"));
  EXPECT_EQ(board.n_used, 9u);
  EXPECT_THAT(board.left_out, IsEmpty());
  EXPECT_THAT(board.notes, IsEmpty());
}

TEST(Leaderboard, LowerIsBetterWhereTheMetricSaysSo) {
  const Leaderboard board =
      make_leaderboard({folder("r", {score("x", "a", 0.9, "pcr_batch"), score("x", "b", 0.1, "pcr_batch")})});
  EXPECT_EQ(cell(board, "b", "pcr_batch").place, 1u);
  EXPECT_THAT(order(board), ElementsAre("b", "a"));
}

TEST(Leaderboard, AllEqualShareTheMiddleRank) {
  const Leaderboard board =
      make_leaderboard({folder("r", {score("x", "a", 0.5), score("x", "b", 0.5), score("x", "c", 0.5)})});
  for (const char* name : {"a", "b", "c"}) {
    EXPECT_DOUBLE_EQ(*cell(board, name).mean_rank, 2);
    EXPECT_EQ(cell(board, name).place, 1u);
  }
}

TEST(Leaderboard, MissingDataSetsAreMarkedAndNotRanked) {
  const std::vector<Score> scores = {score("x", "a", 0.9), score("x", "b", 0.8), score("x", "c", 1.0),
                                     score("y", "a", 0.2), score("y", "b", 0.4)};
  const Leaderboard board = make_leaderboard({folder("r", scores)});
  EXPECT_EQ(cell(board, "c").n_datasets, 1u);
  EXPECT_FALSE(cell(board, "c").mean_rank);
  EXPECT_FALSE(cell(board, "c").place);
  ASSERT_EQ(cell(board, "c").gaps.size(), 1u);
  EXPECT_EQ(board.datasets[cell(board, "c").gaps[0].dataset].name, "y");
  EXPECT_DOUBLE_EQ(*cell(board, "a").mean_rank, 1.5) << "c takes no rank away";
  EXPECT_EQ(column(board).n_ranked, 2u);
  EXPECT_EQ(order(board).back(), "c");
  EXPECT_THAT(leaderboard_text(board), HasSubstr("1.000 [1 of 2]"));

  const Leaderboard common = make_leaderboard({folder("r", scores)}, common_only());
  EXPECT_EQ(column(common).datasets.size(), 1u);
  EXPECT_EQ(cell(common, "c").place, 1u);
  EXPECT_DOUBLE_EQ(*cell(common, "a").mean_rank, 2);
  EXPECT_DOUBLE_EQ(*cell(common, "a").median, 0.9) << "y does not count";
  ASSERT_EQ(common.left_out.size(), 1u);
  EXPECT_EQ(common.left_out[0].n_scores, 2u);
  EXPECT_EQ(common.n_used, 3u);
}

TEST(Leaderboard, NobodyHasAllDataSets) {
  const std::vector<Score> scores = {score("x", "a", 0.9), score("x", "b", 0.8), score("y", "b", 0.4),
                                     score("y", "c", 0.2), score("z", "a", 0.1), score("z", "c", 0.3)};
  const Leaderboard board = make_leaderboard({folder("r", scores)});
  EXPECT_EQ(column(board).n_ranked, 0u);
  for (const char* name : {"a", "b", "c"}) EXPECT_FALSE(cell(board, name).mean_rank);
  EXPECT_THAT(leaderboard_text(board), HasSubstr("no ranks"));
  const Leaderboard common = make_leaderboard({folder("r", scores)}, common_only());
  EXPECT_TRUE(column(common).datasets.empty());
  EXPECT_FALSE(cell(common, "a").median);
  EXPECT_EQ(n_left_out(common), 6u);
  EXPECT_THAT(leaderboard_text(common), HasSubstr("no data set on which methods could be compared"));
}

TEST(Leaderboard, ADataSetOfOneMethodIsNotCompared) {
  const Leaderboard board =
      make_leaderboard({folder("r", {score("x", "a", 0.9), score("x", "b", 0.8), score("y", "a", 0.1)})});
  EXPECT_DOUBLE_EQ(*cell(board, "a").median, 0.9);
  EXPECT_EQ(cell(board, "b").place, 2u);
  ASSERT_EQ(board.left_out.size(), 1u);
  EXPECT_THAT(board.left_out[0].reason, HasSubstr("no other method"));
  const Leaderboard alone = make_leaderboard({folder("r", {score("x", "a", 0.9), score("y", "a", 0.1)})});
  EXPECT_DOUBLE_EQ(*cell(alone, "a").median, 0.5) << "a table of one method";
  EXPECT_FALSE(cell(alone, "a").mean_rank);
}

TEST(Leaderboard, SeedsOfOneMethodAreAveraged) {
  ResultFolder r = folder("r", {score("x", "m-s0", 0.5), score("x", "m-s1", 0.75), score("x", "m-s2", 1.0),
                                score("x", "hvg", 0.25)});
  r.documents = {document("x", "h",
                          {{"m-s0", "m", "scvi:n_latent=30,seed=0"},
                           {"m-s1", "m", "scvi:n_latent=30,seed=1"},
                           {"m-s2", "m", "scvi:n_latent=30,seed=2"},
                           {"hvg", "hvg", "hvg:n=1"}})};
  const Leaderboard board = make_leaderboard({r});
  EXPECT_THAT(order(board), ElementsAre("m", "hvg"));
  EXPECT_DOUBLE_EQ(*cell(board, "m").median, 0.75);
  EXPECT_DOUBLE_EQ(*cell(board, "m").seed_sd, 0.25);
  EXPECT_FALSE(cell(board, "hvg").seed_sd);
  EXPECT_EQ(column(board).values[0].n_seeds, 3u);
  EXPECT_THAT(board.methods[0].options, ElementsAre("scvi:n_latent=30"));
  EXPECT_THAT(board.left_out, IsEmpty());
  // Without a word on groups the tags and the options' seeds tell.
  for (ResultMethod& method : r.documents[0].methods) method.group.reset();
  EXPECT_THAT(order(make_leaderboard({r})), ElementsAre("m", "hvg"));
  // Names that merely look like it are left alone.
  r.documents.clear();
  EXPECT_EQ(make_leaderboard({r}).methods.size(), 4u);
}

TEST(Leaderboard, PooledDeviationOverDataSets) {
  // x: 0, 2 -> sd^2 = 2, 1 degree; y: 1, 2, 3 -> sd^2 = 1, 2 degrees; pooled (2 + 2) / 3
  std::vector<ResultFolder> folders;
  for (const auto& [dataset, value, seed] : std::vector<std::tuple<std::string, double, uint64_t>>{
           {"x", 0, 0}, {"x", 2, 1}, {"y", 1, 0}, {"y", 2, 1}, {"y", 3, 2}}) {
    folders.push_back(folder("r" + std::to_string(folders.size()), {score(dataset, "m", value)}));
    folders.back().scores[0].seed = seed;
  }
  const Leaderboard board = make_leaderboard(folders);
  EXPECT_DOUBLE_EQ(*cell(board, "m").seed_sd, std::sqrt(4.0 / 3));
  EXPECT_DOUBLE_EQ(*cell(board, "m").median, 1.5);
  std::ranges::reverse(folders);
  EXPECT_EQ(leaderboard_values_csv(make_leaderboard(folders)).size(), leaderboard_values_csv(board).size());
  EXPECT_EQ(*cell(make_leaderboard(folders), "m").seed_sd, *cell(board, "m").seed_sd) << "to the last bit";
}

TEST(Leaderboard, RandomWeightsOfSeveralSeedsAreOneMethod) {
  ResultFolder r = folder("r", {score("x", "g-s0", 0.5), score("x", "g-s1", 0.7)});
  r.documents = {document("x", "h",
                          {{"g-s0", "g", "scgpt:path=a,weights=random(seed=0,init=layers),route=A"},
                           {"g-s1", "g", "scgpt:path=a,weights=random(seed=1,init=layers),route=A"}})};
  const Leaderboard board = make_leaderboard({r});
  EXPECT_THAT(board.methods[0].options, ElementsAre("scgpt:path=a,weights=random(init=layers),route=A"));
  EXPECT_EQ(column(board).values[0].n_seeds, 2u);
}

TEST(Leaderboard, DataSetsAreKnownByTheirInput) {
  ResultFolder a = folder("a", {score("pbmc", "hvg", 0.5)}), b = folder("b", {score("blood", "pca", 0.6)}),
               c = folder("c", {score("pbmc", "pca", 0.7)});
  a.documents = {document("pbmc", "h1")};
  b.documents = {document("blood", "h1")};
  c.documents = {document("pbmc", "h2")};
  const Leaderboard board = make_leaderboard({a, b, c});
  ASSERT_EQ(board.datasets.size(), 2u);
  EXPECT_THAT(board.datasets[0].names, ElementsAre("pbmc", "blood"));
  EXPECT_EQ(board.datasets[1].name, "pbmc (2)");
  EXPECT_THAT(board.notes, Contains(HasSubstr("another data set")));
  EXPECT_EQ(cell(board, "pca").place, 1u);
  EXPECT_DOUBLE_EQ(*cell(board, "pca").median, 0.6);
  EXPECT_EQ(n_left_out(board), 1u);

  const Leaderboard by_name = make_leaderboard({a, c}, with([](auto& o) { o.match_names = true; }));
  EXPECT_EQ(by_name.datasets.size(), 1u);
  EXPECT_DOUBLE_EQ(*cell(by_name, "pca").median, 0.7);
}

TEST(Leaderboard, AnotherLabelOrSelectionIsAnotherDataSet) {
  ResultFolder a = folder("a", {score("pbmc", "hvg", 0.5)}), b = folder("b", {score("pbmc", "pca", 0.6)});
  a.documents = b.documents = {document("pbmc", "h1")};
  EXPECT_EQ(make_leaderboard({a, b}).datasets.size(), 1u);
  for (const char* fact : {"label", "batch", "dataset.counts", "where", "excluded cells", "subsample"}) {
    ResultFolder other = b;
    other.documents[0].facts.insert(other.documents[0].facts.begin(), {fact, "another"});
    EXPECT_EQ(make_leaderboard({a, other}).datasets.size(), 2u) << fact;
  }
}

TEST(Leaderboard, AFolderThatDoesNotSayIsMatchedByName) {
  ResultFolder a = folder("a", {score("pbmc", "hvg", 0.5)});
  a.documents = {document("pbmc", "h1")};
  const Leaderboard board = make_leaderboard({a, folder("b", {score("pbmc", "pca", 0.6)})});
  EXPECT_EQ(board.datasets.size(), 1u);
  EXPECT_THAT(board.notes, Contains(HasSubstr("does not say which file")));
}

TEST(Leaderboard, OtherConventionsAreLeftOutAndCounted) {
  std::vector<Score> scores = {score("x", "a", 0.9), score("x", "b", 0.8), score("x", "c", 0.7)};
  scores[2].convention = "scib";
  const Leaderboard board = make_leaderboard({folder("r", scores)});
  EXPECT_EQ(board.convention, "zerocell");
  ASSERT_EQ(board.left_out.size(), 1u);
  EXPECT_EQ(board.left_out[0].n_scores, 1u);
  EXPECT_THAT(board.left_out[0].reason, HasSubstr("'scib'"));
  EXPECT_THAT(cell(board, "c").gaps[0].reason, HasSubstr("'scib'")) << "c is shown, without a value";
  EXPECT_FALSE(cell(board, "c").median);
  const Leaderboard other =
      make_leaderboard({folder("r", scores)}, with([](auto& o) { o.convention = "scib"; }));
  EXPECT_EQ(n_left_out(other), 2u);
  EXPECT_THROW(make_leaderboard({folder("r", scores)}, with([](auto& o) { o.convention = "scip"; })), Error);
}

TEST(Leaderboard, OtherNumbersOfCellsAreLeftOutAndCounted) {
  std::vector<Score> scores = {score("x", "a", 0.9), score("x", "b", 0.8), score("x", "c", 0.7)};
  scores[1].n_cells = 99;
  const Leaderboard board = make_leaderboard({folder("r", scores)});
  EXPECT_EQ(n_left_out(board), 1u);
  EXPECT_THAT(cell(board, "b").gaps[0].reason, HasSubstr("99 cells where those of most methods rest on 100"));
  EXPECT_DOUBLE_EQ(*cell(board, "c").mean_rank, 2);
  const Leaderboard near =
      make_leaderboard({folder("r", scores)}, with([](auto& o) { o.n_cells_tolerance = 0.01; }));
  EXPECT_DOUBLE_EQ(*cell(near, "c").mean_rank, 3);
  scores.pop_back();  // one of each: the larger number counts
  EXPECT_FALSE(cell(make_leaderboard({folder("r", scores)}), "b").median);
  EXPECT_THROW(make_leaderboard({folder("r", scores)}, with([](auto& o) { o.n_cells_tolerance = -1; })),
               Error);
}

TEST(Leaderboard, ContradictionsAreDecidedByOrderAndCounted) {
  const ResultFolder a = folder("first", {score("x", "m", 0.5), score("x", "n", 0.1)}),
                     b = folder("second", {score("x", "m", 0.6), score("x", "n", 0.1)});
  const Leaderboard board = make_leaderboard({a, b});
  EXPECT_DOUBLE_EQ(*cell(board, "m").median, 0.5);
  EXPECT_DOUBLE_EQ(*cell(make_leaderboard({b, a}), "m").median, 0.6);
  ASSERT_EQ(board.left_out.size(), 2u);
  EXPECT_THAT(board.left_out[0].reason, HasSubstr("second contradicts first"));
  EXPECT_THAT(board.left_out[1].reason, HasSubstr("same value again"));
  EXPECT_EQ(board.n_used, 2u);
}

TEST(Leaderboard, OtherOptionsUnderOneTagAreNotTakenForSeeds) {
  ResultFolder a = folder("first", {score("x", "m", 0.5)}), b = folder("second", {score("x", "m", 0.7)});
  b.scores[0].seed = 1;
  a.documents = {document("x", "h", {{"m", std::nullopt, "pca:n_comps=10"}})};
  b.documents = {document("x", "h", {{"m", std::nullopt, "pca:n_comps=20"}})};
  const Leaderboard board = make_leaderboard({a, b});
  EXPECT_DOUBLE_EQ(*cell(board, "m").median, 0.5);
  EXPECT_THAT(board.left_out[0].reason, HasSubstr("other options in second"));
  EXPECT_THAT(board.notes, Contains(HasSubstr("different options")));
  b.documents[0].methods[0].options = "pca:n_comps=10,device=another processor";
  EXPECT_DOUBLE_EQ(*cell(make_leaderboard({a, b}), "m").median, 0.6) << "where it ran does not matter";
}

TEST(Leaderboard, AbsentValuesHaveTheirReason) {
  std::vector<Score> scores = {score("x", "a", 0.9), score("x", "b", 0.8), score("x", "c", 0)};
  scores[2].value.reset();
  scores[2].status = ScoreStatus::failed;
  scores[2].reason = "no convergence";
  const Leaderboard board = make_leaderboard({folder("r", scores)});
  EXPECT_EQ(cell(board, "c").gaps.at(0).reason, "failed: no convergence");
  EXPECT_EQ(n_left_out(board), 1u);
  scores = {scores[2]};
  EXPECT_THROW(make_leaderboard({folder("r", scores)}), Error) << "no score is left";
  EXPECT_THROW(make_leaderboard({}), Error);
}

TEST(Leaderboard, DirectionsThatContradictAreNotRanked) {
  std::vector<Score> scores = {score("x", "a", 0.9), score("x", "b", 0.8), score("x", "c", 0.7)};
  scores[2].direction = Direction::lower;
  const Leaderboard board = make_leaderboard({folder("r", scores)});
  EXPECT_EQ(column(board).n_ranked, 2u);
  EXPECT_EQ(n_left_out(board), 1u);
}

TEST(Leaderboard, ReducedDimensionsAreASectionOfTheirOwn) {
  const Leaderboard board =
      make_leaderboard({folder("r", {score("x", "a", 0.1), score("x", "a/pc30", 0.9), score("x", "b", 0.2),
                                     score("x", "b/pc30", 0.3)})});
  ASSERT_EQ(board.sections.size(), 2u);
  EXPECT_EQ(board.sections[1].dims, "pc30");
  EXPECT_EQ(board.methods.size(), 2u);
  EXPECT_EQ(cell(board, "b", "nmi", 0).place, 1u);
  EXPECT_EQ(cell(board, "a", "nmi", 1).place, 1u);
  EXPECT_THAT(leaderboard_text(board), HasSubstr("Reduced to 30 principal components"));
}

TEST(Leaderboard, MetricsOfChoiceAndOrder) {
  const ResultFolder r = folder("r", {score("x", "a", 0.9), score("x", "b", 0.8),
                                      score("x", "a", 0.9, "pcr_batch"), score("x", "b", 0.8, "pcr_batch")});
  EXPECT_EQ(
      make_leaderboard({r}, with([](auto& o) { o.metrics = {"pcr_batch"}; })).sections[0].columns.size(), 1u);
  EXPECT_THAT(order(make_leaderboard({r})), ElementsAre("a", "b"));
  EXPECT_THAT(order(make_leaderboard({r}, with([](auto& o) { o.sort_by = "pcr_batch"; }))),
              ElementsAre("b", "a"));
  EXPECT_THROW(make_leaderboard({r}, with([](auto& o) { o.metrics = {"nmj"}; })), Error);
  EXPECT_THROW(make_leaderboard({r}, with([](auto& o) { o.sort_by = "nmj"; })), Error);
  const std::vector<MetricInfo> table = {{"pcr_batch", "PCR", "batch", Direction::lower, 0, 1, "", ""},
                                         {"nmi", "NMI", "bio", Direction::higher, 0, 1, "", ""}};
  const Leaderboard board = make_leaderboard({r}, with([&](auto& o) { o.table = table; }));
  EXPECT_EQ(board.sections[0].columns[0].title, "PCR");
}

class LeaderboardFiles : public ::testing::Test {
 protected:
  LeaderboardFiles()
      : root_(fs::path(::testing::TempDir()) /
              ("zerocell_leaderboard_" +
               std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()))) {
    fs::remove_all(root_);
  }
  ~LeaderboardFiles() override { fs::remove_all(root_); }

  std::string write(const std::string& name, const std::vector<Score>& scores,
                    const nlohmann::json& results) {
    fs::create_directories(root_ / name);
    std::ofstream(root_ / name / "scores.csv") << scores_csv(scores);
    std::ofstream(root_ / name / "results.json") << results.dump();
    return (root_ / name).string();
  }

  fs::path root_;
};

TEST_F(LeaderboardFiles, AStudyBesideAnEvaluation) {
  const auto results = [](const std::string& name, const std::string& hash) {
    return nlohmann::json{
        {"dataset", {{"name", name}, {"n_cells", 100}}},
        {"provenance", {{"input hash", hash}}},
        {"embeddings", {{{"tag", "hvg"}, {"method", "hvg"}, {"options", "n_top_genes=9"}}}}};
  };
  const std::string study = write("study", {score("x", "hvg", 0.5), score("y", "hvg", 0.4)},
                                  {{"title", "two"}, {"datasets", {{{"name", "x"}, {"folder", "x"}}}}});
  write("study/x", {score("x", "hvg", 0.5)}, results("x", "h1"));
  write("study/y", {score("y", "hvg", 0.4)}, results("y", "h2"));
  const std::string one = write("one", {score("why", "mine", 0.9)}, results("why", "h2"));
  fs::create_directory_symlink(root_ / "one", root_ / "link");

  std::vector<std::string> notes;
  const auto folders = read_result_folders({study, one, one + "/.", (root_ / "link").string()}, notes);
  ASSERT_EQ(folders.size(), 2u);
  EXPECT_EQ(notes.size(), 2u);
  EXPECT_EQ(folders[0].documents.size(), 3u);
  const Leaderboard board = make_leaderboard(folders);
  ASSERT_EQ(board.datasets.size(), 2u);
  EXPECT_THAT(board.datasets[1].names, ElementsAre("y", "why"));
  EXPECT_EQ(cell(board, "mine").place, 1u);
  EXPECT_THAT(board.methods[0].options, ElementsAre("hvg:n_top_genes=9"));
  EXPECT_THROW(read_result_folders({(root_ / "nowhere").string()}, notes), Error);
}

}  // namespace
}  // namespace zerocell
