#include "zerocell/report/reconstruction_output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "zerocell/core/error.h"
#include "zerocell/data/dataset_file.h"

namespace zerocell {
namespace {

using ::testing::HasSubstr;

Reconstruction two_cells() {
  Reconstruction r;
  r.dataset = "tiny";
  r.n_cells = 2;
  r.obs.index = {"a", "b"};
  r.obs.columns = {{"gf_rank_correlation", std::vector<double>{1, 2}, {}}};
  ReconstructionResult result;
  result.tag = "gf";
  result.cells = {{"rank_correlation", {0.5, std::numeric_limits<double>::quiet_NaN()}}};
  r.results = {result};
  Score score;
  score.embedding = "gf";
  score.metric = "rank_correlation";
  score.value = 0.5;
  r.scores = {score};
  return r;
}

TEST(ReconstructionTable, ShowsTheScoreOfEveryModel) {
  const std::string table = reconstruction_table(two_cells(), {});
  EXPECT_THAT(table, HasSubstr("tiny: 2 cells"));
  EXPECT_THAT(table, HasSubstr("rank_correlation"));
  EXPECT_THAT(table, HasSubstr("0.500"));
  EXPECT_THAT(reconstruction_table(Reconstruction{}, {}), HasSubstr("no scores"));
}

TEST(ReconstructionH5ad, KeepsObsAndAddsColumns) {
  const std::string path = testing::TempDir() + "reconstruction_cells.h5ad";
  ThreadPool pool(1);
  write_reconstruction_h5ad(two_cells(), path, pool);
  EXPECT_GT(std::filesystem::file_size(path), 0u);
  Reconstruction wrong = two_cells();
  wrong.n_cells = 3;
  EXPECT_THROW(write_reconstruction_h5ad(wrong, path, pool), Error);
  EXPECT_NO_THROW(write_reconstruction_h5ad(Reconstruction{}, path, pool));
  std::filesystem::remove(path);
}

TEST(ReconstructionH5ad, CleansTextAndKeepsNaN) {
  const std::string path = testing::TempDir() + "reconstruction_text.h5ad";
  ThreadPool pool(1);
  Reconstruction r = two_cells();
  r.obs.index = {std::string("a\0b", 3), "caf\xe9"};
  r.obs.columns = {{"note", std::vector<std::string>{"\xff", "ok"}, {}},
                   {"type", Categorical{{"\xfe", "\xff"}, {0, 1}, false}, {}},
                   {"gf_rank_correlation", std::vector<double>{1, 2}, {}}};
  write_reconstruction_h5ad(r, path, pool);
  const auto file = DatasetFile::open(path);
  EXPECT_EQ(file->cell_names(), (std::vector<std::string>{"a b", "caf\xef\xbf\xbd"}));
  EXPECT_EQ(std::get<std::vector<std::string>>(file->obs_column("note").values)[0], "\xef\xbf\xbd");
  // Both names lose their only byte, but the groups stay two.
  EXPECT_EQ(file->obs_column("type").as_categorical().n_categories(), 2u);
  EXPECT_EQ(std::get<std::vector<double>>(file->obs_column("gf_rank_correlation").values),
            (std::vector<double>{1, 2}));
  const auto added = std::get<std::vector<double>>(file->obs_column("gf_rank_correlation_").values);
  EXPECT_EQ(added[0], 0.5);
  EXPECT_TRUE(std::isnan(added[1]));
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace zerocell
