// Reference: scikit-misc 0.5.3 through tests/reference/loess.py -> tests/golden/loess.json.
#include "zerocell/preprocess/loess.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "zerocell/core/error.h"
#include "zerocell/data/dataset_file.h"
#include "zerocell/preprocess/gene_moments.h"

namespace zerocell {
namespace {

using nlohmann::json;

json golden() {
  std::ifstream in(ZEROCELL_SOURCE_DIR "/tests/golden/loess.json");
  return json::parse(in);
}

struct Points {
  std::vector<double> x, y;
};

/// The points of loess.py: the same bits there and here, as only sums, products and quotients make them.
Points formula(int64_t n, int64_t distinct) {
  Points points;
  for (int64_t i = 0; i < n; ++i) {
    const double x = static_cast<double>((i * i * 7919 + i * 31) % distinct) / static_cast<double>(distinct);
    points.x.push_back(x);
    points.y.push_back(3 * x * (1 - x) + static_cast<double>((i * 104729 + i * i) % 997) / 997 * 0.3);
  }
  return points;
}

/// Fitted values agree to 4e-13 where measured; 1e-11 leaves room for the last digit of a processor's
/// logarithms, which the slopes at the ends of the range enlarge. A direct loess differs by 1e-3.
void expect_reference(const LoessResults& results, const json& reference) {
  if (reference.contains("error")) {
    EXPECT_FALSE(results.problem.empty()) << reference["error"];
    return;
  }
  ASSERT_EQ(results.problem, "");
  for (size_t i = 0; i < reference["at"].size(); ++i) {
    const double expected = reference["fitted"][i];
    EXPECT_NEAR(results.fitted[reference["at"][i]], expected, 1e-11 * std::max(1.0, std::abs(expected)));
  }
}

TEST(Loess, AParabolaIsItsOwnCurve) {
  // By hand: every local parabola is y itself, and a cubic with its values and slopes at two points is too.
  std::vector<double> x, y;
  for (int i = 0; i < 60; ++i) {
    x.push_back(0.1 * i * (i % 2 ? 1 : -1));
    y.push_back(2 - 3 * x.back() + 0.5 * x.back() * x.back());
  }
  const LoessResults results = loess(x, y, {});
  ASSERT_EQ(results.problem, "");
  // Values reach 37; the least squares lose about two of sixteen digits.
  for (size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(results.fitted[i], y[i], 1e-11);
}

TEST(Loess, TwoValuesAtOnePositionCountBoth) {
  // By hand: pairs at the same x, as far above as below a line, leave the line.
  std::vector<double> x, y;
  for (int i = 0; i < 20; ++i) {
    for (const double off : {-0.7, 0.7}) {
      x.push_back(i * i);
      y.push_back(2.0 * i * i + off);
    }
  }
  const LoessResults results = loess(x, y, {});
  ASSERT_EQ(results.problem, "");
  for (size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(results.fitted[i], 2 * x[i], 1e-9);  // of up to 722
}

TEST(Loess, CurvesOfScikitMisc) {
  const json file = golden();
  for (const json& reference : file["formulas"]) {
    SCOPED_TRACE(reference["n"].dump() + " points, " + reference["distinct"].dump() + " positions");
    const Points points = formula(reference["n"], reference["distinct"]);
    expect_reference(loess(points.x, points.y, {}), reference);
  }
}

TEST(Loess, CurvesOfScikitMiscOnRealCounts) {
  std::string open_name;
  RowStream counts;
  Categorical batches;
  ThreadPool pool(2);
  NoProgress progress;
  const json cases = golden();
  for (const json& reference : cases["sets"]) {
    const std::string name = reference["name"];
    SCOPED_TRACE(name + " " + reference["batch"].dump());
    const std::string path = ZEROCELL_SHARED_DIR "/data/sets/" + name + ".h5ad";
    if (!std::filesystem::exists(path)) GTEST_SKIP() << "test data not found: " << path;
    const auto file = DatasetFile::open(path);
    const Categorical batch = file->obs_column("batch").as_categorical();
    std::vector<int32_t> groups(batch.codes.size(), 0);
    if (!reference["batch"].is_null())
      for (size_t i = 0; i < groups.size(); ++i)
        groups[i] = batch.categories[static_cast<size_t>(batch.codes[i])] == reference["batch"] ? 0 : -1;
    const auto moments = gene_moments(file->stream("X", pool), groups, {}, pool, progress)[0];
    const double n = static_cast<double>(moments.n_cells);
    Points points;
    for (size_t g = 0; g < moments.sum.size(); ++g) {
      const double mean = moments.sum[g] / n;
      const double variance = (moments.sum_of_squares[g] / n - mean * mean) * (n / (n - 1));
      if (!(variance > 0)) continue;
      points.x.push_back(std::log10(mean));
      points.y.push_back(std::log10(variance));
    }
    ASSERT_EQ(points.x.size(), reference["n"].get<size_t>());
    expect_reference(loess(points.x, points.y, {}), reference);
  }
}

TEST(Loess, OrderOfThePointsDoesNotMatter) {
  Points points = formula(500, 100);
  const auto forward = loess(points.x, points.y, {}).fitted;
  std::ranges::reverse(points.x);
  std::ranges::reverse(points.y);
  auto backward = loess(points.x, points.y, {}).fitted;
  std::ranges::reverse(backward);
  EXPECT_EQ(forward, backward);
}

TEST(Loess, UndeterminedCurvesAreReported) {
  const auto problem = [](const std::vector<double>& x) { return loess(x, x, {}).problem; };
  EXPECT_NE(problem({}).find("0 points"), std::string::npos);
  EXPECT_NE(problem({1}).find("1 points"), std::string::npos);
  EXPECT_NE(problem(std::vector<double>(100, 2.0)).find("too few distinct positions"), std::string::npos);
  std::vector<double> tied(1000);  // two in five in the middle, where a cell is cut
  for (size_t i = 0; i < tied.size(); ++i) tied[i] = i % 5 < 2 ? 500.5 : static_cast<double>(i);
  EXPECT_NE(problem(tied).find("too few distinct positions"), std::string::npos);
}

TEST(Loess, PointsMustBeFinitePairs) {
  const std::vector<double> x(20, 1.0);
  std::vector<double> y = x;
  EXPECT_THROW(loess(x, std::span(y).first(19), {}), Error);
  y[3] = NAN;
  EXPECT_THROW(loess(x, y, {}), Error);
}

}  // namespace
}  // namespace zerocell
