#include "zerocell/figures/reconstruction_figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "figures/example_reconstruction.h"
#include "zerocell/core/error.h"
#include "zerocell/figures/bin_figure.h"
#include "zerocell/figures/error_chart.h"
#include "zerocell/figures/per_cell_figure.h"
#include "zerocell/figures/rank_density.h"

namespace zerocell {
namespace {

using testing::add_bin_models;
using testing::example_bins;
using testing::example_reconstruction;
using ::testing::HasSubstr;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::vector<std::string> texts(const Drawing& drawing) {
  std::vector<std::string> out;
  for (const Shape& shape : drawing.shapes)
    if (const auto* text = std::get_if<TextShape>(&shape)) out.push_back(text->text);
  return out;
}

template <class S>
std::vector<S> shapes_of(const Drawing& drawing) {
  std::vector<S> out;
  for (const Shape& shape : drawing.shapes)
    if (const auto* own = std::get_if<S>(&shape)) out.push_back(*own);
  return out;
}

/// Two bins a side: three genes at (true low, predicted high), one at (high, high).
Reconstruction tiny(std::vector<double> values) {
  Reconstruction r;
  r.dataset = "tiny";
  r.n_cells = values.size();
  ReconstructionResult& result = r.results.emplace_back();
  result.tag = "gf";
  result.target = "rank";
  result.cells = {{"rank_correlation", std::move(values)}};
  PairDensity& density = result.densities.emplace_back();
  density.truth = density.predicted = {2, 0, 1};
  density.counts = {0, 3, 0, 1};
  return r;
}

void expect_inside(const Drawing& drawing) {
  for (const TextShape& text : shapes_of<TextShape>(drawing)) {
    EXPECT_GE(text.x, 0) << text.text;
    EXPECT_LE(text.x, drawing.width) << text.text;
    EXPECT_LE(text.y, drawing.height) << text.text;
  }
}

TEST(DensityFigure, TrueToTheRightPredictedUpwards) {
  const Drawing drawing = density_drawing(tiny({0.5}));
  const auto grids = shapes_of<FieldGrid>(drawing);
  ASSERT_EQ(grids.size(), 2u);                           // the panel and the colour bar
  EXPECT_EQ(grids[0].colours[0], sequential_colour(1));  // top left: the largest count
  EXPECT_EQ(grids[0].colours[1], sequential_colour(0));  // top right: one gene
  EXPECT_EQ(grids[0].colours[2], kPaper);
  EXPECT_EQ(grids[0].colours[3], kPaper);
  EXPECT_THAT(texts(drawing), ::testing::Contains("4 genes; 1 of 1 cell scored"));
  EXPECT_THAT(texts(drawing), ::testing::Contains("3"));  // top of the colour bar
}

TEST(DensityFigure, ModelWithoutCountsSaysSo) {
  Reconstruction r = tiny({kNaN});
  r.results[0].densities[0].counts = {0, 0, 0, 0};
  const Drawing drawing = density_drawing(r);
  EXPECT_THAT(texts(drawing), ::testing::Contains("no gene was predicted"));
  EXPECT_THAT(texts(drawing), ::testing::Contains("0 genes; 0 of 1 cell scored"));
  EXPECT_TRUE(shapes_of<FieldGrid>(drawing).empty());
  r.results[0].densities = {};
  EXPECT_THAT(texts(density_drawing(r)), ::testing::Contains("no gene was predicted"));
}

TEST(DensityFigure, FitsItsPage) {
  for (const size_t n_models : {1u, 2u, 3u, 5u})
    expect_inside(density_drawing(example_reconstruction(n_models)));
}

TEST(DensityFigure, NamesItsAxesOneOnItsSide) {
  size_t upward = 0;
  for (const TextShape& text : shapes_of<TextShape>(density_drawing(tiny({0.5}))))
    if (text.style.upward) {
      ++upward;
      EXPECT_EQ(text.text, "predicted rank");
    }
  EXPECT_EQ(upward, 1u);
  EXPECT_THAT(reconstruction_figures(tiny({0.5}))[0].svg, HasSubstr("rotate(-90 "));
}

TEST(PerCellFigure, ShowsQuartilesAndCells) {
  const Drawing drawing = per_cell_drawing(tiny({0.2, 0.4, 0.6, kNaN}), {});
  EXPECT_THAT(texts(drawing), ::testing::Contains("0.400 (0.300 to 0.500)"));
  EXPECT_THAT(texts(drawing), ::testing::Contains("3 cells"));
  EXPECT_THAT(per_cell_caption(tiny({0.2, kNaN})), HasSubstr("Values that do not exist: 1."));
  expect_inside(drawing);
}

TEST(PerCellFigure, AxisWidensForNegativeValues) {
  const auto positive = texts(per_cell_drawing(tiny({0.5}), {}));
  EXPECT_THAT(positive, ::testing::Not(::testing::Contains("-0.2")));
  const auto negative = texts(per_cell_drawing(tiny({0.5, -0.25}), {}));
  EXPECT_THAT(negative, ::testing::Contains("-0.2"));
  EXPECT_THAT(negative, ::testing::Contains("0.0"));
}

TEST(PerCellFigure, OneCellAndNoCellWithAValue) {
  EXPECT_THAT(texts(per_cell_drawing(tiny({0.5}), {})), ::testing::Contains("0.500 (0.500 to 0.500)"));
  EXPECT_THAT(texts(per_cell_drawing(tiny({kNaN, kNaN}), {})), ::testing::Contains("no cell has a value"));
  EXPECT_THAT(texts(per_cell_drawing(tiny({}), {})), ::testing::Contains("no cell has a value"));
}

/// Four true bins, predictions in fields of a half on [0, 4): bin 1 twice near 1 and once near 3.5, bin 3
/// once.
Reconstruction tiny_bins() {
  Reconstruction r;
  r.dataset = "tiny";
  r.n_cells = 2;
  ReconstructionResult& result = r.results.emplace_back();
  result.tag = "scgpt";
  result.target = "bin";
  PairDensity& density = result.densities.emplace_back();
  density.name = "GEP";
  density.truth = {4, 0.5, 4.5};
  density.predicted = {8, 0, 4};
  density.counts.assign(32, 0);
  density.counts[2] = 2;
  density.counts[7] = 1;
  density.counts[2 * 8 + 6] = 1;
  density.constant = 1.5;
  density.n_above = 1;
  return r;
}

size_t dashed(const Drawing& drawing, double dash) {
  const auto lines = shapes_of<LineShape>(drawing);
  return static_cast<size_t>(
      std::count_if(lines.begin(), lines.end(), [&](const LineShape& line) { return line.dash == dash; }));
}

TEST(BinFigure, SharesOfTheTrueBinGrowUpwards) {
  const Drawing drawing = bin_drawing(tiny_bins(), "GEP");
  const auto grids = shapes_of<FieldGrid>(drawing);
  ASSERT_EQ(grids.size(), 2u);  // the panel and the colour bar
  EXPECT_EQ(grids[0].n_rows, 4u);
  EXPECT_EQ(grids[0].n_columns, 4u);
  const auto at = [&](size_t truth, size_t field) { return grids[0].colours[(3 - field) * 4 + truth - 1]; };
  EXPECT_EQ(at(3, 3), grids[1].colours[0]);  // all of its genes: the deepest colour
  EXPECT_NE(at(1, 1), kPaper);               // two of three
  EXPECT_NE(at(1, 1), at(1, 3));
  EXPECT_EQ(at(2, 1), kPaper);
  EXPECT_THAT(texts(drawing), ::testing::Contains("4 genes; 2 of 2 cells scored"));
  EXPECT_THAT(texts(drawing), ::testing::Contains("100 %"));
  EXPECT_THAT(bin_caption(tiny_bins(), "GEP"), HasSubstr("1 prediction lies beyond the axis"));
  EXPECT_GE(dashed(drawing, 5), 2u);  // diagonal and mean bin, in the panel and in the key
  expect_inside(drawing);
}

TEST(BinFigure, NothingPredictedNothingScored) {
  EXPECT_THAT(texts(bin_drawing(tiny_bins(), "GEPC")), ::testing::Contains("not predicted by this model"));
  Reconstruction none = tiny_bins();
  none.results[0].densities[0].counts.assign(32, 0);
  EXPECT_THAT(texts(bin_drawing(none, "GEP")), ::testing::Contains("no gene was scored"));
  for (const size_t n_models : {1u, 2u, 3u, 5u}) expect_inside(bin_drawing(example_bins(n_models), "GEPC"));
}

TEST(ErrorChart, BarsIntervalsAndBaselines) {
  const Drawing drawing = error_drawing(example_bins(1));
  EXPECT_THAT(texts(drawing),
              ::testing::IsSupersetOf({"GEP", "GEPC", "mean bin", "201.0", "148.5", "scgpt-0"}));
  EXPECT_EQ(dashed(drawing, 6), 2u);  // key and model
  EXPECT_EQ(dashed(drawing, 2), 2u);
  expect_inside(drawing);
  const Drawing several = error_drawing(example_bins(4));
  EXPECT_EQ(dashed(several, 6), 5u);
  EXPECT_THAT(texts(several), ::testing::Contains("n/a"));  // the last has no GEPC
  expect_inside(several);
}

TEST(ErrorChart, WithoutScores) {
  const Drawing drawing = error_drawing(tiny_bins());
  EXPECT_EQ(std::ranges::count(texts(drawing), "n/a"), 2);
  EXPECT_THAT(error_caption(tiny_bins()), ::testing::Not(HasSubstr("Dotted")));
  expect_inside(drawing);
}

TEST(PerCellFigure, ErrorsOfBinsHaveAnAxisOfTheirOwn) {
  Reconstruction both = example_reconstruction(1, 400);
  add_bin_models(both, 1);
  const auto ranks = texts(per_cell_drawing(both, {}, "rank")),
             bins = texts(per_cell_drawing(both, {}, "bin"));
  EXPECT_THAT(ranks, ::testing::Contains("0.2"));
  EXPECT_THAT(ranks, ::testing::Not(::testing::Contains("100")));
  EXPECT_THAT(ranks, ::testing::Not(::testing::Contains("scgpt-0")));
  EXPECT_THAT(bins, ::testing::Contains("100"));
  EXPECT_THAT(bins, ::testing::Not(::testing::Contains("gf-0")));
  EXPECT_THAT(per_cell_caption(both, "bin"), HasSubstr("Values that do not exist: 8."));
  expect_inside(per_cell_drawing(both, {}, "bin"));
}

TEST(ReconstructionFigures, WhichFiguresThereAre) {
  const auto names = [](const Reconstruction& r) {
    std::vector<std::string> out;
    for (const Figure& figure : reconstruction_figures(r)) out.push_back(figure.name);
    return out;
  };
  using ::testing::ElementsAre;
  EXPECT_THAT(names(example_bins(1)), ElementsAre("gep", "gepc", "mse", "per_cell_mse"));
  EXPECT_THAT(names(tiny_bins()), ElementsAre("gep", "mse", "per_cell_mse"));
  Reconstruction both = example_reconstruction(1);
  add_bin_models(both, 1);
  EXPECT_THAT(names(both), ElementsAre("density", "per_cell", "gep", "gepc", "mse", "per_cell_mse"));
}

TEST(ReconstructionFigures, SameBytesTwiceAndSmall) {
  const auto first = reconstruction_figures(example_reconstruction());
  const auto second = reconstruction_figures(example_reconstruction());
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[0].name, "density");
  EXPECT_EQ(first[1].name, "per_cell");
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(first[i].svg, second[i].svg);
    EXPECT_EQ(first[i].png, second[i].png);
    EXPECT_LT(first[i].svg.size(), 200'000u);
    EXPECT_THAT(first[i].png, ::testing::StartsWith("\x89PNG"));
  }
  // A folder for those who want to look.
  if (const char* folder = std::getenv("ZEROCELL_FIGURES_OUT"))
    for (const size_t n_models : {1u, 2u, 5u})
      for (const auto& example : {example_reconstruction(n_models), example_bins(n_models)})
        for (const Figure& figure : reconstruction_figures(example)) {
          const std::string stem = std::string(folder) + "/" + figure.name + std::to_string(n_models);
          std::ofstream(stem + ".png", std::ios::binary) << figure.png;
          std::ofstream(stem + ".svg", std::ios::binary) << figure.svg;
        }
}

TEST(ReconstructionFigures, NothingWithoutResultsAndRefusesWrongLengths) {
  EXPECT_TRUE(reconstruction_figures(Reconstruction{}).empty());
  Reconstruction wrong = tiny({0.5});
  wrong.results[0].densities[0].counts.pop_back();
  EXPECT_THROW(reconstruction_figures(wrong), Error);
}

}  // namespace
}  // namespace zerocell
