#include "zerocell/core/reconstruction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

using ::testing::ElementsAre;

Reconstruction two_cells() {
  Reconstruction r;
  r.dataset = "d";
  r.n_cells = 2;
  r.obs.index = {"a", "b"};
  r.warnings = {"of the data"};
  ReconstructionResult result;
  result.tag = "gf";
  result.model = "geneformer";
  result.cells = {{"rank_correlation", {0.5, 0.25}}};
  result.density = {2, 0, 1, {1, 2, 3, 4}};
  result.warnings = {"cut"};
  r.results = {result};
  return r;
}

TEST(Reconstruction, SharedPartHoldsWhatOutputsNeed) {
  const Evaluation shared = shared_part(two_cells());
  EXPECT_EQ(shared.dataset, "d");
  EXPECT_EQ(shared.n_cells, 2u);
  ASSERT_EQ(shared.embeddings.size(), 1u);
  EXPECT_EQ(shared.embeddings[0].tag, "gf");
  EXPECT_EQ(shared.embeddings[0].method, "geneformer");
  EXPECT_THAT(shared.warnings, ElementsAre("of the data", "gf: cut"));
}

TEST(Reconstruction, FindsColumnsAndBins) {
  const Reconstruction r = two_cells();
  ASSERT_NE(r.results[0].column("rank_correlation"), nullptr);
  EXPECT_EQ(r.results[0].column("other"), nullptr);
  EXPECT_EQ(r.results[0].density.total(), 10u);
  EXPECT_EQ(r.results[0].density.edge(1), 0.5);
}

TEST(Reconstruction, LengthsThatDisagreeAreAFaultOfOurs) {
  EXPECT_NO_THROW(require_consistent(two_cells()));
  EXPECT_NO_THROW(require_consistent(Reconstruction{}));
  Reconstruction column = two_cells(), grid = two_cells(), names = two_cells();
  column.results[0].cells[0].values.pop_back();
  EXPECT_THROW(require_consistent(column), Error);
  grid.results[0].density.n_bins = 3;
  EXPECT_THROW(require_consistent(grid), Error);
  names.obs.index.pop_back();
  EXPECT_THROW(require_consistent(names), Error);
}

}  // namespace
}  // namespace zerocell
