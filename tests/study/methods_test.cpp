#include "zerocell/study/methods.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "zerocell/core/error.h"
#include "zerocell/data/h5ad_writer.h"

namespace zerocell {
namespace {

TEST(Methods, TheTableIsConsistent) {
  std::set<std::string> names;
  for (const auto& method : method_table()) {
    EXPECT_TRUE(names.insert(method.name).second) << method.name << " twice";
    EXPECT_NE(method.compute == nullptr, method.compute_together == nullptr) << method.name;
    EXPECT_EQ(method.compute_together == nullptr, method.pass_key == nullptr) << method.name;
    EXPECT_EQ(find_method(parse_embedding_spec(method.example)).name, method.name) << "its example parses";
  }
}

TEST(Methods, UnknownNamesAndOptionsAreUsageErrors) {
  for (const char* spec : {"scimilarity", "hvg:genes=3", "pca=path", "file", "all-genes:n_top_genes=3"}) {
    try {
      find_method(parse_embedding_spec(spec));
      ADD_FAILURE() << "accepted: " << spec;
    } catch (const Error& e) {
      EXPECT_EQ(e.exit_status(), 2) << spec;
      EXPECT_THAT(e.what(), testing::HasSubstr(spec));
    }
  }
}

TEST(Methods, RowsOfNanInObsmAreCellsWithoutEmbedding) {
  const auto path = testing::TempDir() + "/methods_obsm.h5ad";
  ThreadPool pool(1);
  {
    H5adWriter writer(path, pool);
    DataFrame obs;
    obs.index = {"a", "b", "c", "d"};
    writer.write_obs(obs);
    writer.write_var({});
    DenseMatrix<float> x(4, 2, 1.0f);
    x(1, 0) = x(1, 1) = std::nanf("");
    x(3, 1) = 7;
    writer.write_obsm("X_e", x);
    writer.write_obsm("X_none", DenseMatrix<float>(4, 2, std::nanf("")));
    writer.finish();
  }
  NoProgress progress;
  DataSource data(path, {}, pool);
  const auto spec = parse_embedding_spec("obsm:X_e");
  const auto embedding =
      find_method(spec).compute({spec, data, pool, progress, 0, uint64_t{1} << 30, "cpu", "", ""});
  EXPECT_EQ(embedding.cells, (std::vector<uint32_t>{0, 2, 3}));
  EXPECT_EQ(n_rows(embedding.values), 3u);
  EXPECT_EQ(std::get<0>(embedding.values)(2, 1), 7.0f);
  ASSERT_EQ(embedding.losses.size(), 1u);
  EXPECT_EQ(embedding.losses[0].lost, 1);
  const auto none = parse_embedding_spec("obsm:X_none");
  EXPECT_THROW(find_method(none).compute({none, data, pool, progress, 0, 1 << 30, "cpu", "", ""}), Error);
}

}  // namespace
}  // namespace zerocell
