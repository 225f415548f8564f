#include "zerocell/study/scvi_model_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "data/temporary_folder.h"
#include "zerocell/core/error.h"
#include "zerocell/data/h5ad_writer.h"
#include "zerocell/models/scvi/model_file.h"
#include "zerocell/study/methods.h"

// Reference: a model that scvi-tools 1.4.2 trained (tests/reference/make_scvi_model.py) and its latent means.
namespace zerocell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kModel = ZEROCELL_SOURCE_DIR "/tests/golden/scvi/nb";

const nlohmann::json& golden() {
  static const auto document = nlohmann::json::parse(std::ifstream(kModel + ".json"));
  return document;
}

/// Counts of the reference's 12 cells as a data set: columns `genes` of them, in that order, then columns of
/// other names with counts of 1 in every cell; then `n_foreign` cells that have those alone.
struct Cells {
  std::vector<std::string> genes = golden().at("genes").get<std::vector<std::string>>();
  std::vector<std::string> others = {};
  size_t n_foreign = 0;
  std::vector<std::string> sites = golden().at("batch").get<std::vector<std::string>>();

  void write(const std::string& path, ThreadPool& pool) const {
    const auto known = golden().at("genes").get<std::vector<std::string>>();
    CsrMatrix counts;
    DataFrame obs, var;
    std::vector<std::string> site = sites;
    for (size_t i = 0; i < 12 + n_foreign; ++i) {
      for (size_t g = 0; g < genes.size() && i < 12; ++g) {
        const auto at = std::ranges::find(known, genes[g]) - known.begin();
        const auto x = golden().at("counts")[i][static_cast<size_t>(at)].get<float>();
        if (x == 0) continue;
        counts.indices.push_back(static_cast<uint32_t>(g));
        counts.values.push_back(x);
      }
      for (size_t g = 0; g < others.size(); ++g) {
        counts.indices.push_back(static_cast<uint32_t>(genes.size() + g));
        counts.values.push_back(1);
      }
      counts.indptr.push_back(counts.indices.size());
      obs.index.push_back("cell" + std::to_string(i));
      if (i >= 12) site.push_back("elsewhere");
    }
    counts.n_rows = obs.index.size();
    counts.n_cols = genes.size() + others.size();
    obs.columns.push_back({"site", site, {}});
    var.index = genes;
    var.index.insert(var.index.end(), others.begin(), others.end());
    H5adWriter writer(path, pool);
    writer.write_obs(obs);
    writer.write_var(var);
    writer.write_matrix("X", {counts.n_rows, counts.n_cols, [&](const auto& consume) {
                                consume({0, counts});
                              }});
    writer.finish();
  }
};

class ScviModelRun : public testing::Test {
 protected:
  ComputedEmbedding run(const Cells& cells, const std::string& batch = "",
                        const std::string& model = kModel) {
    cells.write(folder_.file("x.h5ad"), pool_);
    DataSource data(folder_.file("x.h5ad"), {}, pool_);
    const auto spec = parse_embedding_spec("scvi:model='" + model + "'");
    return find_method(spec).compute({spec, data, pool_, progress_, 0, 1 << 30, "cpu", "", "", batch});
  }
  static const DenseMatrix<float>& rows(const ComputedEmbedding& embedding) {
    return std::get<DenseMatrix<float>>(embedding.values);
  }
  static void expect_reference(const ComputedEmbedding& embedding) {
    const auto& mean = rows(embedding);
    ASSERT_GE(mean.n_rows(), 12u);
    // float32 on both sides; tests/models/scvi/model_file_test.cpp has the reason of the size.
    for (size_t i = 0; i < 12; ++i)
      for (size_t k = 0; k < mean.n_cols(); ++k)
        ASSERT_NEAR(static_cast<double>(mean(i, k)), golden().at("latent_mean")[i][k].get<double>(), 1e-5);
  }

  TemporaryFolder folder_;
  ThreadPool pool_{2};
  NoProgress progress_;
};

TEST_F(ScviModelRun, GivesTheLatentMeansOfScviTools) {
  const auto embedding = run({}, "site");
  expect_reference(embedding);
  EXPECT_THAT(embedding.losses, IsEmpty());
  EXPECT_THAT(embedding.warnings, IsEmpty());
  EXPECT_THAT(embedding.options, HasSubstr("n_genes=40,n_genes_found=40,trained_on_cells=240"));
  EXPECT_TRUE(embedding.training.empty());
}

TEST_F(ScviModelRun, TheOrderOfTheColumnsAndOtherGenesDoNotMatter) {
  Cells cells;
  std::ranges::reverse(cells.genes);
  cells.others = {"OTHER1", "OTHER2"};
  const auto embedding = run(cells);
  expect_reference(embedding);
  const auto plain = run({});
  for (size_t i = 0; i < 12; ++i) EXPECT_TRUE(std::ranges::equal(rows(embedding).row(i), rows(plain).row(i)));
  ASSERT_EQ(embedding.losses.size(), 2u);
  EXPECT_EQ(embedding.losses[0].what, "genes");
  EXPECT_EQ(embedding.losses[0].lost, 2);
  EXPECT_EQ(embedding.losses[0].total, 42);
  EXPECT_EQ(embedding.losses[1].what, "UMIs");
  EXPECT_EQ(embedding.losses[1].lost, 24);  // two in each of 12 cells
}

TEST_F(ScviModelRun, CellsWithoutAGeneOfTheModelAreLost) {
  Cells cells;
  cells.others = {"OTHER"};
  cells.n_foreign = 3;
  const auto embedding = run(cells);
  EXPECT_EQ(rows(embedding).n_rows(), 12u);
  EXPECT_EQ(embedding.cells.back(), 11u);
  ASSERT_EQ(embedding.losses.size(), 3u);
  EXPECT_EQ(embedding.losses[2].what, "cells");
  EXPECT_EQ(embedding.losses[2].lost, 3);
  EXPECT_EQ(embedding.losses[2].total, 15);
  EXPECT_THAT(embedding.warnings, ElementsAre(HasSubstr("3 of 15 cells have no count of the model's genes")));
}

TEST_F(ScviModelRun, MissingGenesCountAsZeroAndAreNamed) {
  Cells fewer;
  fewer.genes.resize(30);
  const auto embedding = run(fewer);
  ASSERT_EQ(embedding.losses.size(), 1u);
  EXPECT_EQ(embedding.losses[0].what, "genes of the model");
  EXPECT_EQ(embedding.losses[0].lost, 10);
  EXPECT_EQ(embedding.losses[0].total, 40);
  EXPECT_THAT(embedding.losses[0].reason,
              HasSubstr("counted as zero: GENE9, GENE8, GENE7, GENE6, GENE5 and 5 more"));
  EXPECT_THAT(embedding.warnings, ElementsAre(HasSubstr("only 30 of the model's 40 genes")));
  fewer.genes.resize(19);
  EXPECT_THROW(run(fewer), Error);
}

TEST_F(ScviModelRun, OtherBatchesAreAWarningThatListsBoth) {
  Cells cells;
  for (auto& site : cells.sites) site = "new";
  const auto embedding = run(cells, "site");
  expect_reference(embedding);  // the encoder is not told the batch
  EXPECT_THAT(embedding.warnings, ElementsAre(HasSubstr("('site': new) are not those of the model ('site': "
                                                        "Site_a, site_b, site_c)")));
  EXPECT_THAT(run(cells).warnings, IsEmpty());  // no column of batches was named
}

TEST_F(ScviModelRun, ItsContentDecidesTheHash) {
  write_scvi_model(read_scvi_model(kModel), folder_.file("model.pt"));
  const auto spec = parse_embedding_spec("scvi:model='" + folder_.path() + "'");
  FileHashes files;
  const auto before = spec_files_hash(spec, files);
  EXPECT_EQ(spec_files_hash(parse_embedding_spec("scvi:model='" + folder_.file("model.pt") + "'"), files),
            before);
  auto other = read_scvi_model(kModel);
  other.weights.parameters[0] += 1;
  write_scvi_model(other, folder_.file("model.pt"));
  EXPECT_NE(spec_files_hash(spec, files), before);
  EXPECT_EQ(spec_files_hash(parse_embedding_spec("scvi"), files),
            spec_files_hash(parse_embedding_spec("scvi:n_latent=3"), files));
}

/// A model whose encoder is told the batch, on the cells of its golden file.
class ScviModelToldBatches : public testing::Test {
 protected:
  static const nlohmann::json& variants() {
    static const auto document =
        nlohmann::json::parse(std::ifstream(ZEROCELL_SOURCE_DIR "/tests/golden/scvi/variants.json"));
    return document;
  }
  ComputedEmbedding run(const std::vector<double>& sites, const std::string& batch) {
    const auto genes = variants().at("genes").get<std::vector<std::string>>();
    CsrMatrix counts;
    DataFrame obs, var;
    for (const auto& row : variants().at("counts")) {
      for (size_t g = 0; g < row.size(); ++g) {
        if (row[g].get<float>() == 0) continue;
        counts.indices.push_back(static_cast<uint32_t>(g));
        counts.values.push_back(row[g].get<float>());
      }
      counts.indptr.push_back(counts.indices.size());
      obs.index.push_back("cell" + std::to_string(obs.index.size()));
    }
    counts.n_rows = obs.index.size();
    counts.n_cols = genes.size();
    obs.columns.push_back({"site", sites, {}});
    var.index = genes;
    H5adWriter writer(folder_.file("x.h5ad"), pool_);
    writer.write_obs(obs);
    writer.write_var(var);
    writer.write_matrix("X", {counts.n_rows, counts.n_cols, [&](const auto& consume) {
                                consume({0, counts});
                              }});
    writer.finish();
    DataSource data(folder_.file("x.h5ad"), {}, pool_);
    const auto spec =
        parse_embedding_spec("scvi:model='" ZEROCELL_SOURCE_DIR "/tests/golden/scvi/variants/told_batch.pt'");
    return find_method(spec).compute({spec, data, pool_, progress_, 0, 1 << 30, "cpu", "", "", batch});
  }
  std::string said(const std::vector<double>& sites, const std::string& batch) {
    try {
      run(sites, batch);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }

  TemporaryFolder folder_;
  ThreadPool pool_{2};
  NoProgress progress_;
};

TEST_F(ScviModelToldBatches, GivesTheLatentMeansOfScviTools) {
  const auto embedding = run(variants().at("site").get<std::vector<double>>(), "site");
  const auto& mean = std::get<DenseMatrix<float>>(embedding.values);
  const auto& expected = variants().at("latent_mean").at("told_batch");
  ASSERT_EQ(mean.n_rows(), expected.size());
  for (size_t i = 0; i < mean.n_rows(); ++i)
    for (size_t k = 0; k < mean.n_cols(); ++k)  // float32 on both sides, as above
      ASSERT_NEAR(static_cast<double>(mean(i, k)), expected[i][k].get<double>(), 1e-5);
  EXPECT_THAT(embedding.options, HasSubstr("batch_key=site"));
  EXPECT_THAT(embedding.warnings, IsEmpty());
}

TEST_F(ScviModelToldBatches, CellsWhoseBatchTheModelDoesNotKnowAreAnError) {
  auto sites = variants().at("site").get<std::vector<double>>();
  EXPECT_THAT(said(sites, ""), HasSubstr("a column of obs with its batches ('site': 0.5, 1, 2)"));
  EXPECT_THAT(said(sites, ""), HasSubstr("batch_key=COLUMN"));
  sites[3] = 7.5;
  EXPECT_THAT(said(sites, "site"), HasSubstr("'site' with others: 7.5"));
  sites[3] = std::nan("");
  EXPECT_THAT(said(sites, "site"), HasSubstr("cells without a value in 'site'"));
}

TEST(ScviOptions, ThoseOfTrainingContradictAModel) {
  for (const char* option : {"n_latent=3", "max_epochs=2", "seed=1", "genes=hvg", "gene_likelihood=nb",
                             "learning_rate=0.1", "early_stopping=true", "n_hidden=8", "n_layers=1",
                             "n_top_genes=10", "flavor=seurat", "hvg_batch_key=x"})
    EXPECT_THROW(find_method(parse_embedding_spec(std::string("scvi:model=m,") + option)), Error) << option;
  EXPECT_NO_THROW(find_method(parse_embedding_spec("scvi:model=m,batch_key=site")));
  EXPECT_NO_THROW(find_method(parse_embedding_spec("scvi:n_latent=3")));
}

}  // namespace
}  // namespace zerocell
