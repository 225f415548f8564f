#include "zerocell/models/coverage.h"

#include <gtest/gtest.h>

namespace zerocell {
namespace {

TEST(Coverage, SumsAndLosses) {
  const std::vector<CellCoverage> cells{
      {10, 8, 5, 4, 0}, {20, 20, 9, 9, 3}, {5, 0, 2, 0, 0}, {30, 20, 12, 10, 4}};
  CoverageSummary all, first, second;
  for (size_t i = 0; i < cells.size(); ++i) {
    all.add(cells[i], i);
    (i < 2 ? first : second).add(cells[i], i);
  }
  second.add(first);
  for (const CoverageSummary* c : {&all, &second}) {
    EXPECT_EQ(c->n_cells, 4u);
    EXPECT_EQ(c->n_cells_unseen, 1u);
    EXPECT_EQ(c->n_cells_cut, 2u);
    EXPECT_EQ(c->counts, 65);
    EXPECT_EQ(c->counts_seen, 48);
    EXPECT_EQ(c->genes_cut, 7u);
    EXPECT_EQ(c->max_tokens, 3u);
    EXPECT_EQ(c->mean_genes_cut(), 3.5);
    EXPECT_EQ(c->median_genes_cut(), 3u);
    EXPECT_EQ(c->max_genes_cut(), 4u);
  }
  GeneMatch match;
  match.n_columns = 50;
  match.n_matched = 40;
  const std::vector<Loss> losses = coverage_losses(all, match, "Model");
  ASSERT_EQ(losses.size(), 4u);
  EXPECT_EQ(losses[0].what, "genes");
  EXPECT_EQ(losses[0].lost, 10);
  EXPECT_EQ(losses[0].total, 50);
  EXPECT_EQ(losses[1].what, "UMIs");
  EXPECT_EQ(losses[1].lost, 17);
  EXPECT_EQ(losses[2].what, "cells");
  EXPECT_EQ(losses[2].lost, 1);
  EXPECT_EQ(losses[3].what, "genes beyond the longest sequence in 2 cells");
  EXPECT_EQ(losses[3].lost, 7);
  EXPECT_EQ(losses[3].total, 23);
}

TEST(Coverage, NoCells) {
  const CoverageSummary none;
  EXPECT_EQ(none.mean_genes_cut(), 0);
  EXPECT_EQ(none.median_genes_cut(), 0u);
  EXPECT_EQ(none.max_genes_cut(), 0u);
  EXPECT_EQ(coverage_losses(none, GeneMatch{}, "Model").size(), 3u);
}

}  // namespace
}  // namespace zerocell
