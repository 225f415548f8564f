#include "zerocell/data/narrow_values.h"

#include <gmock/gmock.h>

namespace zerocell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

DenseMatrix<double> column(std::initializer_list<double> values) {
  DenseMatrix<double> matrix(values.size(), 1);
  std::copy(values.begin(), values.end(), matrix.data());
  return matrix;
}
std::vector<float> flat(const NarrowedValues& narrowed) {
  return {narrowed.values.data(), narrowed.values.data() + narrowed.values.n_rows()};
}

TEST(NarrowValues, OrdinaryNumbersStayAsTheyAre) {
  const auto x = narrow_values(column({0.1, -2.5, 3, 60}));
  EXPECT_THAT(flat(x), ElementsAre(0.1f, -2.5f, 3, 60));
  EXPECT_THAT(x.shifts, IsEmpty());
  EXPECT_EQ(x.n_varying, 1u);
}

TEST(NarrowValues, AnOffsetIsTakenAwayBeforeItCostsDigits) {
  // float32 has steps of 8 around 1e8; the median is 1e8 + 0.25.
  const auto x = narrow_values(column({1e8, 1e8 + 0.25, 1e8 + 0.75}));
  EXPECT_THAT(flat(x), ElementsAre(-0.25f, 0, 0.5f));
  ASSERT_EQ(x.shifts.size(), 1u);
  EXPECT_EQ(x.shifts[0].shift, 1e8 + 0.25);
  EXPECT_EQ(x.shifts[0].spread, 0.5) << "of 0.25 and 0.5 the upper median";
  EXPECT_THAT(x.collapsed, IsEmpty());
}

TEST(NarrowValues, AFarValueDoesNotHideTheOffsetOfTheOthers) {
  const auto x = narrow_values(column({1e8, 1e8 + 1, 1e8 + 2, 1e8 + 3, 0}));
  EXPECT_THAT(flat(x), ElementsAre(-1, 0, 1, 2, -100000001.0f));
}

TEST(NarrowValues, AConstantIsNoOffset) {
  const auto x = narrow_values(column({1e8, 1e8, 1e8}));
  EXPECT_THAT(flat(x), ElementsAre(1e8f, 1e8f, 1e8f));
  EXPECT_THAT(x.shifts, IsEmpty());
  EXPECT_THAT(x.collapsed, IsEmpty());
  EXPECT_EQ(x.n_varying, 0u);
}

TEST(NarrowValues, WhatFloat32CannotTellApartIsToldOf) {
  EXPECT_THAT(narrow_values(column({1e-60, 2e-60, 3e-60})).collapsed, ElementsAre(0u)) << "all zero";
  // Two groups far from each other, each closer than float32's steps: the second falls together.
  const auto x = narrow_values(column({0, 1, 2, 1e9, 1e9 + 1, 1e9 + 2}));
  EXPECT_THAT(x.collapsed, IsEmpty());
  EXPECT_THAT(x.blurred, ElementsAre(0u)) << "two of five neighbours that differ";
}

TEST(NarrowValues, TheLargestNumbersStayFinite) {
  const auto x = narrow_values(column({3e38, 3e38, -3e38, 3.0001e38, 2.9999e38}));
  for (const float value : flat(x)) EXPECT_TRUE(std::isfinite(value));
  EXPECT_THAT(narrow_values(DenseMatrix<double>(0, 3)).shifts, IsEmpty());
}

}  // namespace
}  // namespace zerocell
