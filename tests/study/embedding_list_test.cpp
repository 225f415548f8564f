#include "zerocell/study/embedding_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "zerocell/data/simulate.h"
#include "zerocell/models/scgpt/untrained.h"
#include "zerocell/study/evaluate.h"

namespace zerocell {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// Simulated cells and an untrained scGPT that knows three quarters of their genes.
class EmbeddingListOf : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::temp_directory_path() / ("zerocell_list_" + std::to_string(getpid()) + test->name());
    fs::create_directories(folder_);
    SimulateOptions options;
    options.n_cells = 60;
    options.n_genes = 80;
    options.n_types = 3;
    options.n_batches = 2;
    NoProgress progress;
    simulate_to_file(options, at("cells.h5ad"), pool_, progress);
    DataSource source(at("cells.h5ad"), {}, pool_);
    source.counts();
    auto genes = source.genes();
    genes.resize(60);
    write_untrained_scgpt(at("model"), scgpt_architecture("tiny"), scgpt_vocabulary_of(genes), 5,
                          ScgptInit::independent);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string at(const std::string& name) const { return (folder_ / name).string(); }

  EvaluateOptions options(const std::string& settings, const std::string& parts) const {
    EvaluateOptions options;
    options.data_path = at("cells.h5ad");
    options.label = "celltype";
    options.batch = "batch";
    options.embeddings = {
        parse_embedding_spec("scgpt=" + at("model") + (settings.empty() ? "" : ":" + settings))};
    options.reduced_dims = 0;
    options.umap = false;
    options.device = "cpu";
    if (!parts.empty()) {
      options.parts_folder = at(parts);
      fs::create_directories(options.parts_folder);
    }
    return options;
  }
  EmbeddingResult run(const EvaluateOptions& options) {
    NoProgress progress;
    return std::move(evaluate(options, pool_, progress).embeddings.front());
  }
  static bool took_rows(const EmbeddingResult& result) {
    return std::ranges::any_of(result.stages, [](const StageCost& stage) {
      return stage.name.find("more cells") != std::string::npos;
    });
  }
  static void expect_same(const EmbeddingResult& a, const EmbeddingResult& b) {
    const auto &x = std::get<DenseMatrix<float>>(a.values), &y = std::get<DenseMatrix<float>>(b.values);
    ASSERT_EQ(x.n_rows(), y.n_rows());
    ASSERT_EQ(x.n_cols(), y.n_cols());
    for (size_t i = 0; i < x.n_rows(); ++i)
      EXPECT_EQ(std::memcmp(x.row(i).data(), y.row(i).data(), x.row(i).size_bytes()), 0) << "row " << i;
    ASSERT_EQ(a.losses.size(), b.losses.size());
    for (size_t i = 0; i < a.losses.size(); ++i) {
      EXPECT_EQ(a.losses[i].reason, b.losses[i].reason);
      EXPECT_EQ(a.losses[i].lost, b.losses[i].lost) << a.losses[i].reason;
      EXPECT_EQ(a.losses[i].total, b.losses[i].total) << a.losses[i].reason;
    }
  }
  /// Twelve cells as a list to leave out.
  std::string list_of_cells() const {
    const auto names = DatasetFile::open(at("cells.h5ad"))->cell_names();
    std::ofstream out(at("list.txt"));
    for (size_t i = 3; i < 60; i += 5) out << names[i] << "\n";
    return at("list.txt");
  }

  ThreadPool pool_{2};
  fs::path folder_;
};

TEST_F(EmbeddingListOf, FewerCellsTakesTheRowsOfAllCells) {
  const auto all = run(options("", "parts"));
  ASSERT_FALSE(took_rows(all));
  auto fewer = options("", "parts"), alone = options("", "");
  for (auto* one : {&fewer, &alone}) one->cells.exclude_cells = list_of_cells();
  const auto taken = run(fewer), computed = run(alone);
  EXPECT_TRUE(took_rows(taken));
  EXPECT_FALSE(took_rows(computed));
  expect_same(taken, computed);
  // 48 of the 60 cells cost four fifths, and taking them costs something too.
  EXPECT_GT(taken.stages.front().seconds, 0.8 * all.stages.front().seconds);
}

TEST_F(EmbeddingListOf, ASampleWithoutTheListTakesTheRowsOfTheSample) {
  auto sample = options("", "parts");
  sample.cells.subsample = 40;
  sample.cells.seed = 3;
  run(sample);
  auto fewer = options("", "parts");
  fewer.cells.where = "batch == batch_1";
  fewer.cells.subsample = 40;  // of all cells of the batch, more than the sample has
  fewer.wider = {sample.cells};
  EXPECT_FALSE(took_rows(run(fewer))) << "cells that the sample lacks have no rows there";
  auto within = options("", "parts"), alone = options("", "");
  const auto names = DatasetFile::open(at("cells.h5ad"))->cell_names();
  {
    // Leaves out what the sample lacks, and a cell that it has.
    DataSource source(at("cells.h5ad"), {}, pool_);
    const auto kept = source.select(sample.cells).cells;
    std::ofstream out(at("not_sampled.txt"));
    for (uint32_t i = 0; i < 60; ++i)
      if (i == kept[7] || !std::ranges::binary_search(kept, i)) out << names[i] << "\n";
  }
  for (auto* one : {&within, &alone}) one->cells.exclude_cells = at("not_sampled.txt");
  EXPECT_FALSE(took_rows(run(within))) << "nobody has told of the sample";
  fs::remove_all(at("parts"));
  fs::create_directories(at("parts"));
  run(sample);
  within.wider = {sample.cells};
  const auto taken = run(within);
  EXPECT_TRUE(took_rows(taken));
  expect_same(taken, run(alone));
}

TEST_F(EmbeddingListOf, GenesThatAreChosenOnTheCellsAtHandAreChosenAgain) {
  const std::string chosen = "filter_gene_by_counts=60";
  run(options(chosen, "parts"));
  auto fewer = options(chosen, "parts"), alone = options(chosen, "");
  for (auto* one : {&fewer, &alone}) one->cells.exclude_cells = list_of_cells();
  const auto again = run(fewer);
  EXPECT_FALSE(took_rows(again));
  expect_same(again, run(alone));
}

TEST_F(EmbeddingListOf, ADamagedEntryServesNobody) {
  run(options("", "parts"));
  for (const auto& entry : fs::directory_iterator(at("parts")))
    if (entry.path().extension() == ".embedding") {
      std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(200);
      file.put('!');
    }
  auto fewer = options("", "parts"), alone = options("", "");
  for (auto* one : {&fewer, &alone}) one->cells.exclude_cells = list_of_cells();
  const auto computed = run(fewer);
  EXPECT_FALSE(took_rows(computed));
  expect_same(computed, run(alone));
}

TEST_F(EmbeddingListOf, OtherWeightsOrAnotherSeedServeNobody) {
  run(options("weights=random,seed=1", "parts"));
  auto fewer = options("weights=random,seed=2", "parts");
  fewer.cells.exclude_cells = list_of_cells();
  EXPECT_FALSE(took_rows(run(fewer)));
}

// A model that was moved, or named from another folder, is the same model.
TEST_F(EmbeddingListOf, AModelIsKnownByItsContentWhereverItLies) {
  const auto here = run(options("", "parts"));
  fs::rename(at("model"), at("moved"));
  auto moved = options("", "parts");
  moved.embeddings = {parse_embedding_spec("scgpt=" + at("moved"))};
  const auto there = run(moved);
  EXPECT_TRUE(there.reused);
  expect_same(here, there);
  std::ofstream(at("moved/args.json"), std::ios::app) << " ";
  EXPECT_FALSE(run(moved).reused) << "other bytes";
}

TEST_F(EmbeddingListOf, FinishedWorkIsKnownBeforeARun) {
  auto both = options("", "parts");
  both.embeddings.push_back(parse_embedding_spec("pca:n_comps=5"));
  for (const auto& work : finished_work(both)) EXPECT_FALSE(work.embedding || work.scores);
  run(options("", "parts"));
  auto finished = finished_work(both);
  EXPECT_TRUE(finished[0].embedding && finished[0].scores);
  EXPECT_FALSE(finished[1].embedding || finished[1].scores);
  both.label = "batch";
  finished = finished_work(both);
  EXPECT_TRUE(finished[0].embedding);
  EXPECT_FALSE(finished[0].scores) << "another label";
}

// One key, so that the second is the first under another name.
TEST_F(EmbeddingListOf, TheSameUnderAnotherTagIsComputedOnce) {
  auto both = options("", "parts");
  auto again = both.embeddings.front();
  again.tag = "again";
  both.embeddings.push_back(again);
  NoProgress progress;
  const auto evaluation = evaluate(both, pool_, progress);
  ASSERT_EQ(evaluation.embeddings.size(), 2u);
  const auto &first = evaluation.embeddings[0], &second = evaluation.embeddings[1];
  EXPECT_EQ(second.tag, "again");
  expect_same(first, second);
  ASSERT_FALSE(first.stages.empty());
  EXPECT_EQ(first.stages.front().seconds, second.stages.front().seconds);  // told of one computation
  // Without a place to keep it, both are computed.
  both.parts_folder.clear();
  expect_same(evaluate(both, pool_, progress).embeddings[1], first);
}

}  // namespace
}  // namespace zerocell
