#include "zerocell/study/run_study.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "zerocell/core/error.h"
#include "zerocell/data/dataset_file.h"
#include "zerocell/data/simulate.h"

namespace zerocell {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

/// Counts the stages and stops behind one of them.
class Watch : public Progress {
 public:
  explicit Watch(size_t stop_at = 1'000'000) : stop_at_(stop_at) {}
  void stage(std::string_view name, uint64_t) override {
    ++n_stages;
    names.insert(std::string(name));
  }
  void advance(uint64_t) override {}
  void warn(std::string_view message) override { warnings.emplace_back(message); }
  bool cancelled() const override { return n_stages >= stop_at_; }
  bool saw(const std::string& part) const {
    return std::ranges::any_of(names, [&](const auto& name) { return name.find(part) != std::string::npos; });
  }
  size_t n_stages = 0;
  std::set<std::string> names;
  std::vector<std::string> warnings;

 private:
  size_t stop_at_;
};

class RunStudy : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = (fs::temp_directory_path() / ("zerocell_study_" + std::to_string(getpid()))).string();
    fs::create_directories(folder_);
    for (const int seed : {1, 2}) simulate("set" + std::to_string(seed) + ".h5ad", 2, seed);
    simulate("one_batch.h5ad", 1, 3);
  }
  static void TearDownTestSuite() { fs::remove_all(folder_); }

  static void simulate(const std::string& name, size_t n_batches, int seed) {
    SimulateOptions options;
    options.n_cells = 120;
    options.n_genes = 150;
    options.n_types = 3;
    options.n_batches = n_batches;
    options.seed = static_cast<uint64_t>(seed);
    ThreadPool pool(1);
    NoProgress progress;
    simulate_to_file(options, folder_ + "/" + name, pool, progress);
  }
  static std::string at(const std::string& name) { return folder_ + "/" + name; }
  static std::string content(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  static std::string sets(const std::vector<std::string>& names, const std::string& more = "") {
    std::string text = "tasks = [\"clustering\", \"batch\"]\nformats = [\"svg\"]\nreduced_dims = 5\n";
    for (const auto& name : names)
      text += "[[dataset]]\nname = \"" + name + "\"\npath = \"" + name +
              ".h5ad\"\nlabel = \"celltype\"\nbatch = \"batch\"\n" + more;
    return text;
  }
  static std::string method(const std::string& spec, const std::string& more = "") {
    return "[[method]]\nspec = \"" + spec + "\"\n" + more;
  }
  static constexpr const char* kScvi = "scvi:max_epochs=2,n_latent=3,n_hidden=8,n_layers=1";

  /// Writes the file, plans and runs.
  static StudyResults run(const std::string& text, const std::string& out, Progress& progress) {
    std::ofstream(at("study.toml")) << text;
    ThreadPool pool(2);
    const auto study = read_study_file(at("study.toml"), pool);
    const auto plan = plan_study(study, pool);
    RunStudyOptions options;
    options.out = at(out);
    return run_study(study, plan, options, pool, progress);
  }

  static std::string folder_;
};
std::string RunStudy::folder_;

TEST_F(RunStudy, EveryMethodOnEveryDataSet) {
  Watch watch;
  const auto text = sets({"set1", "set2"}) + method("hvg:n_top_genes=50") + method(kScvi, "seeds = 2\n");
  const auto results = run(text, "whole", watch);
  ASSERT_EQ(results.datasets.size(), 2u);
  EXPECT_TRUE(results.failures.empty());
  for (const auto& dataset : results.datasets) {
    ASSERT_EQ(dataset.evaluation.embeddings.size(), 3u);
    EXPECT_EQ(dataset.evaluation.embeddings[1].group, "scvi");
    EXPECT_EQ(n_rows(dataset.evaluation.embeddings[0].values), 0u) << "values would take memory";
    EXPECT_EQ(method_value(dataset.evaluation, "scvi", "avg_bio")->n_seeds, 2u);
    for (const auto& score : dataset.evaluation.scores)
      EXPECT_EQ(score.seed, score.embedding.starts_with("scvi-s1") ? 1u : 0u) << score.embedding;
    for (const char* const name : {"scores.csv", "report.html", "cells.h5ad", "seeds.csv", "training.csv"})
      EXPECT_TRUE(fs::exists(at("whole/" + dataset.folder + "/" + name))) << name;
  }
  for (const char* const name : {"scores.csv", "seeds.csv", "results.json", "index.html",
                                 "figures/figure_2a.svg", "figures/figure_2a.csv"})
    EXPECT_TRUE(fs::exists(at(std::string("whole/") + name))) << name;
  EXPECT_FALSE(fs::exists(at("whole/figures/figure_2a.pdf")));
  EXPECT_THAT(content(at("whole/scores.csv")), HasSubstr("\nset2,scvi-s1,"));

  // The same again computes nothing and leaves every file as it is.
  const auto before = fs::last_write_time(at("whole/index.html"));
  const auto set_before = fs::last_write_time(at("whole/set1/cells.h5ad"));
  Watch again;
  const auto second = run(text, "whole", again);
  EXPECT_FALSE(again.saw("embedding") || again.saw("Louvain") || again.saw("training"));
  EXPECT_EQ(fs::last_write_time(at("whole/index.html")), before);
  EXPECT_EQ(fs::last_write_time(at("whole/set1/cells.h5ad")), set_before);
  EXPECT_EQ(second.datasets[1].evaluation.scores.size(), results.datasets[1].evaluation.scores.size());

  // One more method is computed alone; a damaged entry of the cache is made anew, and gives the same.
  const auto scores = content(at("whole/scores.csv"));
  const auto damage_one = [&](const std::string& extension) {
    for (const auto& entry : fs::directory_iterator(at("whole/.cache"))) {
      if (entry.path().extension() != extension) continue;
      auto bytes = content(entry.path());
      bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] + 1);
      std::ofstream(entry.path(), std::ios::binary) << bytes;
      return;
    }
    FAIL() << "no entry " << extension;
  };
  damage_one("");
  Watch repaired;
  run(text, "whole", repaired);
  EXPECT_TRUE(repaired.saw("Louvain"));
  EXPECT_FALSE(repaired.saw("embedding")) << "scores alone were damaged";
  EXPECT_EQ(content(at("whole/scores.csv")), scores);
  damage_one(".embedding");
  Watch embedded;
  run(text, "whole", embedded);
  EXPECT_TRUE(embedded.saw("embedding") && embedded.saw("Louvain"));
  EXPECT_EQ(content(at("whole/scores.csv")), scores);
  Watch added;
  run(text + method("pca:n_comps=4"), "whole", added);
  EXPECT_TRUE(added.saw("set1: 4/4 pca: Louvain"));
  EXPECT_FALSE(added.saw("hvg: Louvain") || added.saw("training"));
}

TEST_F(RunStudy, AKeptMethodThatIsCalledAsASeedIsNotTakenForIt) {
  Watch alone, seeds;
  run(sets({"set1"}) + method("scvi-s0@" + std::string(kScvi) + ",seed=0"), "called", alone);
  const auto results = run(sets({"set1"}) + method(kScvi, "seeds = 2\n"), "called", seeds);
  const auto value = method_value(results.datasets[0].evaluation, "scvi", "avg_bio");
  ASSERT_TRUE(value);
  EXPECT_EQ(value->n_seeds, 2u);
}

// An embedding does not depend on the label; on the batches only where the method is given them.
TEST_F(RunStudy, OtherColumnsAreScoredOnTheSameEmbeddings) {
  const auto text = sets({"set1"}) + method("hvg:n_top_genes=50") + method("harmony:n_comps=5");
  const auto with = [&](std::string label, std::string batch) {
    auto changed = text;
    changed.replace(changed.find("label = \"celltype\""), 18, "label = \"" + label + "\"");
    changed.replace(changed.find("batch = \"batch\""), 15, "batch = \"" + batch + "\"");
    return changed;
  };
  Watch first, other_label, other_batch;
  run(text, "columns", first);
  ASSERT_TRUE(first.saw("hvg: embedding") && first.saw("harmony: embedding"));
  run(with("batch", "batch"), "columns", other_label);
  EXPECT_FALSE(other_label.saw("embedding"));
  EXPECT_TRUE(other_label.saw("hvg: Louvain") && other_label.saw("harmony: Louvain"));
  run(with("batch", "celltype"), "columns", other_batch);
  EXPECT_FALSE(other_batch.saw("hvg: embedding"));
  EXPECT_TRUE(other_batch.saw("harmony: embedding"));
  Watch fresh;
  run(with("batch", "celltype"), "columns_anew", fresh);
  EXPECT_EQ(content(at("columns/scores.csv")), content(at("columns_anew/scores.csv")));
}

TEST_F(RunStudy, TrainedModelsAreKeptWhereTheStudyAsksForThem) {
  const auto text = sets({"set1"}) + method("hvg:n_top_genes=50") + method(kScvi);
  Watch plain, with_models, again;
  run(text, "trained", plain);
  EXPECT_FALSE(fs::exists(at("trained/models")));
  run("save_models = true\n" + text, "trained", with_models);
  EXPECT_FALSE(with_models.saw("training scVI")) << "the cache has the model";
  EXPECT_TRUE(fs::exists(at("trained/models/set1/scvi/model.pt")));
  fs::remove(at("trained/models/set1/scvi/model.pt"));
  run("save_models = true\n" + text, "trained", again);
  EXPECT_FALSE(again.saw("training scVI"));
  EXPECT_TRUE(fs::exists(at("trained/models/set1/scvi/model.pt")));
}

TEST_F(RunStudy, StoppedAnywhereItGoesOnToTheSameBytes) {
  const auto text =
      sets({"set1", "set2"}) + method("hvg:n_top_genes=50") + method("harmony:n_comps=5") + method(kScvi);
  Watch whole;
  run(text, "unstopped", whole);
  for (const size_t stop_at : {size_t{1}, whole.n_stages / 4, whole.n_stages / 2, whole.n_stages - 1}) {
    const auto out = "stopped" + std::to_string(stop_at);
    Watch stopped(stop_at);
    EXPECT_THROW(run(text, out, stopped), Error) << stop_at;
    Watch rest;
    run(text, out, rest);
    EXPECT_EQ(content(at(out + "/scores.csv")), content(at("unstopped/scores.csv"))) << stop_at;
  }
}

TEST_F(RunStudy, WhatFailsIsListedAndTheRestGoesOn) {
  Watch watch;
  const auto results =
      run(sets({"set1", "one_batch"}) + method("obsm:X_missing") + method("hvg:n_top_genes=50"), "failing",
          watch);
  ASSERT_EQ(results.failures.size(), 2u);
  EXPECT_EQ(results.failures[0].dataset, "set1");
  EXPECT_EQ(results.failures[0].tag, "X_missing");
  EXPECT_EQ(results.failures[0].task, "embedding");
  EXPECT_THAT(results.failures[0].message, HasSubstr("X_missing"));
  for (const auto& dataset : results.datasets) {
    ASSERT_EQ(dataset.evaluation.embeddings.size(), 1u);
    EXPECT_TRUE(method_value(dataset.evaluation, "hvg", "asw_label"));
  }
  EXPECT_FALSE(method_value(results.datasets[1].evaluation, "hvg", "asw_batch")) << "one batch";
  EXPECT_THAT(content(at("failing/results.json")), HasSubstr("X_missing"));
}

TEST_F(RunStudy, SamplesAreTheSameCellsForAllMethods) {
  Watch watch;
  const auto results =
      run(sets({"set1"}) + method("hvg:n_top_genes=50") + method("pca:n_comps=4", "subsample = 60\n"),
          "sample", watch);
  ASSERT_EQ(results.datasets.size(), 2u);
  EXPECT_EQ(results.datasets[0].evaluation.embeddings.size(), 1u);
  const auto& sample = results.datasets[1];
  EXPECT_EQ(sample.name, "set1-sample60");
  EXPECT_EQ(sample.variant, StudyVariant::sample);
  EXPECT_EQ(sample.variant_of, "set1");
  EXPECT_EQ(sample.evaluation.n_cells, 60u);
  ASSERT_EQ(sample.evaluation.embeddings.size(), 2u);
}

TEST_F(RunStudy, WithAndWithoutTheOverlap) {
  std::ofstream(at("seen.txt")) << "cell_0\ncell_1\ncell_2\n";
  std::ofstream(at("bad.txt")) << "cell_2\ncell_9\n";
  ThreadPool pool(1);
  const auto names = DatasetFile::open(at("set1.h5ad"))->cell_names();
  std::ofstream(at("seen.txt")) << names[0] << "\n" << names[1] << "\n" << names[2] << "\n";
  std::ofstream(at("bad.txt")) << names[2] << "\n" << names[9] << "\n";
  Watch watch;
  const auto results = run(
      sets({"set1"}, "overlap = \"seen.txt\"\nexclude_cells = \"bad.txt\"\n") + method("hvg:n_top_genes=50"),
      "overlap", watch);
  ASSERT_EQ(results.datasets.size(), 2u);
  EXPECT_EQ(results.datasets[0].evaluation.n_cells, 118u);
  EXPECT_EQ(results.datasets[1].evaluation.n_cells, 116u);
  EXPECT_EQ(results.datasets[1].variant, StudyVariant::without_overlap);
  const auto study = read_study_file(at("study.toml"), pool);
  const auto plan = plan_study(study, pool);
  EXPECT_EQ(plan.parts.at(0).n_cells, 118u);
  EXPECT_EQ(plan.parts.at(1).n_cells, 116u);
}

// A model builder's list may name data sets, which a column of obs tells apart.
TEST_F(RunStudy, TheOverlapMayBeOfIdsInAColumn) {
  std::ofstream(at("seen_ids.txt")) << "batch_1\nof another file\n";
  Watch watch;
  const auto results = run(
      sets({"set1"}, "overlap = \"seen_ids.txt\"\noverlap_by = \"batch\"\n") + method("hvg:n_top_genes=50"),
      "overlap_ids", watch);
  ASSERT_EQ(results.datasets.size(), 2u);
  EXPECT_EQ(results.datasets[0].evaluation.n_cells, 120u);
  const auto& rest = results.datasets[1].evaluation;
  EXPECT_LT(rest.n_cells, 120u);
  EXPECT_GT(rest.n_cells, 0u);
  for (const int32_t code : rest.batches.codes)
    EXPECT_NE(rest.batches.categories[static_cast<size_t>(code)], "batch_1");

  // All of it: what is without the overlap cannot be scored, and says so.
  std::ofstream(at("seen_ids.txt")) << "batch_1\nbatch_2\nbatch_3\n";
  const auto whole = run(
      sets({"set1"}, "overlap = \"seen_ids.txt\"\noverlap_by = \"batch\"\n") + method("hvg:n_top_genes=50"),
      "overlap_all", watch);
  ASSERT_EQ(whole.failures.size(), 1u);
  EXPECT_EQ(whole.failures[0].dataset, "set1-without-overlap");
  EXPECT_THAT(whole.failures[0].message, HasSubstr("120 by lists"));
}

// The published code draws its samples otherwise: the same number of other cells.
TEST_F(RunStudy, AnotherDrawOfASampleIsEmbeddedAnew) {
  const auto text = sets({"set1"}, "subsample = 60\n") + method("hvg:n_top_genes=50");
  Watch first, second, fresh;
  run(text, "draws", first);
  run("convention = \"paper\"\n" + text, "draws", second);
  EXPECT_TRUE(second.saw("hvg: embedding"));
  run("convention = \"paper\"\n" + text, "draws_anew", fresh);
  EXPECT_EQ(content(at("draws/scores.csv")), content(at("draws_anew/scores.csv")));
}

TEST_F(RunStudy, AMethodThatNeedsBatchesIsNotApplicableWithoutThem) {
  Watch watch;
  const auto results =
      run("tasks = [\"clustering\"]\n[[dataset]]\npath = \"set1.h5ad\"\nlabel = \"celltype\"\n" +
              method("hvg:n_top_genes=50") + method("harmony"),
          "no_batch", watch);
  ASSERT_EQ(results.failures.size(), 1u);
  EXPECT_THAT(results.failures[0].message, HasSubstr("not applicable"));
  for (const auto& score : results.datasets[0].evaluation.scores)
    EXPECT_NE(score.metric, "asw_batch") << "not a task of this study";
}

TEST_F(RunStudy, FoldersOfOthersAreRefused) {
  fs::create_directories(at("foreign"));
  std::ofstream(at("foreign/thesis.docx")) << "mine";
  Watch watch;
  EXPECT_THROW(run(sets({"set1"}) + method("hvg"), "foreign", watch), Error);
  EXPECT_TRUE(fs::exists(at("foreign/thesis.docx")));
}

TEST_F(RunStudy, ARunKilledBeforeItsFirstManifestLeavesAFolderToGoOnIn) {
  fs::create_directories(at("killed"));
  std::ofstream(at("killed/.manifest.json.4711.0.tmp")) << "{\"program\":";
  Watch watch;
  EXPECT_TRUE(run(sets({"set1"}) + method("hvg:n_top_genes=50"), "killed", watch).failures.empty());
}

TEST_F(RunStudy, ChangedDataIsComputedAnew) {
  fs::copy_file(at("set1.h5ad"), at("changing.h5ad"), fs::copy_options::overwrite_existing);
  const auto text = sets({"changing"}) + method("hvg:n_top_genes=50");
  Watch first, second;
  run(text, "changed", first);
  const auto scores = content(at("changed/scores.csv"));
  fs::copy_file(at("set2.h5ad"), at("changing.h5ad"), fs::copy_options::overwrite_existing);
  run(text, "changed", second);
  EXPECT_TRUE(second.saw("Louvain"));
  EXPECT_NE(content(at("changed/scores.csv")), scores);
  const auto told = Contains(HasSubstr("changing.h5ad has changed since the last run"));
  EXPECT_THAT(first.warnings, testing::Not(told));
  EXPECT_THAT(second.warnings, told);
  Watch third;
  run(text, "changed", third);
  EXPECT_THAT(third.warnings, testing::Not(told)) << "once";
}

TEST_F(RunStudy, ColumnsThatADataSetLacksAreTold) {
  std::ofstream(at("wrong.toml"))
      << "[[dataset]]\npath = \"set1.h5ad\"\nlabel = \"cell_type\"\nwhere = \"batch == 'batch_1' and "
         "batch == 'batch_2'\"\n[[dataset]]\nname = \"other\"\npath = \"set1.h5ad\"\nlabel = "
         "\"celltype\"\nwhere = \"batch == 'none'\"\n[[method]]\nspec = \"hvg\"\n";
  ThreadPool pool(1);
  try {
    read_study_file(at("wrong.toml"), pool);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    EXPECT_THAT(error.what(), HasSubstr("did you mean 'celltype'?"));
    EXPECT_THAT(error.what(), HasSubstr("120 left out by the condition"));
    EXPECT_THAT(error.what(), HasSubstr("Check where and exclude_cells"));
    EXPECT_THAT(error.what(), HasSubstr("no cell with 'none'; the values are 'batch_1', 'batch_2'"));
    EXPECT_THAT(error.what(), HasSubstr("3 mistakes"));
  }
}

// Every mistake in a data set is told of at its key's line, none hides another.
TEST_F(RunStudy, MistakesInADataSetStandAtTheirLines) {
  std::ofstream(at("lines.toml"))
      << "[[dataset]]\nname = \"x\"\npath = \"set1.h5ad\"\nlabel = \"celltpe\"\n"
         "batch = \"batc\"\nwhere = \"btch == 1\"\ncounts = \"layer:cnts\"\n"
         "exclude_cells = \"none.txt\"\n"
         "[[dataset]]\nname = \"y\"\npath = \"set2.h5ad\"\ngene_ids = \"ensembl_ids\"\n"
         "[[method]]\nspec = \"harmony:batch_key=batche\"\ndatasets = [\"x\"]\n"
         "[[method]]\nspec = \"mine@file=none.npy\"\n"
         "[[method]]\nspec = \"scvi:model=none.pt\"\n";
  ThreadPool pool(1);
  try {
    read_study_file(at("lines.toml"), pool);
    FAIL();
  } catch (const Error& error) {
    for (const char* const part :
         {"toml:4: [[dataset]] 'x': label is 'celltpe'", "toml:5: [[dataset]] 'x': batch is 'batc'",
          "toml:6: [[dataset]] 'x': ", "toml:7: [[dataset]] 'x': ", "toml:8: [[dataset]] 'x': exclude_cells",
          "toml:12: [[dataset]] 'y': gene_ids is 'ensembl_ids'", "did you mean 'ensembl_id'?",
          "toml:13: [[method]] 'harmony': batch_key is 'batche'", "none.npy does not exist",
          "none.pt does not exist", "9 mistakes"})
      EXPECT_THAT(error.what(), HasSubstr(part));
  }
}

TEST_F(RunStudy, EstimatesCanBeStopped) {
  std::ofstream(at("estimate.toml")) << sets({"set1"}) + method("hvg");
  ThreadPool pool(1);
  const auto study = read_study_file(at("estimate.toml"), pool);
  const auto plan = plan_study(study, pool);
  Watch stopped(0);
  EXPECT_THROW(estimate_part(study, plan.parts[0], pool, uint64_t{1} << 30, stopped), Error);
}

}  // namespace
}  // namespace zerocell
