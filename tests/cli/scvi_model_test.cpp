// Models of scVI as a user meets them: trained and kept by one command, applied by another.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/program.h"
#include "zerocell/data/dataset_file.h"
#include "zerocell/models/scvi/model_file.h"

namespace zerocell {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

class CliScviModel : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = (fs::temp_directory_path() / ("zerocell_scvi_model_" + std::to_string(getpid()))).string();
    fs::create_directories(folder_);
    simulate("cells.h5ad", 100, 1);
    const auto run =
        run_program("embed " + data() + " --quiet --batch batch --embedding a@" + kTrain +
                    " hvg:n_top_genes=20 --out " + at("trained.h5ad") + " --save-models " + at("models"));
    ASSERT_EQ(run.status, 0) << run.err;
  }
  static void TearDownTestSuite() { fs::remove_all(folder_); }

  static void simulate(const std::string& name, int n_genes, int seed) {
    const auto run =
        run_program("simulate --out " + at(name) + " --cells 90 --genes " + std::to_string(n_genes) +
                    " --types 3 --batches 2 --quiet --seed " + std::to_string(seed));
    ASSERT_EQ(run.status, 0) << run.err;
  }
  static std::string at(const std::string& name) { return folder_ + "/" + name; }
  static std::string data() { return at("cells.h5ad"); }
  static std::string model() { return at("models/a"); }
  static ProgramRun embed(const std::string& path, const std::string& spec, const std::string& name,
                          const std::string& more = "") {
    return run_program("embed " + path + " --quiet --embedding " + spec + " --out " + at(name) + " " + more);
  }
  static std::vector<float> values(const std::string& name, const std::string& key) {
    const auto x = to_float(DatasetFile::open(at(name))->obsm(key).values);
    return {x.data(), x.data() + x.n_rows() * x.n_cols()};
  }

  static constexpr const char* kTrain = "scvi:max_epochs=2,n_latent=3,n_hidden=8,n_layers=1";
  static std::string folder_;
};
std::string CliScviModel::folder_;

TEST_F(CliScviModel, TheKeptModelGivesTheEmbeddingOfItsTraining) {
  EXPECT_TRUE(fs::exists(model() + "/model.pt"));
  EXPECT_FALSE(fs::exists(at("models/hvg")));
  const auto run = embed(data(), "scvi:model=" + model(), "applied.h5ad", "--batch batch --json");
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.err, "");  // the same batches: nothing to warn of
  EXPECT_EQ(values("applied.h5ad", "X_scvi"), values("trained.h5ad", "X_a"));
  EXPECT_THAT(run.out, HasSubstr("n_latent=3"));
  // Keeping a model changes nothing else.
  ASSERT_EQ(embed(data(), std::string("a@") + kTrain, "without.h5ad", "--batch batch").status, 0);
  EXPECT_EQ(values("without.h5ad", "X_a"), values("trained.h5ad", "X_a"));
  const auto kept = read_scvi_model(model());
  EXPECT_EQ(kept.batch_key, "batch");
  EXPECT_EQ(kept.batches.size(), 2u);
  EXPECT_EQ(kept.n_cells, 90u);
}

TEST_F(CliScviModel, OtherGenesAndBatchesAreToldOf) {
  simulate("fewer.h5ad", 70, 2);
  simulate("more.h5ad", 130, 3);
  const auto few =
      embed(at("fewer.h5ad"), "scvi:model=" + model() + ",batch_key=celltype", "few.h5ad", "--json");
  ASSERT_EQ(few.status, 0) << few.err;
  EXPECT_THAT(few.err, HasSubstr("the batches of the data ('celltype'"));
  EXPECT_THAT(few.err, HasSubstr("those of the model ('batch'"));
  EXPECT_THAT(few.err, HasSubstr("genes are in the data; the others count as zero"));
  EXPECT_THAT(few.out, HasSubstr("not in the data, counted as zero: "));
  const auto more = embed(at("more.h5ad"), "scvi:model=" + model(), "more_out.h5ad", "--json");
  ASSERT_EQ(more.status, 0) << more.err;
  EXPECT_THAT(more.out, HasSubstr("not among the model's genes"));
  EXPECT_THAT(more.out, HasSubstr("of genes that are not the model's"));
  for (const float x : values("more_out.h5ad", "X_scvi")) ASSERT_TRUE(std::isfinite(x));
  simulate("few_genes.h5ad", 20, 4);
  const auto refused = embed(at("few_genes.h5ad"), "scvi:model=" + model(), "refused.h5ad");
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.err, HasSubstr("at least 50 %"));
}

TEST_F(CliScviModel, OptionsOfTrainingBesideAModelAreStatusTwo) {
  const auto run = embed(data(), "scvi:model=" + model() + ",n_latent=5,max_epochs=3", "wrong.h5ad");
  EXPECT_EQ(run.status, 2) << run.err;
  EXPECT_THAT(run.err, HasSubstr("n_latent, max_epochs"));
  EXPECT_EQ(embed(data(), "scvi:model=" + model() + ",seeds=2", "wrong.h5ad").status, 2);
  const auto nothing = embed(data(), "scvi:model=" + model(), "wrong.h5ad", "--save-models " + at("m"));
  EXPECT_EQ(nothing.status, 2);
  EXPECT_THAT(nothing.err, HasSubstr("--save-models"));
  EXPECT_FALSE(fs::exists(at("wrong.h5ad")));
}

TEST_F(CliScviModel, UnusableModelsAreStatusOneAndNamed) {
  for (const std::string& path : {at("nowhere"), at("models"), data()}) {
    const auto run = embed(data(), "scvi:model=" + path, "refused.h5ad");
    EXPECT_EQ(run.status, 1) << path << run.err;
    EXPECT_THAT(run.err, HasSubstr(path));
  }
}

TEST_F(CliScviModel, AnotherModelIsNotOverwrittenUnasked) {
  const auto once = [&](const std::string& spec, const std::string& more) {
    return embed(data(), "b@" + spec, "over.h5ad", "--save-models " + at("over") + " " + more);
  };
  ASSERT_EQ(once(kTrain, "").status, 0);
  const auto first = read_file(at("over/b/model.pt"));
  fs::remove(at("over.h5ad"));
  ASSERT_EQ(once(kTrain, "").status, 0);  // the same run: the same bytes
  EXPECT_EQ(read_file(at("over/b/model.pt")), first);
  fs::remove(at("over.h5ad"));
  const auto refused = once(std::string(kTrain) + ",seed=9", "");
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.err, HasSubstr("--force"));
  EXPECT_EQ(read_file(at("over/b/model.pt")), first);
  EXPECT_FALSE(fs::exists(at("over.h5ad")));
  ASSERT_EQ(once(std::string(kTrain) + ",seed=9", "--force").status, 0);
  EXPECT_NE(read_file(at("over/b/model.pt")), first);
}

TEST_F(CliScviModel, EvaluateKeepsModelsOfEverySeedAndTrainsAgainWhereOneIsMissing) {
  const auto evaluate = [&](const std::string& out, const std::string& more) {
    return run_program("evaluate " + data() + " --label celltype --batch batch --no-umap --embedding " +
                       kTrain + ",seeds=2 --cache " + at("cache") + " --out " + at(out) + " " + more);
  };
  fs::create_directories(at("cache"));
  const auto plain = evaluate("plain", "");
  ASSERT_EQ(plain.status, 0) << plain.err;
  // Finished embeddings come from the cache, and so do their models.
  const auto cached = evaluate("cached", "--save-models " + at("from_cache"));
  ASSERT_EQ(cached.status, 0) << cached.err;
  EXPECT_THAT(cached.err, Not(HasSubstr("trained again")));
  const auto listed = run_program("cache verify " + at("cache"));
  EXPECT_EQ(listed.status, 0) << listed.out << listed.err;
  EXPECT_THAT(run_program("cache list " + at("cache")).out, HasSubstr("trained model"));
  // Without them, or with damaged ones, they are trained again, and it is said.
  bool first = true;
  for (const auto& entry : fs::directory_iterator(at("cache"))) {
    if (!entry.path().string().ends_with(".model.pt")) continue;
    if (first) fs::remove(entry.path());
    if (!first) fs::resize_file(entry.path(), 1000);
    first = false;
  }
  EXPECT_EQ(run_program("cache verify " + at("cache")).status, 1) << "one is damaged";
  const auto kept = evaluate("kept", "--save-models " + at("seeds"));
  ASSERT_EQ(kept.status, 0) << kept.err;
  EXPECT_THAT(kept.err, HasSubstr("scvi-s0: finished by an earlier run, but its model is not in"));
  EXPECT_THAT(kept.err, HasSubstr("scvi-s1: finished by an earlier run, but its model is not in"));
  for (const char* tag : {"scvi-s0", "scvi-s1"}) {
    const auto file = std::string("/") + tag + "/model.pt";
    EXPECT_EQ(read_file(at("seeds" + file)), read_file(at("from_cache" + file)));
  }
  EXPECT_EQ(read_file(at("kept/scores.csv")), read_file(at("plain/scores.csv")));
  const auto model = read_file(at("seeds/scvi-s0/model.pt"));
  EXPECT_NE(model, read_file(at("seeds/scvi-s1/model.pt")));
  // With models in their places the cache is taken.
  const auto again = evaluate("again", "--save-models " + at("seeds"));
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_THAT(again.err, Not(HasSubstr("trained again")));
  EXPECT_EQ(read_file(at("seeds/scvi-s0/model.pt")), model);
  // A finished job is not repeated: a model that is missing is named.
  fs::remove(at("seeds/scvi-s1/model.pt"));
  const auto finished = evaluate("again", "--save-models " + at("seeds"));
  EXPECT_EQ(finished.status, 0);
  EXPECT_THAT(finished.err, HasSubstr("scvi-s1/model.pt does not hold the model"));
  EXPECT_THAT(finished.err, Not(HasSubstr("scvi-s0/model.pt does not")));
}

TEST_F(CliScviModel, EvaluateKnowsAModelByItsContent) {
  fs::create_directories(at("swapped"));
  fs::copy_file(model() + "/model.pt", at("swapped/model.pt"));
  const std::string command = "evaluate " + data() +
                              " --label celltype --no-umap --quiet --embedding scvi:model=" + at("swapped") +
                              " --out " + at("content");
  ASSERT_EQ(run_program(command).status, 0);
  EXPECT_EQ(run_program(command).status, 0);
  auto other = read_scvi_model(at("swapped"));
  other.run = "another";
  write_scvi_model(other, at("swapped/model.pt"));
  EXPECT_EQ(run_program(command).status, 2);  // the folder holds the results of another job
}

}  // namespace
}  // namespace zerocell
