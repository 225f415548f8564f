// Numbers that options do not take, and what a terminal sees of names of strangers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/program.h"
#include "zerocell/core/parallel.h"
#include "zerocell/core/shell_text.h"
#include "zerocell/core/utf8.h"
#include "zerocell/data/h5ad_writer.h"
#include "zerocell/report/scores_csv.h"

namespace zerocell {
namespace {
namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr size_t kCells = 60;
constexpr const char* kLabel = "cell type; $(x) it's";
constexpr const char* kRed = "T\x1b[31mred\x07";
constexpr const char* kTurned = "B\xe2\x80\xaetxt";

class Options : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new std::string(
        (fs::temp_directory_path() / ("zerocell_options_" + std::to_string(getpid()))).string());
    fs::remove_all(*folder_);
    fs::create_directories(*folder_);
    ThreadPool pool(1);
    H5adWriter writer(path("names.h5ad"), pool);
    DataFrame obs;
    Categorical labels{{kRed, kTurned, "=1+1"}, {}}, batches{{"@sum(1)", "b\nzerocell: forged"}, {}};
    std::vector<int64_t> donors;
    for (size_t i = 0; i < kCells; ++i) {
      obs.index.push_back("c" + std::to_string(i));
      labels.codes.push_back(static_cast<int32_t>(i % 3));
      batches.codes.push_back(static_cast<int32_t>(i % 2));
      donors.push_back(i % 10 == 0 ? INT32_MIN : static_cast<int64_t>(i % 4));
    }
    obs.columns = {{kLabel, labels, {}}, {"batch", batches, {}}, {"donor", donors, {}}};
    writer.write_obs(obs);
    writer.write_var({});
    DenseMatrix<float> x(kCells, 3);
    for (size_t i = 0; i < kCells; ++i)
      for (size_t j = 0; j < 3; ++j) x(i, j) = static_cast<float>((i * (j + 3)) % 17);
    writer.write_obsm("X_e", x);
    writer.finish();
  }
  static void TearDownTestSuite() {
    fs::remove_all(*folder_);
    delete folder_;
  }
  static std::string path(const std::string& name) { return *folder_ + "/" + name; }
  static std::string out(const std::string& name) {
    fs::remove_all(path(name));
    return path(name);
  }
  static std::string* folder_;
};
std::string* Options::folder_ = nullptr;

void expect_one_usage_message(const std::string& arguments) {
  const auto run = run_program(arguments);
  EXPECT_EQ(run.status, 2) << arguments << "\n" << run.err;
  EXPECT_EQ(run.err.find("zerocell: "), 0u) << arguments << "\n" << run.err;
  EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << "one message: " << run.err;
}

TEST_F(Options, NumbersOutsideTheirRangeAreRefused) {
  const auto folder = out("numbers");
  const std::string evaluate =
      "evaluate " + path("names.h5ad") + " --label batch --embedding obsm:X_e --out " + folder + " ";
  for (const char* option :
       {"--seed", "--reduced-dims", "--threads", "--max-memory", "--subsample", "--cluster-seeds"})
    for (const char* value : {"-1", "1e400", "nan", "0x10", "99999999999999999999999", "' '", "one"})
      expect_one_usage_message(evaluate + option + " " + value);
  for (const char* value : {"--threads 0", "--cluster-seeds 0", "--max-memory 0", "--max-memory inf",
                            "--seed 1.5", "--reduced-dims 10001", "--subsample 1e3"})
    expect_one_usage_message(evaluate + value);
  EXPECT_FALSE(fs::exists(folder));
  const std::string simulate = "simulate --out " + path("none.h5ad") + " ";
  for (const char* option : {"--cells", "--genes", "--types", "--batches", "--donors-per-batch"})
    for (const char* value : {"0", "-1", "1e3", "18446744073709551616"})
      expect_one_usage_message(simulate + option + " " + value);
  for (const char* option : {"--mean-umis", "--signal", "--batch-effect", "--dropout"})
    for (const char* value : {"-1", "nan", "inf", "1e400", "x"})
      expect_one_usage_message(simulate + option + " " + value);
  EXPECT_FALSE(fs::exists(path("none.h5ad")));
  for (const char* value : {"-1", "nan", "inf"}) {
    expect_one_usage_message("compare a b --tolerance " + std::string(value));
    expect_one_usage_message("leaderboard a --out b --cells-tolerance " + std::string(value));
    expect_one_usage_message("cache prune " + *folder_ + " --max-size " + value);
    expect_one_usage_message("cache prune " + *folder_ + " --older-than " + value + "d");
  }
}

TEST_F(Options, NumbersInSpecsAreRefusedBeforeAnythingIsRead) {
  for (const char* spec : {"hvg:n_top_genes=-1",
                           "hvg:n_top_genes=1e99",
                           "hvg:n_top_genes=0",
                           "hvg:seed=-1",
                           "hvg:seeds=0",
                           "hvg:seeds=101",
                           "hvg:seeds=2,seed=18446744073709551615",
                           "hvg:seed=18446744073709551616",
                           "pca:n_comps=0",
                           "pca:n_comps=nan",
                           "harmony:theta=nan",
                           "harmony:theta=-1",
                           "harmony:theta=inf",
                           "harmony:max_iter=0",
                           "scvi:n_latent=0",
                           "scvi:n_latent=-1",
                           "scvi:n_layers=17",
                           "scvi:n_hidden=1e9",
                           "scvi:max_epochs=-1",
                           "scvi:learning_rate=nan",
                           "scvi:learning_rate=inf",
                           "scvi:learning_rate=0",
                           "scgpt=none:mask=nan",
                           "scgpt=none:normalize_total=inf",
                           "scgpt=none:n_top_genes=-1",
                           "geneformer=none:layer=1.5"})
    expect_one_usage_message("evaluate /no/such/file.h5ad --label x --batch y --embedding " +
                             std::string(spec) + " --out " + out("specs"));
}

TEST_F(Options, SimulateKeepsToTheMemory) {
  const auto file = path("small.h5ad");
  expect_one_usage_message("simulate --max-memory 10K --out " + file);
  expect_one_usage_message("simulate --cells 4000000000 --max-memory 1G --out " + file);
  expect_one_usage_message("simulate --genes 1000000 --types 500 --max-memory 1G --out " + file);
  expect_one_usage_message("simulate --batches 1000000 --donors-per-batch 1000000 --out " + file);
  EXPECT_FALSE(fs::exists(file));
  EXPECT_EQ(run_program("simulate --cells 30 --genes 50 --max-memory 100M --quiet --out " + file).status, 0);
}

void expect_clean(const ProgramRun& run) {
  EXPECT_EQ(terminal_text(run.out), run.out);
  EXPECT_EQ(terminal_text(run.err), run.err);
}

TEST_F(Options, NothingOfANameReachesTheTerminalAsACommand) {
  const auto folder = out("names");
  const auto label = shell_word(kLabel);
  for (const char* json : {"", " --json"}) {
    const auto run = run_program("inspect " + path("names.h5ad") + json);
    EXPECT_EQ(run.status, 0) << run.err;
    expect_clean(run);
    if (*json) {
      EXPECT_TRUE(nlohmann::json::accept(run.out));
    }
  }
  const auto run =
      run_program("evaluate " + path("names.h5ad") + " --quiet --no-umap --reduced-dims 0 --label " + label +
                  " --batch batch --embedding \"'=evil\x1b[2J'@obsm:X_e\" obsm:X_e --out " + folder);
  EXPECT_EQ(run.status, 0) << run.err;
  expect_clean(run);
  // A spreadsheet gets text, and what reads the file back the name.
  EXPECT_THAT(read_file(folder + "/scores.csv"), HasSubstr("names,'=evil"));
  EXPECT_EQ(read_scores_csv(folder + "/scores.csv").front().embedding, "=evil\x1b[2J");
  const auto same = run_program("compare " + folder + " " + folder);
  EXPECT_EQ(same.status, 0) << same.err;
  EXPECT_THAT(same.out, HasSubstr("0 only in one"));
  const auto board = run_program("leaderboard " + folder + " --out " + out("board"));
  EXPECT_EQ(board.status, 0) << board.err;
  expect_clean(board);
  EXPECT_THAT(read_file(path("board") + "/leaderboard.csv"), HasSubstr(",'=evil"));
  for (const std::string& wrong :
       {std::string("evaluate $'no\\xff\\x1bfile' --label x --embedding hvg --out ") + folder,
        "evaluate " + path("names.h5ad") + " --label $'no\\x1b\\nzerocell: forged' --embedding hvg --out " +
            folder,
        "evaluate " + path("names.h5ad") + " --label batch --where " + label +
            "' == no' --embedding obsm:X_e --out " + folder,
        std::string("$'\\x1b[31mnone'"), std::string("inspect $'--\\x1b[31m'")}) {
    const auto refused = run_program(wrong);
    EXPECT_GT(refused.status, 0);
    EXPECT_LT(refused.status, 3) << refused.err;
    expect_clean(refused);
    EXPECT_EQ(refused.err.find("\nzerocell: forged"), std::string::npos) << refused.err;
  }
}

TEST_F(Options, TheNextCommandRunsAsItIsPrinted) {
  const auto inspected = run_program("inspect " + path("names.h5ad"));
  const auto at = inspected.out.find("zerocell evaluate");
  ASSERT_NE(at, std::string::npos) << inspected.out;
  const std::string name = "zerocell ", tail = "--out result";
  auto command = inspected.out.substr(at + name.size(), inspected.out.find('\n', at) - at - name.size());
  ASSERT_TRUE(command.ends_with(tail)) << command;
  command.resize(command.size() - tail.size());
  const auto run = run_program(command + "--quiet --no-umap --out " + out("next"));
  EXPECT_EQ(run.status, 0) << command << "\n" << run.err;
}

TEST_F(Options, NumbersThatStandForMissingAreTold) {
  const auto run = run_program(
      "evaluate " + path("names.h5ad") +
      " --quiet --no-umap --reduced-dims 0 --label donor --embedding obsm:X_e --out " + out("missing"));
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(run.err, HasSubstr("'donor' is -2147483648 in 6 cells"));
  EXPECT_THAT(run.err, HasSubstr("6 of 60 cells have no label ('donor')"));
  EXPECT_EQ(read_scores_csv(path("missing") + "/scores.csv").front().n_cells, 54u);
}

}  // namespace
}  // namespace zerocell
