// `compare` and `leaderboard` as a user runs them: exit statuses, files, both kinds of output.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/program.h"
#include "zerocell/report/scores_csv.h"

namespace zerocell {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class CompareCommand : public ::testing::Test {
 protected:
  CompareCommand()
      : root_(fs::path(::testing::TempDir()) /
              ("zerocell_compare_cli_" +
               std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()))) {
    fs::remove_all(root_);
    write("a", 0.5, 0.25);
    write("b", 0.4375, 0.25);  // nmi worse by 1/16
  }
  ~CompareCommand() override { fs::remove_all(root_); }

  void write(const std::string& name, double nmi, double ari) const {
    Score score;
    score.dataset = "x";
    score.embedding = "hvg";
    score.n_cells = 10;
    score.convention = "zerocell";
    std::vector<Score> scores;
    for (const auto& [metric, value] : {std::pair("nmi", nmi), std::pair("ari", ari)}) {
      score.metric = metric;
      score.value = value;
      scores.push_back(score);
    }
    fs::create_directories(root_ / name);
    std::ofstream(root_ / name / "scores.csv") << scores_csv(scores);
  }
  std::string path(const std::string& name) const { return (root_ / name).string(); }
  ProgramRun compare(const std::string& options) const {
    return run_program("compare " + path("a") + " " + path("b") + " " + options);
  }

  fs::path root_;
};

TEST_F(CompareCommand, ExitStatuses) {
  EXPECT_EQ(compare("").status, 0);
  EXPECT_EQ(compare("--fail-on none").status, 0);
  EXPECT_EQ(compare("--fail-on worse").status, 1);
  EXPECT_EQ(compare("--fail-on worse --tolerance 0.0625").status, 0);
  EXPECT_EQ(compare("--fail-on worse --metric ari").status, 0);
  EXPECT_EQ(compare("--fail-on change --metric nmi").status, 1);
  EXPECT_EQ(run_program("compare " + path("b") + " " + path("a") + " --fail-on worse").status, 0);
  EXPECT_EQ(run_program("compare " + path("b") + " " + path("a") + " --fail-on change").status, 1);
  EXPECT_EQ(run_program("compare " + path("a") + " " + path("nowhere")).status, 1);
  for (const char* wrong : {"--fail-on never", "--metric nmj", "--tolerance -1", "--tolerance nan"})
    EXPECT_EQ(compare(wrong).status, 2) << wrong;
}

TEST_F(CompareCommand, SaysTheSameTwice) {
  EXPECT_THAT(compare("--fail-on worse").out, HasSubstr("1 same, 0 better, 1 worse, 0 only in one"));
  const auto run = compare("--fail-on worse --json");
  EXPECT_EQ(run.status, 1);
  const auto document = nlohmann::json::parse(run.out);
  EXPECT_EQ(document["failed"], true);
  EXPECT_EQ(document["n_worse"], 1);
  EXPECT_THAT(run_program("compare --help").out, HasSubstr("Exit status"));
}

TEST_F(CompareCommand, LeaderboardWritesItsFilesOnce) {
  const std::string command = "leaderboard " + path("a") + " " + path("a") + " --out " + path("board/new");
  const auto run = run_program(command);
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("it counts once"));
  for (const char* name : {"leaderboard.csv", "leaderboard_values.csv", "leaderboard.md", "leaderboard.html"})
    EXPECT_THAT(run.out.empty() ? "" : read_file(path("board/new/" + std::string(name))), HasSubstr("hvg"))
        << name;
  EXPECT_EQ(run_program(command).status, 2) << "the files are there";
  const auto again = run_program(command + " --force --json");
  EXPECT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(nlohmann::json::parse(again.out)["kind"], "leaderboard");
  EXPECT_EQ(run_program("leaderboard " + path("nowhere") + " --out " + path("other")).status, 1);
  EXPECT_FALSE(fs::exists(path("other")));
  EXPECT_EQ(run_program("leaderboard --out " + path("other")).status, 2);
  EXPECT_EQ(run_program("leaderboard " + path("a")).status, 2);
}

}  // namespace
}  // namespace zerocell
