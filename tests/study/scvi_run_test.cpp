#include "zerocell/study/scvi_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "data/temporary_folder.h"
#include "zerocell/core/error.h"
#include "zerocell/data/h5ad_writer.h"
#include "zerocell/data/simulate.h"
#include "zerocell/study/methods.h"

namespace zerocell {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr size_t kCells = 60, kGenes = 40;
const std::string kSpec = "scvi:max_epochs=2,n_latent=3,n_hidden=8,n_layers=1";

/// A small data set that can be spoilt: counts (kCells, kGenes) and batch codes with categories a, b, c.
struct Data {
  std::vector<std::vector<float>> counts;
  std::vector<int32_t> batch;

  Data() : counts(kCells, std::vector<float>(kGenes)), batch(kCells) {
    for (size_t i = 0; i < kCells; ++i) {
      batch[i] = static_cast<int32_t>(i % 2);
      for (size_t g = 0; g < kGenes; ++g)
        counts[i][g] = static_cast<float>((i * 7 + g * 3 + i % 3 * g * g) % 5);
    }
  }
  void write(const std::string& path, ThreadPool& pool) const {
    CsrMatrix rows;
    DataFrame obs, var;
    for (size_t i = 0; i < counts.size(); ++i) {
      for (size_t g = 0; g < counts[i].size(); ++g)
        if (counts[i][g] != 0) {
          rows.indices.push_back(static_cast<uint32_t>(g));
          rows.values.push_back(counts[i][g]);
        }
      rows.indptr.push_back(rows.indices.size());
      obs.index.push_back("cell" + std::to_string(i));
    }
    rows.n_rows = counts.size();
    rows.n_cols = counts[0].size();
    for (size_t g = 0; g < rows.n_cols; ++g) var.index.push_back("GENE" + std::to_string(g));
    Categorical column;
    column.categories = {"a", "b", "c"};
    column.codes = batch;
    obs.columns.push_back({"batch", column, {}});
    H5adWriter writer(path, pool);
    writer.write_obs(obs);
    writer.write_var(var);
    writer.write_matrix("X", {rows.n_rows, rows.n_cols, [&](const auto& consume) { consume({0, rows}); }});
    writer.finish();
  }
};

class ScviRun : public testing::Test {
 protected:
  ComputedEmbedding run(const Data& data, const std::string& batch = "batch", const std::string& text = kSpec,
                        const DataSourceOptions& options = {}) {
    data.write(folder_.file("x.h5ad"), pool_);
    DataSource source(folder_.file("x.h5ad"), options, pool_);
    const auto spec = parse_embedding_spec(text);
    return find_method(spec).compute({spec, source, pool_, progress_, 0, 1 << 30, "cpu", "", "", batch});
  }
  static std::vector<float> values(const ComputedEmbedding& embedding) {
    const auto& x = std::get<DenseMatrix<float>>(embedding.values);
    return {x.data(), x.data() + x.n_rows() * x.n_cols()};
  }
  void expect_error(const Data& data, const std::string& message, const std::string& text = kSpec,
                    int status = 1) {
    try {
      run(data, "batch", text);
      FAIL() << message;
    } catch (const Error& e) {
      EXPECT_EQ(e.exit_status(), status) << e.what();
      EXPECT_THAT(e.what(), HasSubstr(message));
    }
  }

  TemporaryFolder folder_;
  ThreadPool pool_{2};
  NoProgress progress_;
};

TEST_F(ScviRun, GivesMeansAndItsTraining) {
  const auto embedding = run({});
  EXPECT_EQ(n_rows(embedding.values), kCells);
  EXPECT_EQ(n_cols(embedding.values), 3u);
  for (const float x : values(embedding)) EXPECT_TRUE(std::isfinite(x));
  EXPECT_THAT(embedding.warnings, IsEmpty());
  EXPECT_THAT(embedding.losses, IsEmpty());
  EXPECT_EQ(embedding.training.train.size(), 2u);
  EXPECT_EQ(embedding.training.n_train, 54u);
  EXPECT_EQ(embedding.training.n_validation, 6u);
  EXPECT_EQ(embedding.stages.at(0).name, "training");
  EXPECT_THAT(embedding.options, HasSubstr("gene_likelihood=nb,genes=all,n_genes=40,batch_key=batch"));
  EXPECT_NE(values(run({}, "")), values(embedding)) << "batches matter";
  EXPECT_NE(values(run({}, "batch", kSpec + ",gene_likelihood=zinb")), values(embedding));
}

TEST_F(ScviRun, WhatIsNoCountIsRefused) {
  Data data;
  data.counts[3][4] = 0.5f;
  expect_error(data, "counts");
  data.counts[3][4] = -1;
  expect_error(data, "counts");
  data.counts[3][4] = std::nanf("");
  expect_error(data, "counts");
  // Whole numbers in the first cells say nothing of the rest.
  Data late;
  late.counts.back().back() = 0.25f;
  expect_error(late, "counts");
}

TEST_F(ScviRun, NumbersThatAreNoCountsAreTrainedOnWhereAllowed) {
  Data data;
  data.counts[3][4] = 0.5f;
  DataSourceOptions options;
  options.accept_non_counts = true;
  EXPECT_EQ(n_rows(run(data, "batch", kSpec, options).values), kCells);
}

TEST_F(ScviRun, CellsWithoutCountsAreLeftOutAndCounted) {
  Data data;
  for (const size_t i : {0u, 30u}) std::ranges::fill(data.counts[i], 0.0f);
  const auto embedding = run(data);
  EXPECT_EQ(n_rows(embedding.values), kCells - 2);
  EXPECT_EQ(embedding.cells.size(), kCells - 2);
  EXPECT_THAT(embedding.cells, Not(Contains(0u)));
  EXPECT_THAT(embedding.cells, Not(Contains(30u)));
  ASSERT_EQ(embedding.losses.size(), 1u);
  EXPECT_EQ(embedding.losses[0].lost, 2);
  EXPECT_THAT(embedding.warnings, Contains(HasSubstr("2 of 60 cells have no count")));
}

TEST_F(ScviRun, GenesWithoutCountsAreLeftOutCountedAndChangeNothing) {
  Data data;
  for (auto& row : data.counts) row.insert(row.begin() + 5, 3, 0.0f);
  const auto embedding = run(data);
  EXPECT_EQ(values(embedding), values(run({})));
  ASSERT_EQ(embedding.losses.size(), 1u);
  EXPECT_EQ(embedding.losses[0].what, "genes");
  EXPECT_EQ(embedding.losses[0].lost, 3);
  EXPECT_EQ(embedding.losses[0].total, 43);
}

TEST_F(ScviRun, NothingToTrainOn) {
  Data data;
  for (auto& row : data.counts) std::ranges::fill(row, 0.0f);
  expect_error(data, "counts");
  Data few;
  for (size_t i = 2; i < kCells; ++i) std::ranges::fill(few.counts[i], 0.0f);
  expect_error(few, "at least 3 cells");
  Data without;
  std::ranges::fill(without.batch, -1);
  expect_error(without, "");
}

TEST_F(ScviRun, OneBatchIsTrainedWithoutBatches) {
  Data data;
  std::ranges::fill(data.batch, 1);
  const auto embedding = run(data);
  EXPECT_EQ(n_rows(embedding.values), kCells);
  for (const float x : values(embedding)) EXPECT_TRUE(std::isfinite(x));
  EXPECT_THAT(embedding.warnings, Contains(HasSubstr("one batch")));
  EXPECT_EQ(values(embedding), values(run(data, "")));
}

TEST_F(ScviRun, ABatchOfOneCellIsTrainedWithAWarning) {
  Data data;
  data.batch[7] = 2;
  const auto embedding = run(data);
  EXPECT_EQ(n_rows(embedding.values), kCells);
  for (const float x : values(embedding)) EXPECT_TRUE(std::isfinite(x));
  EXPECT_THAT(embedding.warnings,
              Contains(HasSubstr("1 of 3 batches ('batch') have fewer than 3 cells, as 'c'")));
}

TEST_F(ScviRun, CellsWithoutABatchAreLeftOutAndCounted) {
  Data data;
  data.batch[4] = data.batch[5] = -1;
  const auto embedding = run(data);
  EXPECT_EQ(n_rows(embedding.values), kCells - 2);
  EXPECT_THAT(embedding.cells, Not(Contains(4u)));
  EXPECT_THAT(embedding.warnings, Contains(HasSubstr("2 of 60 cells have no batch ('batch')")));
  EXPECT_EQ(embedding.losses.back().lost, 2);
  EXPECT_EQ(n_rows(run(data, "").values), kCells) << "batches that are not asked for do not matter";
}

TEST_F(ScviRun, WrongOptionsAreToldOf) {
  expect_error({}, "learning_rate", "scvi:learning_rate=0", 2);
  expect_error({}, "learning_rate", "scvi:learning_rate=nan", 2);
  expect_error({}, "gene_likelihood", "scvi:gene_likelihood=poisson", 2);
  expect_error({}, "n_hidden", "scvi:n_hidden=100000", 2);
  expect_error({}, "early_stopping", "scvi:early_stopping=1", 2);
}

}  // namespace
}  // namespace zerocell
