#include "zerocell/report/reconstruction_output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <limits>

#include "zerocell/core/error.h"

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

}  // namespace
}  // namespace zerocell
