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
  PairDensity& density = result.densities.emplace_back();
  density.name = "GEP";
  density.truth = {2, 0, 1};
  density.predicted = {3, -1, 2};
  density.counts = {1, 2, 3, 4, 0, 0};
  result.sums = {{"mse_gep", "mae_gep"}, {4, 2, 0, 0}, {2, 0}, {}};
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
  ASSERT_NE(r.results[0].density("GEP"), nullptr);
  EXPECT_EQ(r.results[0].density("GEPC"), nullptr);
  EXPECT_EQ(r.results[0].densities[0].total(), 10u);
  EXPECT_EQ(r.results[0].densities[0].truth.edge(1), 0.5);
  EXPECT_EQ(r.results[0].densities[0].predicted.edge(1), 0);
  EXPECT_EQ(n_scored(r.results[0], 2), 2u);
  EXPECT_EQ(n_scored(ReconstructionResult{}, 7), 7u);
}

TEST(Reconstruction, ResultsByTarget) {
  Reconstruction r = two_cells();
  r.results.push_back({});
  r.results[1].target = "bin";
  ASSERT_EQ(results_of(r, "rank").size(), 1u);  // no target: rank
  EXPECT_EQ(results_of(r, "rank")[0], &r.results[0]);
  EXPECT_EQ(results_of(r, "bin")[0], &r.results[1]);
}

TEST(Reconstruction, LengthsThatDisagreeAreAFaultOfOurs) {
  EXPECT_NO_THROW(require_consistent(two_cells()));
  EXPECT_NO_THROW(require_consistent(Reconstruction{}));
  Reconstruction column = two_cells(), grid = two_cells(), names = two_cells();
  column.results[0].cells[0].values.pop_back();
  EXPECT_THROW(require_consistent(column), Error);
  grid.results[0].densities[0].truth.n_bins = 3;
  EXPECT_THROW(require_consistent(grid), Error);
  Reconstruction sums = two_cells(), genes = two_cells(), notes = two_cells();
  sums.results[0].sums.values.pop_back();
  EXPECT_THROW(require_consistent(sums), Error);
  genes.results[0].sums.n_genes.push_back(1);
  EXPECT_THROW(require_consistent(genes), Error);
  notes.results[0].sums.notes = {"of one alone"};
  EXPECT_THROW(require_consistent(notes), Error);
  names.obs.index.pop_back();
  EXPECT_THROW(require_consistent(names), Error);
}

}  // namespace
}  // namespace zerocell
