#include "zerocell/study/inspect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "data/h5ad_fixture.h"
#include "zerocell/data/h5ad_frame.h"
#include "zerocell/data/h5ad_writer.h"
#include "zerocell/data/simulate.h"

namespace zerocell {
namespace {
using testing::HasSubstr;

Column groups(const std::string& name, size_t n_cells, int32_t k, size_t n_missing = 0) {
  Categorical c;
  for (int32_t i = 0; i < k; ++i) c.categories.push_back("g" + std::to_string(i));
  for (size_t i = 0; i < n_cells; ++i) c.codes.push_back(i < n_missing ? -1 : static_cast<int32_t>(i) % k);
  return {name, c, {}};
}

/// A file of 60 cells whose X is what `value` makes of a row and a column.
std::string write_file(const char* name, const std::vector<Column>& obs_columns,
                       const std::function<float(size_t, size_t)>& value) {
  const auto path = testing::TempDir() + "/" + name;
  ThreadPool pool(1);
  H5adWriter writer(path, pool);
  DataFrame obs, var;
  for (size_t i = 0; i < 60; ++i) obs.index.push_back("c" + std::to_string(i % 59));
  obs.columns = obs_columns;
  for (size_t j = 0; j < 20; ++j) var.index.push_back("ENSG000000000" + std::to_string(10 + j));
  writer.write_obs(obs);
  writer.write_var(var);
  CsrMatrix x;
  x.n_rows = 60;
  x.n_cols = 20;
  for (size_t i = 0; i < 60; ++i) {
    for (uint32_t j = 0; j < 20; ++j) {
      x.indices.push_back(j);
      x.values.push_back(value(i, j));
    }
    x.indptr.push_back(x.indices.size());
  }
  writer.begin_matrix("X");
  writer.append_rows(x);
  writer.end_matrix();
  writer.finish();
  return path;
}

TEST(Inspect, FindsCountsLabelBatchAndIds) {
  const auto path = write_file("inspect_counts.h5ad",
                               {groups("sample", 60, 3),
                                groups("cell_type", 60, 6, 4),
                                groups("leiden", 60, 5),
                                {"n_counts", std::vector<double>(60, 1.5), {}}},
                               [](size_t i, size_t j) { return static_cast<float>((i * j) % 7); });
  ThreadPool pool(2);
  const auto x = inspect(path, pool);
  EXPECT_EQ(x.n_cells, 60u);
  EXPECT_EQ(x.n_genes, 20u);
  EXPECT_EQ(x.counts, "X");
  EXPECT_EQ(x.gene_ids.type, GeneIdType::ensembl);
  EXPECT_EQ(x.duplicate_cell_names, 1u);
  ASSERT_NE(x.suggested("label"), nullptr);
  EXPECT_EQ(x.suggested("label")->name, "cell_type");
  EXPECT_EQ(x.suggested("label")->n_missing, 4u);
  EXPECT_EQ(x.suggested("label")->n_tiny, 4u) << "g0 to g3 lost a cell each: 9 of them are left";
  ASSERT_NE(x.suggested("batch"), nullptr);
  EXPECT_EQ(x.suggested("batch")->name, "sample");
  ASSERT_TRUE(x.confounding.has_value());
  // cell_type is i mod 6 and sample i mod 3: the type decides the sample.
  EXPECT_EQ(x.confounding->labels_in_one_batch, 6u);
  EXPECT_NEAR(x.confounding->cramers_v, 1.0, 1e-12);
  EXPECT_THAT(inspection_text(x), HasSubstr("--label cell_type --batch sample"));
  EXPECT_THAT(inspection_json(x), HasSubstr("\"counts\": \"X\""));
}

TEST(Inspect, SaysThatNoMatrixHoldsCounts) {
  const auto path = write_file("inspect_logged.h5ad", {groups("batch", 60, 1)}, [](size_t i, size_t j) {
    return std::log1p(static_cast<float>(i + j) * 0.37f);
  });
  ThreadPool pool(1);
  const auto x = inspect(path, pool);
  EXPECT_TRUE(x.counts.empty());
  EXPECT_EQ(x.suggested("batch"), nullptr) << "one group is no batch";
  EXPECT_EQ(x.suggested("label"), nullptr);
  EXPECT_FALSE(x.confounding.has_value());
  EXPECT_THAT(inspection_text(x), HasSubstr("No matrix holds counts"));
}

TEST(Inspect, NamesTheLayerThatHoldsCounts) {
  const std::string path = testing::TempDir() + "/inspect_layer.h5ad";
  {
    hdf5::File file = create_h5ad(path, 2, 2);
    const uint64_t shape[] = {2, 2};
    file.root().write_array<float>("X", std::vector<float>{0.5f, 1.5f, 0, 2.5f}, shape);
    hdf5::Group layers = file.root().create_group("layers");
    layers.write_array<float>("raw counts", std::vector<float>{1, 2, 0, 3}, shape);
  }
  ThreadPool pool(1);
  const auto x = inspect(path, pool);
  EXPECT_TRUE(x.counts.empty());
  EXPECT_THAT(x.other_counts, testing::ElementsAre("layers/raw counts"));
  EXPECT_THAT(inspection_text(x), HasSubstr("choose it with --layer 'raw counts'"));
  EXPECT_THAT(inspection_text(x), HasSubstr("inspect_layer.h5ad --layer 'raw counts' --label"));
  EXPECT_THAT(inspection_json(x), HasSubstr("\"layers/raw counts\""));
}

TEST(Inspect, ListsColumnsWithNamesOfGenes) {
  const std::string path = testing::TempDir() + "/inspect_var.h5ad";
  const size_t n = 20;
  {
    hdf5::File file = hdf5::File::create(path);
    DataFrame var;
    Categorical symbols, biotype{{"protein_coding"}, std::vector<int32_t>(n, 0), false};
    std::vector<std::string> ids;
    for (size_t i = 0; i < n; ++i) {
      var.index.push_back("gene " + std::to_string(i));
      ids.push_back("ENSG000000000" + std::to_string(10 + i));
      // As CELLxGENE writes them: genes without a symbol have their id.
      symbols.categories.push_back(i % 3 == 0 ? ids.back() : "TMEM" + std::to_string(i));
      symbols.codes.push_back(static_cast<int32_t>(i));
    }
    var.columns = {{"feature_name", symbols, {}},
                   {"ensembl", ids, {}},
                   {"feature_biotype", biotype, {}},
                   {"n_cells", std::vector<int64_t>(n, 3), {}}};
    write_frame(file.root(), "obs", {"_index", {"a"}, {}});
    write_frame(file.root(), "var", var);
  }
  ThreadPool pool(1);
  const auto x = inspect(path, pool);
  EXPECT_THAT(x.gene_id_columns, testing::ElementsAre("feature_name (mixed)", "ensembl (ensembl)"));
  EXPECT_THAT(inspection_json(x), HasSubstr("feature_name"));
}

TEST(Estimate, GrowsWithCellsAndShrinksWithThreads) {
  const auto small = estimate_evaluate(10'000, 2000, 0.06, 2),
             large = estimate_evaluate(100'000, 2000, 0.06, 2);
  EXPECT_GT(large.seconds, 20 * small.seconds);
  EXPECT_LT(large.bytes, 15 * small.bytes) << "memory does not grow with the pairs";
  EXPECT_LT(estimate_evaluate(100'000, 2000, 0.06, 8).seconds, large.seconds / 3);
  EXPECT_LT(large.seconds, estimate_evaluate(100'000, 2000, 1.0, 2).seconds);
}

}  // namespace
}  // namespace zerocell
