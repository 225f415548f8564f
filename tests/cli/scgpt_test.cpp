// scGPT as a user meets it: the built program on simulated cells and an untrained model.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/program.h"

namespace zerocell {
namespace {

using testing::HasSubstr;

class CliScgpt : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ =
        (std::filesystem::temp_directory_path() / ("zerocell_scgpt_" + std::to_string(getpid()))).string();
    std::filesystem::create_directories(folder_);
    ASSERT_EQ(
        run_program("simulate --out " + data() + " --cells 60 --genes 300 --types 3 --batches 2 --quiet")
            .status,
        0);
    const auto made = run_program("init-model scgpt --architecture tiny --genes-from " + data() + " --out " +
                                  model() + " --seed 4");
    ASSERT_EQ(made.status, 0) << made.err;
  }
  static void TearDownTestSuite() { std::filesystem::remove_all(folder_); }

  static std::string data() { return folder_ + "/cells.h5ad"; }
  static std::string model() { return folder_ + "/model"; }
  static std::string out(const std::string& name) { return folder_ + "/" + name; }
  static std::string copy_of_model(const std::string& name) {
    std::filesystem::copy(model(), out(name));
    return out(name);
  }
  static ProgramRun embed(const std::string& spec, const std::string& name, const std::string& more = "") {
    return run_program("embed " + data() + " --quiet --embedding " + spec + " --out " + out(name) + " " +
                       more);
  }

  static std::string folder_;
};
std::string CliScgpt::folder_;

TEST_F(CliScgpt, VariantsAndControlsInOneEvaluation) {
  const auto g = "scgpt=" + model();
  const auto run = run_program(
      "evaluate " + data() + " --label celltype --batch batch --no-umap --quiet --embedding hvg pca m@" + g +
      " b@" + g + ":route=B,n_top_genes=100 random@" + g + ":weights=random,seed=9 genes@" + g +
      ":genes=shuffled values@" + g + ":values=shuffled --out " + out("variants"));
  ASSERT_EQ(run.status, 0) << run.err;
  const auto results = nlohmann::json::parse(read_file(out("variants") + "/results.json"));
  ASSERT_EQ(results["embeddings"].size(), 7u);
  const auto scores = read_file(out("variants") + "/scores.csv");
  for (const char* tag : {"m", "b", "random", "genes", "values"})
    EXPECT_THAT(scores, HasSubstr(std::string(",") + tag + ",64,60,"));
  EXPECT_TRUE(std::filesystem::exists(out("variants") + "/figures/avg_bio.svg"));
  EXPECT_THAT(run.out, HasSubstr("avg_bio"));
}

TEST_F(CliScgpt, TheSameBitsForAnyNumberOfThreads) {
  ASSERT_EQ(embed("scgpt=" + model(), "one.h5ad", "--threads 1").status, 0);
  ASSERT_EQ(embed("scgpt=" + model(), "two.h5ad", "--threads 2").status, 0);
  EXPECT_EQ(read_file(out("one.h5ad")), read_file(out("two.h5ad")));
  EXPECT_FALSE(std::filesystem::exists(out("one.h5ad.unfinished")));
}

TEST_F(CliScgpt, ReconstructKeepsWhatIsFinished) {
  const auto run = [&](const std::string& folder) {
    return run_program("reconstruct " + data() + " --model scgpt=" + model() + " --batch batch --cache " +
                       out("cache") + " --out " + out(folder));
  };
  const auto first = run("kept1"), second = run("kept2");
  ASSERT_EQ(first.status, 0) << first.err;
  ASSERT_EQ(second.status, 0) << second.err;
  EXPECT_EQ(read_file(out("kept1") + "/scores.csv"), read_file(out("kept2") + "/scores.csv"));
  EXPECT_THAT(run_program("cache list " + out("cache")).out, HasSubstr("reconstruction"));
}

TEST_F(CliScgpt, ReconstructWritesEveryFile) {
  const auto g = "scgpt=" + model();
  const auto run = run_program("reconstruct " + data() + " --quiet --model " + g + " masked@" + g +
                               ":mask=0.2 --batch batch --out " + out("bins"));
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("mse_gep"));
  for (const char* file : {"scores.csv", "results.json", "cells.h5ad", "report.html", "figures"})
    EXPECT_TRUE(std::filesystem::exists(out("bins") + "/" + file)) << file;
  const auto scores = read_file(out("bins") + "/scores.csv");
  for (const char* metric : {"mse_gep", "mse_gepc", "mse_mean", "mae_gep", "mre_gep", "mre_published_gepc"})
    EXPECT_THAT(scores, HasSubstr(std::string(",") + metric + ","));
}

TEST_F(CliScgpt, BothKindsOfModelsInOneReconstruction) {
  ASSERT_EQ(run_program("init-model geneformer --genes-from " + data() + " --out " + out("gf")).status, 0);
  const auto run = run_program("reconstruct " + data() + " --quiet --model scgpt=" + model() +
                               " geneformer=" + out("gf") + " --out " + out("both"));
  ASSERT_EQ(run.status, 0) << run.err;
  const auto scores = read_file(out("both") + "/scores.csv");
  EXPECT_THAT(scores, HasSubstr(",scgpt,0,60,0,mse_gep,"));
  EXPECT_THAT(scores, HasSubstr(",geneformer,0,60,0,rank_correlation,"));
}

TEST_F(CliScgpt, InspectTellsWhatAModelSees) {
  const auto run = run_program("inspect " + data() + " --embedding scgpt=" + model());
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("tokens a cell"));
}

TEST_F(CliScgpt, WrongOptionsAreStatusTwo) {
  const auto g = "scgpt=" + model();
  for (const auto* option : {":route=C", ":bin_ties=low", ":mask=0.1", ":weights=none", ":dtype=float16",
                             ":genes=none", ":values=none", ":init=package", ":n_top_genes=x"}) {
    const auto run = embed(g + option, "wrong.h5ad");
    EXPECT_EQ(run.status, 2) << option << run.err;
    EXPECT_FALSE(std::filesystem::exists(out("wrong.h5ad"))) << option;
  }
  EXPECT_EQ(
      run_program("reconstruct " + data() + " --quiet --model " + g + ":mask=2 --out " + out("w")).status, 2);
}

TEST_F(CliScgpt, UnusableModelsAreStatusOneAndNamed) {
  const auto refused = [&](const std::string& folder, const std::string& said) {
    const auto run = embed("scgpt=" + folder, "refused.h5ad");
    EXPECT_EQ(run.status, 1) << said << run.err;
    EXPECT_THAT(run.err, HasSubstr(said));
    EXPECT_FALSE(std::filesystem::exists(out("refused.h5ad"))) << said;
  };
  refused(out("nowhere"), "nowhere");

  const auto cut = copy_of_model("cut");
  std::filesystem::resize_file(cut + "/best_model.pt",
                               std::filesystem::file_size(cut + "/best_model.pt") / 2);
  refused(cut, "best_model.pt");

  const auto args = nlohmann::json::parse(read_file(model() + "/args.json"));
  const auto with_args = [&](const std::string& name, const std::string& key, const nlohmann::json& value) {
    const auto folder = copy_of_model(name);
    auto changed = args;
    changed[key] = value;
    std::ofstream(folder + "/args.json") << changed;
    return folder;
  };
  refused(with_args("layers", "nlayers", 3), "args.json");
  refused(with_args("wide", "embsize", 128), "args.json");
  refused(with_args("category", "input_emb_style", "category"), "input_emb_style");

  const auto vocabulary = nlohmann::json::parse(read_file(model() + "/vocab.json"));
  const auto larger = copy_of_model("larger");
  auto more = vocabulary;
  more["ONEMORE"] = vocabulary.size();
  std::ofstream(larger + "/vocab.json") << more;
  refused(larger, "303");
  const auto without_cls = copy_of_model("without_cls");
  auto fewer = vocabulary;
  fewer["OTHER"] = fewer["<cls>"];
  fewer.erase("<cls>");
  std::ofstream(without_cls + "/vocab.json") << fewer;
  refused(without_cls, "<cls>");
  const auto gap = copy_of_model("gap");
  auto with_gap = vocabulary;
  with_gap["<cls>"] = 9999;
  std::ofstream(gap + "/vocab.json") << with_gap;
  refused(gap, "9999");

  const auto headless = copy_of_model("headless");
  std::filesystem::remove(headless + "/best_model.pt");
  refused(headless, "best_model.pt");
  EXPECT_EQ(embed("scgpt=" + headless + ":weights=random", "random.h5ad").status, 0);
}

TEST_F(CliScgpt, EnsemblIdsNeedATable) {
  const auto run =
      run_program("embed " + data() + " --quiet --gene-ids ensembl_id --embedding scgpt=" + model() +
                  " --out " + out("none.h5ad"));
  EXPECT_EQ(run.status, 1) << run.err;
  EXPECT_THAT(run.err, HasSubstr("aliases="));
  EXPECT_THAT(run.err, HasSubstr("--gene-ids"));
}

}  // namespace
}  // namespace zerocell
