#include "zerocell/core/reconstruction_summary.h"

#include <gtest/gtest.h>

#include <limits>

namespace zerocell {
namespace {

Reconstruction with_values(std::vector<double> values) {
  Reconstruction r;
  r.n_cells = values.size();
  r.results.emplace_back().cells = {{"a", std::move(values)}, {"b", std::vector<double>(r.n_cells, 0.5)}};
  return r;
}

TEST(ColumnSummaries, OneAxisForAll) {
  const auto inside = column_summaries(with_values({0.25, 1}));
  ASSERT_EQ(inside.size(), 1u);
  ASSERT_EQ(inside[0].size(), 2u);
  EXPECT_EQ(inside[0][0].name, "a");
  EXPECT_EQ(inside[0][0].values.low, 0);
  EXPECT_EQ(inside[0][0].values.high, 1);
  EXPECT_EQ(inside[0][0].values.counts.size(), 50u);
  EXPECT_EQ(inside[0][0].values.counts.back(), 1u);

  const auto wider = column_summaries(with_values({-0.25, 1}));
  EXPECT_DOUBLE_EQ(wider[0][1].values.low, -0.3);
  EXPECT_EQ(wider[0][1].values.counts.size(), 65u);
  EXPECT_EQ(column_summaries(with_values({1000}))[0][0].values.counts.size(), 200u);
}

TEST(ColumnSummaries, NothingToSee) {
  EXPECT_TRUE(column_summaries(Reconstruction{}).empty());
  const auto missing = column_summaries(with_values({std::numeric_limits<double>::quiet_NaN()}));
  EXPECT_EQ(missing[0][0].values.n, 0u);
  EXPECT_EQ(missing[0][0].values.n_missing, 1u);
  EXPECT_FALSE(missing[0][0].values.quartiles);
}

}  // namespace
}  // namespace zerocell
