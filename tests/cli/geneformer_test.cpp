// Geneformer as a user meets it: the built program on simulated cells and an untrained model.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/program.h"

namespace zerocell {
namespace {

using testing::HasSubstr;

class CliGeneformer : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = (std::filesystem::temp_directory_path() / ("zerocell_geneformer_" + std::to_string(getpid())))
                  .string();
    std::filesystem::create_directories(folder_);
    ASSERT_EQ(
        run_program("simulate --out " + data() + " --cells 60 --genes 300 --types 3 --batches 2 --quiet")
            .status,
        0);
    const auto made =
        run_program("init-model geneformer --genes-from " + data() + " --out " + model() + " --seed 4");
    ASSERT_EQ(made.status, 0) << made.err;
  }
  static void TearDownTestSuite() { std::filesystem::remove_all(folder_); }

  static std::string data() { return folder_ + "/cells.h5ad"; }
  static std::string model() { return folder_ + "/model"; }
  static std::string out(const std::string& name) { return folder_ + "/" + name; }
  /// A copy of the model's folder.
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
std::string CliGeneformer::folder_;

TEST_F(CliGeneformer, ModesAndControlsGiveDifferentEmbeddings) {
  const auto g = "geneformer=" + model();
  const auto run =
      run_program("evaluate " + data() + " --label celltype --batch batch --no-umap --quiet --embedding m@" +
                  g + " last@" + g + ":layer=last random@" + g + ":weights=random,seed=9 shuffled@" + g +
                  ":genes=shuffled --out " + out("modes"));
  ASSERT_EQ(run.status, 0) << run.err;
  const auto results = nlohmann::json::parse(read_file(out("modes") + "/results.json"));
  ASSERT_EQ(results["embeddings"].size(), 4u);
  for (const auto& embedding : results["embeddings"]) EXPECT_EQ(embedding["dims"], 256);
  const auto scores = read_file(out("modes") + "/scores.csv");
  for (const char* tag : {"m", "last", "random", "shuffled"})
    EXPECT_THAT(scores, HasSubstr(std::string(",") + tag + ",256,60,"));
}

TEST_F(CliGeneformer, TheSameBitsForAnyNumberOfThreads) {
  ASSERT_EQ(embed("geneformer=" + model(), "one.h5ad", "--threads 1").status, 0);
  ASSERT_EQ(embed("geneformer=" + model(), "two.h5ad", "--threads 2").status, 0);
  EXPECT_EQ(read_file(out("one.h5ad")), read_file(out("two.h5ad")));
  EXPECT_FALSE(std::filesystem::exists(out("one.h5ad.unfinished")));
}

TEST_F(CliGeneformer, ReconstructWritesEveryFile) {
  const auto run = run_program("reconstruct " + data() + " --quiet --model geneformer=" + model() +
                               " --out " + out("ranks"));
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("rank_correlation"));
  for (const char* file : {"scores.csv", "results.json", "cells.h5ad", "report.html", "figures"})
    EXPECT_TRUE(std::filesystem::exists(out("ranks") + "/" + file)) << file;
  const auto again = run_program("reconstruct " + data() + " --model hvg --out " + out("none"));
  EXPECT_EQ(again.status, 2);
  EXPECT_THAT(again.err, HasSubstr("geneformer"));
}

TEST_F(CliGeneformer, InspectTellsWhatAModelSees) {
  const auto run = run_program("inspect " + data() + " --embedding geneformer=" + model());
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("tokens a cell"));
  const auto json = nlohmann::json::parse(
      run_program("inspect " + data() + " --json --embedding geneformer=" + model()).out);
  EXPECT_EQ(json["models"].size(), 1u);
  EXPECT_GT(json["models"][0]["flops"], 0);
}

TEST_F(CliGeneformer, WrongOptionsAreStatusTwo) {
  const auto g = "geneformer=" + model();
  for (const auto* option : {":layer=9", ":layer=middle", ":pool=max", ":pool=cls", ":weights=none",
                             ":dtype=float16", ":genes=none"}) {
    const auto run = embed(g + option, "wrong.h5ad");
    EXPECT_EQ(run.status, 2) << option << run.err;
    EXPECT_FALSE(std::filesystem::exists(out("wrong.h5ad"))) << option;
  }
}

TEST_F(CliGeneformer, UnusableModelsAreStatusOneAndNamed) {
  const auto refused = [&](const std::string& folder, const std::string& said) {
    const auto run = embed("geneformer=" + folder, "refused.h5ad");
    EXPECT_EQ(run.status, 1) << said << run.err;
    EXPECT_THAT(run.err, HasSubstr(said));
    EXPECT_FALSE(std::filesystem::exists(out("refused.h5ad"))) << said;
  };
  refused(out("nowhere"), "nowhere");

  const auto cut = copy_of_model("cut");
  std::filesystem::resize_file(cut + "/model.safetensors",
                               std::filesystem::file_size(cut + "/model.safetensors") - 8);
  refused(cut, "model.safetensors");

  const auto wide = copy_of_model("wide");
  auto config = nlohmann::json::parse(read_file(wide + "/config.json"));
  config["intermediate_size"] = 640;
  std::ofstream(wide + "/config.json") << config;
  refused(wide, "intermediate.dense.weight");

  const auto other = copy_of_model("other_series");
  config["intermediate_size"] = 512;
  config["vocab_size"] = 25426;
  std::ofstream(other + "/config.json") << config;
  refused(other, "25426");

  const auto evil = copy_of_model("evil");
  std::ofstream(evil + "/token_dictionary.pkl", std::ios::binary)
      << "\x80\x02"
      << "cposix\nsystem\nX\x04" << std::string(3, '\0') << "true\x85R.";
  refused(evil, "posix.system");

  const auto headless = copy_of_model("headless");
  std::filesystem::remove(headless + "/model.safetensors");
  refused(headless, "model.safetensors");
  EXPECT_EQ(embed("geneformer=" + headless + ":weights=random", "random.h5ad").status, 0);
}

TEST_F(CliGeneformer, GenesOfAnotherVocabularyAreRefused) {
  ASSERT_EQ(run_program("simulate --out " + out("other.h5ad") + " --cells 20 --genes 300 --quiet").status, 0);
  const auto run = run_program("embed " + out("other.h5ad") +
                               " --quiet --gene-ids ensembl_id --embedding geneformer=" + model() +
                               " --out " + out("none.h5ad"));
  EXPECT_EQ(run.status, 1) << run.err;
  EXPECT_THAT(run.err, HasSubstr("vocabulary"));
}

TEST_F(CliGeneformer, InitModelRefusesToOverwrite) {
  const auto run = run_program("init-model geneformer --genes-from " + data() + " --out " + model());
  EXPECT_EQ(run.status, 2);
  EXPECT_EQ(run_program("init-model geneformer --out " + out("x")).status, 2);
  EXPECT_EQ(
      run_program("init-model geneformer --architecture V9 --genes-from " + data() + " --out " + out("x"))
          .status,
      2);
}

}  // namespace
}  // namespace zerocell
