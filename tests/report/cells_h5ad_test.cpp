#include "zerocell/report/cells_h5ad.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "data/temporary_folder.h"
#include "figures/example_evaluation.h"
#include "zerocell/core/error.h"
#include "zerocell/data/dataset_file.h"
#include "zerocell/data/hdf5.h"

namespace zerocell {
namespace {

using nlohmann::json;

Evaluation small_evaluation() {
  Evaluation e;
  e.n_cells = 3;
  e.cell_names = {"c1", "c,\"2\"\n", "c3"};
  e.label_name = "cell type/x";
  e.batch_name = "batch";
  e.labels = {{"B", "T"}, {1, -1, 0}, false};
  e.batches = {{"b"}, {0, 0, 0}, false};
  EmbeddingResult hvg;
  hvg.tag = "hvg";
  CsrMatrix sparse;
  sparse.n_rows = 3;
  sparse.n_cols = 2;
  sparse.indptr = {0, 1, 1, 3};
  sparse.indices = {1, 0, 1};
  sparse.values = {5, 6, 7};
  hvg.values = sparse;
  hvg.umap = DenseMatrix<float>(3, 2, 0.5f);
  hvg.cluster = {1, 0, -1};
  hvg.silhouette_label = {0.25f, NAN, -1};
  e.embeddings = {hvg};
  return e;
}

std::string written(const TemporaryFolder& folder, const Evaluation& e) {
  ThreadPool pool(1);
  write_cells_h5ad(e, folder.file("cells.h5ad"), pool);
  return folder.file("cells.h5ad");
}

TEST(CellsH5ad, OurReaderFindsEverything) {
  const TemporaryFolder folder;
  const auto file = DatasetFile::open(written(folder, small_evaluation()));
  EXPECT_EQ(file->n_cells(), 3u);
  EXPECT_EQ(file->cell_names(), (std::vector<std::string>{"c1", "c,\"2\"\n", "c3"}));
  EXPECT_EQ(file->obs_column_names(),
            (std::vector<std::string>{"cell type_x", "batch", "hvg_cluster", "hvg_silhouette_label"}));
  const Categorical labels = std::get<Categorical>(file->obs_column("cell type_x").values);
  EXPECT_EQ(labels.categories, (std::vector<std::string>{"B", "T"}));
  EXPECT_EQ(labels.codes, (std::vector<int32_t>{1, -1, 0}));
  EXPECT_EQ(std::get<Categorical>(file->obs_column("hvg_cluster").values).codes,
            (std::vector<int32_t>{1, 0, -1}));
  const auto silhouettes = std::get<std::vector<double>>(file->obs_column("hvg_silhouette_label").values);
  EXPECT_EQ(silhouettes[0], 0.25);
  EXPECT_TRUE(std::isnan(silhouettes[1]));
  const DenseMatrix<float> x = to_float(file->obsm("X_hvg").values);
  EXPECT_EQ(std::vector<float>(x.data(), x.data() + 6), (std::vector<float>{0, 5, 0, 0, 6, 7}));
  EXPECT_EQ(n_cols(file->obsm("X_umap_hvg").values), 2u);
}

TEST(CellsH5ad, NamesThatCollideAreKeptApart) {
  const TemporaryFolder folder;
  Evaluation e = small_evaluation();
  e.label_name = "hvg_cluster";
  e.labels.categories = {"x\xff", "x\xfe"};
  e.embeddings.push_back(e.embeddings[0]);
  e.embeddings[1].tag = "umap_hvg";
  const auto file = DatasetFile::open(written(folder, e));
  EXPECT_EQ(std::get<Categorical>(file->obs_column("hvg_cluster").values).categories,
            (std::vector<std::string>{"x�", "x�_"}));
  EXPECT_EQ(std::get<Categorical>(file->obs_column("hvg_cluster_").values).categories,
            (std::vector<std::string>{"0", "1"}));
  EXPECT_EQ(to_float(file->obsm("X_umap_hvg").values)(0, 0), 0.5f);
  EXPECT_EQ(to_float(file->obsm("X_umap_hvg_").values)(0, 1), 5.0f);
}

TEST(CellsH5ad, WithoutLabelsOrEmbeddings) {
  const TemporaryFolder folder;
  Evaluation e;
  e.n_cells = 2;
  const auto file = DatasetFile::open(written(folder, e));
  EXPECT_EQ(file->cell_names(), (std::vector<std::string>{"0", "1"}));
  EXPECT_TRUE(file->obs_column_names().empty());
  EXPECT_TRUE(file->obsm_entries().empty());
}

TEST(CellsH5ad, LabelAndBatchOfOneColumnAreWrittenOnce) {
  const TemporaryFolder folder;
  Evaluation e = small_evaluation();
  e.batch_name = e.label_name;
  e.batches = e.labels;
  const auto file = DatasetFile::open(written(folder, e));
  EXPECT_EQ(file->obs_column_names().size(), 3u);
}

TEST(CellsH5ad, LengthsThatDisagreeLeaveNoFile) {
  const TemporaryFolder folder;
  Evaluation e = small_evaluation();
  e.embeddings[0].silhouette_label.pop_back();
  EXPECT_THROW(written(folder, e), Error);
  e = small_evaluation();
  e.embeddings[0].umap = DenseMatrix<float>(2, 2);
  EXPECT_THROW(written(folder, e), Error);
  EXPECT_EQ(folder.n_files(), 0u);
}

TEST(CellsH5ad, OpensInAnndata) {
  const char* python = std::getenv("ZEROCELL_PEERS_PYTHON");
  if (python == nullptr) GTEST_SKIP() << "ZEROCELL_PEERS_PYTHON names no Python with anndata";
  const TemporaryFolder folder;
  const std::string command = std::string(python) + " " ZEROCELL_SOURCE_DIR "/tests/data/read_back.py " +
                              written(folder, small_evaluation()) + " 2>&1";
  FILE* pipe = popen(command.c_str(), "r");
  std::string output;
  char buffer[4096];
  while (const size_t n = fread(buffer, 1, sizeof(buffer), pipe)) output.append(buffer, n);
  ASSERT_EQ(pclose(pipe), 0) << output;
  const json read = json::parse(output);
  EXPECT_EQ(read["obs"]["index"], json({"c1", "c,\"2\"\n", "c3"}));
  EXPECT_EQ(read["obs"]["columns"]["hvg_cluster"]["codes"], json({1, 0, -1}));
  EXPECT_EQ(read["obs"]["columns"]["hvg_silhouette_label"]["values"], json({0.25, nullptr, -1.0}));
  EXPECT_EQ(read["obsm"]["X_hvg"]["values"], json({0.0, 5.0, 0.0, 0.0, 6.0, 7.0}));
  EXPECT_EQ(read["obsm"]["X_umap_hvg"]["shape"], json({3, 2}));
  EXPECT_EQ(read["uns"]["zerocell"].get<std::string>().empty(), false);
}

}  // namespace
}  // namespace zerocell
