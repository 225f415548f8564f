#include "zerocell/study/write_reconstruction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>

#include "zerocell/core/error.h"
#include "zerocell/data/dataset_file.h"
#include "zerocell/reconstruct/bin_scores.h"
#include "zerocell/reconstruct/rank_scores.h"
#include "zerocell/reconstruct/reconstruction_scores.h"
#include "zerocell/report/scores_csv.h"

namespace zerocell {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

class WriteReconstruction : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = ::testing::TempDir() + "write_reconstruction_" +
            ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(path_);
  }
  void TearDown() override { std::filesystem::remove_all(path_); }

  /// Writes, and says whether the folder is complete afterwards.
  bool write(Reconstruction reconstruction) {
    NoProgress progress;
    {
      OutputFolder folder(path_, "job", false);
      write_reconstruction(reconstruction, folder, pool_, progress);
    }
    return OutputFolder(path_, "job", false).state() == OutputState::complete;
  }
  std::string text(const std::string& name) const {
    std::ifstream in(path_ + "/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  std::string path_;
  ThreadPool pool_{1};
};

/// As `reconstruct` makes it from these correlations of model and averages.
Reconstruction from_values(const std::vector<double>& model, const std::vector<double>& averages) {
  Reconstruction r;
  r.dataset = r.title = "tiny";
  r.n_cells = model.size();
  r.n_genes = 5;
  RankReconstruction ranks;
  for (size_t i = 0; i < model.size(); ++i) {
    r.obs.index.push_back("cell" + std::to_string(i));
    RankCorrelation cell;
    cell.model = model[i];
    cell.mean_rank = cell.mean_rank_without = averages[i];
    ranks.cells.push_back(cell);
  }
  ranks.density.counts.assign(RankDensity::kBins * RankDensity::kBins, 0);
  ranks.density.counts.back() = model.size();
  ReconstructionResult result;
  result.tag = "gf";
  result.model = "geneformer";
  set_ranks(result, ranks);
  const ReconstructionScoreOptions options;
  ThreadPool pool(1);
  r.scores = reconstruction_scores(result, r.dataset, options, pool);
  r.results = {result};
  return r;
}

TEST_F(WriteReconstruction, WritesEveryFile) {
  EXPECT_TRUE(write(from_values({0.5, 0.75, kNaN}, {0.25, 0.25, 0.25})));
  for (const char* name : {"scores.csv", "results.json", "cells.h5ad", "report.html", "manifest.json",
                           "figures/density.svg", "figures/density.png", "figures/density.csv",
                           "figures/per_cell.svg", "figures/per_cell.png", "figures/per_cell.csv"})
    EXPECT_GT(std::filesystem::file_size(path_ + "/" + name), 0u) << name;

  const auto scores = read_scores_csv(path_ + "/scores.csv");
  ASSERT_EQ(scores.size(), 4u);
  EXPECT_EQ(scores[0].metric, "rank_correlation");
  EXPECT_DOUBLE_EQ(scores[0].value.value(), 0.625);
  EXPECT_EQ(scores[0].n_cells, 2u);
  EXPECT_EQ(scores[3].metric, "rank_correlation_gain_loo");
  EXPECT_DOUBLE_EQ(scores[3].value.value(), 0.375);

  const auto results = nlohmann::json::parse(text("results.json"));
  EXPECT_EQ(results["kind"], "reconstruction");
  EXPECT_EQ(results["metrics"].size(), 4u);
  EXPECT_DOUBLE_EQ(results["embeddings"][0]["cells"][0]["median"].get<double>(), 0.625);
  EXPECT_EQ(results["embeddings"][0]["cells"][0]["n_missing"], 1);
  EXPECT_EQ(results["stages"][0]["name"], "cells.h5ad");

  EXPECT_THAT(text("figures/density.csv"), HasSubstr("gf,0.984375,1,0.984375,1,3,\n"));
  EXPECT_THAT(text("figures/per_cell.csv"), HasSubstr("gf,rank_correlation,0.5,0.52,1\n"));
  EXPECT_THAT(text("figures/density.png"), StartsWith("\x89PNG"));
  EXPECT_THAT(text("report.html"), HasSubstr(R"("kind":"reconstruction")"));
}

/// A model that predicts bins, for as many cells: two genes a cell, the last cell has none.
void add_bins(Reconstruction& r) {
  const auto n_cells = static_cast<uint32_t>(r.n_cells);
  std::vector<uint32_t> offsets{0}, genes, rows;
  std::vector<uint16_t> bins;
  std::vector<float> gep, gepc;
  for (uint32_t c = 0; c < n_cells; ++c) {
    for (uint32_t gene = 0; gene < 2 && c + 1 < n_cells; ++gene) {
      genes.push_back(gene);
      bins.push_back(static_cast<uint16_t>(10 + 20 * gene + c));
      gep.push_back(20);
      gepc.push_back(static_cast<float>(bins.back()) + 1);
    }
    offsets.push_back(static_cast<uint32_t>(genes.size()));
    rows.push_back(c);
  }
  ThreadPool pool(1);
  MeanBins means(2, 51);
  means.add(offsets, genes, bins, pool);
  BinErrors errors(means, n_cells, true);
  errors.add({offsets, genes, bins, gep, gepc}, rows);
  ReconstructionResult& result = r.results.emplace_back();
  result.tag = "scgpt";
  result.model = "scgpt";
  set_bins(result, std::move(errors));
  const ReconstructionScoreOptions options;
  for (Score& score : reconstruction_scores(result, r.dataset, options, pool))
    r.scores.push_back(std::move(score));
}

TEST_F(WriteReconstruction, BothKindsOfModelsInOneRun) {
  Reconstruction both = from_values({0.5, 0.75, kNaN}, {0.25, 0.25, 0.25});
  add_bins(both);
  EXPECT_TRUE(write(both));
  for (const char* figure : {"density", "per_cell", "gep", "gepc", "mse", "per_cell_mse"})
    for (const char* ending : {".svg", ".png", ".csv"}) {
      const std::string name = std::string("figures/") + figure + ending;
      EXPECT_GT(std::filesystem::file_size(path_ + "/" + name), 0u) << name;
    }
  const auto scores = read_scores_csv(path_ + "/scores.csv");
  ASSERT_EQ(scores.size(), 4u + bin_metric_table().size());
  EXPECT_EQ(scores[3].metric, "rank_correlation_gain_loo");
  EXPECT_EQ(scores[4].metric, "mse_gep");
  EXPECT_EQ(scores[4].embedding, "scgpt");
  EXPECT_EQ(scores[4].n_cells, 2u);
  EXPECT_DOUBLE_EQ(scores[4].value.value(), (100 + 100 + 81 + 121) / 4.0);
  EXPECT_DOUBLE_EQ(scores[5].value.value(), 1);
  EXPECT_EQ(scores[5].direction, Direction::lower);

  const auto results = nlohmann::json::parse(text("results.json"));
  EXPECT_EQ(results["metrics"].size(), scores.size());
  EXPECT_EQ(results["embeddings"][0]["target"], "rank");
  EXPECT_EQ(results["embeddings"][1]["target"], "bin");
  EXPECT_EQ(results["embeddings"][1]["cells"][0]["name"], "mse_gep");
  EXPECT_THAT(text("figures/density.csv"), HasSubstr("scgpt,9.5,10.5,20,20.25,1,GEP\n"));
  EXPECT_THAT(text("figures/mse.csv"), HasSubstr("scgpt,GEPC,1,1,1\n"));
  EXPECT_THAT(text("figures/per_cell.csv"), ::testing::Not(HasSubstr("scgpt")));

  const auto file = DatasetFile::open(path_ + "/cells.h5ad");
  const auto values = std::get<std::vector<double>>(file->obs_column("scgpt_mse_gepc").values);
  EXPECT_EQ(values[0], 1);
  EXPECT_TRUE(std::isnan(values[2]));
}

TEST_F(WriteReconstruction, BinsAlone) {
  Reconstruction bins;
  bins.dataset = "tiny";
  bins.n_cells = 3;
  bins.obs.index = {"a", "b", "c"};
  add_bins(bins);
  EXPECT_TRUE(write(bins));
  EXPECT_FALSE(std::filesystem::exists(path_ + "/figures/per_cell.svg"));
  EXPECT_EQ(nlohmann::json::parse(text("results.json"))["metrics"].size(), bin_metric_table().size());
}

TEST_F(WriteReconstruction, CellsReadBack) {
  EXPECT_TRUE(write(from_values({0.5, 0.75, kNaN}, {0.25, -0.5, 0.125})));
  const auto file = DatasetFile::open(path_ + "/cells.h5ad");
  EXPECT_EQ(file->cell_names(), (std::vector<std::string>{"cell0", "cell1", "cell2"}));
  const auto values = [&](const char* name) {
    return std::get<std::vector<double>>(file->obs_column(name).values);
  };
  EXPECT_EQ(values("gf_rank_correlation")[1], 0.75);
  EXPECT_TRUE(std::isnan(values("gf_rank_correlation")[2]));
  EXPECT_EQ(values("gf_rank_correlation_mean_rank"), (std::vector<double>{0.25, -0.5, 0.125}));
  EXPECT_EQ(values("gf_rank_correlation_mean_rank_loo"), (std::vector<double>{0.25, -0.5, 0.125}));
}

TEST_F(WriteReconstruction, OneCell) {
  EXPECT_TRUE(write(from_values({0.5}, {kNaN})));
  const auto scores = read_scores_csv(path_ + "/scores.csv");
  EXPECT_DOUBLE_EQ(scores[0].value.value(), 0.5);
  EXPECT_EQ(scores[1].status, ScoreStatus::not_applicable);
}

TEST_F(WriteReconstruction, NoCellWithAValueAndNoCellAtAll) {
  EXPECT_TRUE(write(from_values({kNaN, kNaN}, {kNaN, kNaN})));
  for (const Score& score : read_scores_csv(path_ + "/scores.csv")) {
    EXPECT_EQ(score.status, ScoreStatus::not_applicable);
    EXPECT_FALSE(score.value);
  }
  EXPECT_THAT(text("figures/per_cell.svg"), HasSubstr("no cell has a value"));
  std::filesystem::remove_all(path_);
  EXPECT_TRUE(write(from_values({}, {})));
  EXPECT_THAT(text("figures/density.svg"), HasSubstr("no gene was predicted"));
}

TEST_F(WriteReconstruction, WrongLengthsLeaveNothingFinished) {
  Reconstruction wrong = from_values({0.5, 0.75}, {0.25, 0.25});
  wrong.results[0].cells[0].values.pop_back();
  EXPECT_THROW(write(wrong), Error);
  EXPECT_FALSE(std::filesystem::exists(path_ + "/cells.h5ad"));
}

}  // namespace
}  // namespace zerocell
