// The study command as a user meets it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "cli/program.h"

namespace zerocell {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class CliStudy : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = (fs::temp_directory_path() / ("zerocell_cli_study_" + std::to_string(getpid()))).string();
    fs::create_directories(folder_);
    const auto run = run_program("simulate --out " + at("cells.h5ad") +
                                 " --cells 90 --genes 120 --types 3 --batches 2 --quiet");
    ASSERT_EQ(run.status, 0) << run.err;
  }
  static void TearDownTestSuite() { fs::remove_all(folder_); }
  static std::string at(const std::string& name) { return folder_ + "/" + name; }
  static std::string write(const std::string& methods) {
    std::ofstream(at("study.toml"))
        << "[[dataset]]\npath = \"cells.h5ad\"\nlabel = \"celltype\"\nbatch = \"batch\"\n"
        << methods;
    return at("study.toml");
  }
  static std::string folder_;
};
std::string CliStudy::folder_;

TEST_F(CliStudy, InitWritesAFileThatRuns) {
  const auto init = run_program("study init " + at("cells.h5ad") + " --out " + at("init.toml"));
  ASSERT_EQ(init.status, 0) << init.err;
  std::ifstream in(at("init.toml"));
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  EXPECT_THAT(text, HasSubstr("label = \"celltype\""));
  EXPECT_THAT(text, HasSubstr("batch = \"batch\""));
  EXPECT_THAT(text, HasSubstr("path = \"cells.h5ad\""));
  const auto plan = run_program("study " + at("init.toml") + " --dry-run");
  EXPECT_EQ(plan.status, 0) << plan.err;
  EXPECT_THAT(plan.out, HasSubstr("hvg pca harmony scvi-s0 scvi-s1 scvi-s2"));
  EXPECT_EQ(run_program("study init " + at("cells.h5ad") + " --out " + at("init.toml")).status, 2)
      << "is not overwritten";
}

TEST_F(CliStudy, SummaryAndStrict) {
  const auto path = write("[[method]]\nspec = \"hvg:n_top_genes=40\"\n[[method]]\nspec = \"obsm:X_none\"\n");
  const auto run = run_program("study " + path + " --quiet --out " + at("result"));
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("avg_bio"));
  EXPECT_THAT(run.out, HasSubstr("1 could not be computed"));
  EXPECT_THAT(run.out, HasSubstr("index.html"));
  EXPECT_EQ(run_program("study " + path + " --quiet --strict --out " + at("result")).status, 1);
  const auto json = run_program("study " + path + " --quiet --json --out " + at("result"));
  EXPECT_EQ(nlohmann::json::parse(json.out).at("kind"), "study");
}

// A model that cannot be read must not keep the others' results from being renewed.
TEST_F(CliStudy, ReconstructionsOfChangedDataAreWrittenBesideAModelThatFails) {
  ASSERT_EQ(run_program("init-model scgpt --architecture tiny --quiet --genes-from " + at("cells.h5ad") +
                        " --out " + at("tiny"))
                .status,
            0);
  fs::copy(at("tiny"), at("damaged"), fs::copy_options::recursive);
  std::ofstream(at("damaged/best_model.pt")) << "no weights";
  std::ofstream(at("models.toml"))
      << "tasks = [\"reconstruction\"]\nformats = [\"svg\"]\n[[dataset]]\nname = \"set\"\n"
         "path = \"changing.h5ad\"\n[[method]]\nspec = \"good@scgpt=tiny\"\n"
         "[[method]]\nspec = \"bad@scgpt=damaged\"\n";
  fs::copy_file(at("cells.h5ad"), at("changing.h5ad"));
  const auto study = [](const std::string& out) {
    const auto run = run_program("study " + at("models.toml") + " --quiet --out " + at(out));
    EXPECT_EQ(run.status, 0) << run.err;
    return run;
  };
  EXPECT_THAT(study("models").out, HasSubstr("set, bad (reconstruction)"));
  const auto before = read_file(at("models/scores.csv"));
  const auto other = run_program("simulate --out " + at("changing.h5ad") +
                                 " --cells 90 --genes 120 --types 3 --seed 9 --quiet --force");
  ASSERT_EQ(other.status, 0) << other.err;
  EXPECT_THAT(study("models").err, HasSubstr("changing.h5ad has changed since the last run"));
  study("afresh");
  EXPECT_NE(read_file(at("models/scores.csv")), before);
  for (const char* const name : {"scores.csv", "set/reconstruction/scores.csv"})
    EXPECT_EQ(read_file(at(std::string("models/") + name)), read_file(at(std::string("afresh/") + name)))
        << name;
}

// Weights of init-model are nobody's model: no verdict is drawn on them, and results say what they are.
TEST_F(CliStudy, ModelsOfInitModelAreControls) {
  ASSERT_EQ(run_program("init-model scgpt --architecture tiny --quiet --genes-from " + at("cells.h5ad") +
                        " --out " + at("random"))
                .status,
            0);
  std::ofstream(at("untrained.toml"))
      << "tasks = [\"clustering\"]\nformats = [\"svg\"]\n[[dataset]]\nname = \"set\"\npath = \"cells.h5ad\"\n"
         "label = \"celltype\"\n[[method]]\nspec = \"pca:n_comps=5\"\n[[method]]\nspec = "
         "\"m@scgpt=random\"\n";
  const auto run = run_program("study " + at("untrained.toml") + " --quiet --json --out " + at("untrained"));
  ASSERT_EQ(run.status, 0) << run.err;
  const auto methods = nlohmann::json::parse(run.out).at("methods");
  EXPECT_EQ(methods.at(0).at("control"), nullptr);
  EXPECT_EQ(methods.at(1).at("control"), "weights");
  EXPECT_THAT(read_file(at("untrained/set/results.json")), HasSubstr("weights=untrained(XXH3 "));
  // As a file of a trained model would say.
  const auto args = read_file(at("random/args.json"));
  ASSERT_THAT(args, HasSubstr("\"zerocell_untrained\": true"));
  auto trained = nlohmann::json::parse(args);
  trained.erase("zerocell_untrained");
  std::ofstream(at("random/args.json")) << trained.dump();
  const auto again = run_program("study " + at("untrained.toml") + " --quiet --json --out " + at("trained"));
  EXPECT_EQ(nlohmann::json::parse(again.out).at("methods").at(1).at("control"), nullptr);
}

TEST_F(CliStudy, MistakesAreUsage) {
  EXPECT_EQ(run_program("study --out " + at("x")).status, 2);
  EXPECT_EQ(run_program("study " + at("missing.toml") + " --out " + at("x")).status, 2);
  const auto path = write("[[method]]\nspec = \"hgv\"\nseed = 2\n");
  const auto run = run_program("study " + path + " --out " + at("x"));
  EXPECT_EQ(run.status, 2);
  EXPECT_THAT(run.err, HasSubstr("study.toml:6: [[method]]: unknown method 'hgv'"));
  EXPECT_THAT(run.err, HasSubstr("study.toml:7: [[method]]: unknown key 'seed' (did you mean 'seeds'?)"));
  EXPECT_FALSE(fs::exists(at("x")));
  EXPECT_EQ(run_program("study " + write("[[method]]\nspec = \"hvg\"\n")).status, 2)
      << "neither --out nor --dry-run";
}

}  // namespace
}  // namespace zerocell
