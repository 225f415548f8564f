// What a run may replace or remove, and what it leaves when it is stopped.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include "cli/program.h"

namespace zerocell {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class UserFiles : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = (fs::temp_directory_path() / ("zerocell_user_files_" + std::to_string(getpid()))).string();
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    const auto run = run_program("simulate --out " + at("d.h5ad") +
                                 " --cells 80 --genes 120 --types 3 --batches 2 --quiet");
    ASSERT_EQ(run.status, 0) << run.err;
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string at(const std::string& name) const { return folder_ + "/" + name; }
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories(fs::path(at(name)).parent_path());
    std::ofstream(at(name)) << text;
  }
  ProgramRun evaluate(const std::string& more, const std::string& label = "celltype") const {
    return run_program("evaluate " + at("d.h5ad") + " --no-umap --quiet --reduced-dims 0 --label " + label +
                       " --embedding " + more);
  }
  /// All files below the folder but those directly in it.
  std::map<std::string, std::string> files(const std::string& name) const {
    std::map<std::string, std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(at(name)))
      if (entry.is_regular_file())
        found[fs::relative(entry.path(), at(name)).string()] = read_file(entry.path().string());
    return found;
  }
  std::string folder_;
};

TEST_F(UserFiles, AnInputInTheOutputFolderStays) {
  ASSERT_EQ(evaluate("hvg --out " + at("r")).status, 0);
  const auto before = files("r");
  fs::create_symlink(at("r/cells.h5ad"), at("link.h5ad"));
  for (const std::string data : {"r/cells.h5ad", "link.h5ad", "r/../r/cells.h5ad"}) {
    const auto run = run_program("evaluate " + at(data) +
                                 " --label celltype --embedding obsm:X_hvg --force --out " + at("r"));
    EXPECT_EQ(run.status, 2) << run.err;
    EXPECT_THAT(run.err, HasSubstr("cells.h5ad (an input of this run)"));
    EXPECT_EQ(files("r"), before);
  }
}

TEST_F(UserFiles, ForceRemovesNothingForAJobThatCannotRun) {
  ASSERT_EQ(evaluate("hvg --out " + at("r")).status, 0);
  const auto before = files("r");
  EXPECT_EQ(evaluate("hvg --force --out " + at("r"), "misspelt").status, 1);
  EXPECT_EQ(evaluate("obsm:none --force --out " + at("r")).status, 1);
  EXPECT_EQ(files("r"), before);
  EXPECT_EQ(evaluate("pca:n_comps=5 --force --out " + at("r")).status, 0);
  EXPECT_NE(files("r").at("scores.csv"), before.at("scores.csv"));
}

TEST_F(UserFiles, AFolderOfTheUsersStaysAsItIs) {
  for (const char* const name : {"figures/mine.png", "seeds.csv", ".parts/notes", "report.html"})
    write(std::string("mine/") + name, "mine");
  const auto before = files("mine");
  EXPECT_EQ(evaluate("hvg --out " + at("mine")).status, 2);
  const auto run = evaluate("hvg --force --out " + at("mine"));
  EXPECT_EQ(run.status, 2);
  EXPECT_THAT(run.err, HasSubstr("seeds.csv (not written by zerocell)"));
  EXPECT_THAT(run.err, HasSubstr("figures/mine.png (not written by zerocell)"));
  EXPECT_EQ(files("mine"), before);
  write("other/notes.txt", "mine");
  EXPECT_EQ(evaluate("hvg --force --out " + at("other")).status, 0);
  EXPECT_EQ(read_file(at("other/notes.txt")), "mine");
}

TEST_F(UserFiles, ACorrectedCommandRunsInTheFolderOfTheOneThatFailed) {
  const auto failed = evaluate("hvg obsm:none --out " + at("r"));
  EXPECT_EQ(failed.status, 1) << failed.err;
  const auto run = evaluate("hvg --out " + at("r"));
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(evaluate("hvg --out " + at("fresh/inner"), "misspelt").status, 1);
  EXPECT_FALSE(fs::exists(at("fresh")));
}

TEST_F(UserFiles, EmbedLeavesWhatLiesInItsFolderOfParts) {
  write("e.h5ad.unfinished/notes", "mine");
  const auto run = run_program("embed " + at("d.h5ad") + " --embedding hvg --quiet --out " + at("e.h5ad"));
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(files("e.h5ad.unfinished"), (std::map<std::string, std::string>{{"notes", "mine"}}));
}

TEST_F(UserFiles, OneFileIsOverwrittenWhereZerocellWroteItAlone) {
  const auto data = read_file(at("d.h5ad"));
  write("mine.h5ad", "mine");
  fs::create_symlink(at("d.h5ad"), at("link.h5ad"));
  const auto embed = "embed " + at("d.h5ad") + " --embedding hvg --quiet --force --out ";
  for (const char* const name : {"d.h5ad", "link.h5ad", "mine.h5ad"})
    EXPECT_EQ(run_program(embed + at(name)).status, 2) << name;
  EXPECT_EQ(run_program("simulate --cells 50 --genes 100 --quiet --force --out " + at("mine.h5ad")).status,
            2);
  EXPECT_EQ(run_program("simulate --cells 50 --genes 100 --quiet --force --out /dev/null").status, 2);
  EXPECT_EQ(read_file(at("d.h5ad")), data);
  EXPECT_EQ(read_file(at("mine.h5ad")), "mine");
  ASSERT_EQ(run_program(embed + at("e.h5ad")).status, 0);
  EXPECT_EQ(run_program(embed + at("e.h5ad")).status, 0);
  EXPECT_EQ(run_program("study init " + at("d.h5ad") + " --out " + at("s.toml")).status, 0);
  EXPECT_EQ(run_program("study init " + at("d.h5ad") + " --force --out " + at("s.toml")).status, 0);
  std::ofstream(at("s.toml"), std::ios::app) << "# edited\n";
  const auto edited = read_file(at("s.toml"));
  EXPECT_EQ(run_program("study init " + at("d.h5ad") + " --force --out " + at("s.toml")).status, 2);
  EXPECT_EQ(read_file(at("s.toml")), edited);
}

TEST_F(UserFiles, ModelsAndLeaderboardsAreReplacedWhereNobodyChangedThem) {
  const auto init =
      "init-model scgpt --architecture tiny --quiet --genes-from " + at("d.h5ad") + " --out " + at("m");
  ASSERT_EQ(run_program(init).status, 0);
  EXPECT_EQ(run_program(init + " --force --seed 3").status, 0);
  EXPECT_EQ(
      run_program("init-model scgpt --architecture tiny --force --vocab " + at("m") + " --out " + at("m"))
          .status,
      2)
      << "its own vocabulary";
  write("m/vocab.json", "{}");
  EXPECT_EQ(run_program(init + " --force").status, 2);
  EXPECT_EQ(read_file(at("m/vocab.json")), "{}");
  ASSERT_EQ(evaluate("hvg --out " + at("r")).status, 0);
  const auto board = "leaderboard " + at("r") + " --out " + at("r");
  ASSERT_EQ(run_program(board).status, 0);
  EXPECT_EQ(run_program(board).status, 2);
  EXPECT_EQ(run_program(board + " --force").status, 0);
  write("r/leaderboard.md", "mine");
  EXPECT_EQ(run_program(board + " --force").status, 2);
  EXPECT_EQ(read_file(at("r/leaderboard.md")), "mine");
}

TEST_F(UserFiles, AStudyStaysOffFilesOfTheUsers) {
  write("s.toml",
        "formats = [\"svg\"]\n[[dataset]]\nname = \"set\"\npath = \"d.h5ad\"\nlabel = \"celltype\"\n"
        "[[method]]\nspec = \"hvg\"\n");
  const auto study = "study " + at("s.toml") + " --quiet --out ";
  ASSERT_EQ(run_program(study + at("s")).status, 0);
  write("s/figures/mine.svg", "mine");
  const auto before = files("s");
  for (const char* const more : {"", " --force"}) {
    const auto run = run_program(study + at("s") + more);
    EXPECT_EQ(run.status, 2) << run.err;
    EXPECT_THAT(run.err, HasSubstr("figures/mine.svg (not written by zerocell)"));
    EXPECT_EQ(files("s"), before);
  }
  fs::remove(at("s/figures/mine.svg"));
  write("s/set/scores.csv", "mine");
  EXPECT_EQ(run_program(study + at("s")).status, 2) << "before anything is computed";
  EXPECT_EQ(read_file(at("s/set/scores.csv")), "mine");
}

/// Starts the program and stops it by a signal once it has begun to write below the folder.
int status_after(int signal, const std::vector<std::string>& arguments, const std::string& folder) {
  const pid_t child = fork();
  if (child == 0) {
    std::vector<char*> argv{const_cast<char*>(ZEROCELL_PROGRAM)};
    for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    if (!freopen("/dev/null", "w", stderr)) _exit(127);
    execv(argv[0], argv.data());
    _exit(127);
  }
  while (fs::is_empty(folder) && kill(child, 0) == 0)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  kill(child, signal);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST_F(UserFiles, SignalsEndARunWithoutTraces) {
  fs::create_directories(at("out"));
  // Long enough that no machine finishes it before the signal.
  const std::vector<std::string> simulate{"simulate", "--cells", "3000000", "--genes",
                                          "2000",     "--quiet", "--out",   at("out/s.h5ad")};
  for (const int signal : {SIGHUP, SIGTERM, SIGINT}) {
    EXPECT_EQ(status_after(signal, simulate, at("out")), 130) << signal;
    EXPECT_TRUE(fs::is_empty(at("out"))) << signal;
  }
  EXPECT_EQ(status_after(SIGKILL, simulate, at("out")), 128 + SIGKILL);
  ASSERT_FALSE(fs::is_empty(at("out"))) << "nobody tidies after SIGKILL";
  write("out/.mine.tmp", "mine");
  EXPECT_EQ(run_program("simulate --cells 50 --genes 100 --quiet --out " + at("out/s.h5ad")).status, 0);
  EXPECT_EQ(std::distance(fs::directory_iterator(at("out")), {}), 2) << "but the next run";
}

TEST_F(UserFiles, ALimitOnTheSizeOfFilesIsAnError) {
  fs::create_directories(at("out"));
  // In a shell of its own: the limit is in blocks of 1,024 bytes.
  const auto command = "sh -c 'ulimit -f 8; exec " + std::string(ZEROCELL_PROGRAM) +
                       " simulate --cells 400 --genes 800 --quiet --out " + at("out/s.h5ad") + "' 2> " +
                       at("err");
  const int status = std::system(command.c_str());
  ASSERT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 1);
  EXPECT_THAT(read_file(at("err")), HasSubstr("cannot be written: File too large"));
  EXPECT_TRUE(fs::is_empty(at("out")));
}

TEST_F(UserFiles, ACacheThatTakesNothingCostsAWarning) {
  write("plain", "mine");
  const auto without = evaluate("hvg --out " + at("without"));
  const auto run = evaluate("hvg --cache " + at("plain/sub") + " --out " + at("with"));
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(run.err, HasSubstr("cannot be kept for later runs"));
  EXPECT_EQ(read_file(at("with/scores.csv")), read_file(at("without/scores.csv")));
}

}  // namespace
}  // namespace zerocell
