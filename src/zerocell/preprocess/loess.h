#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace zerocell {

struct LoessOptions {
  double span = 0.3;  ///< share of the points that each local fit sees
  double cell = 0.2;  ///< a cell of the surface holds at most n * span * cell points
};

struct LoessResults {
  std::vector<double> fitted;  ///< (n) in the order of the input; empty where there is a problem
  std::string problem;         ///< why the curve is not determined; empty: it is
};

/// Smooth curve through n points by local quadratic regression, one predictor, Gaussian family.
///
/// Cleveland and Grosse 1991, doi:10.1007/BF01890836, with the interpolated surface of netlib's cloess, as
/// scikit-misc 0.5.3 loess(x, y, span, degree=2) fits it. The range of x, half a percent wider on each side,
/// is cut at medians until no cell holds more than floor(n * span * cell) points. At each end of a cell, the
/// vertex v, the q = floor(n * span + 1e-5) nearest points determine value and slope of a parabola by least
/// squares with tricube weights (1 - (|x - v| / r)^3)^3, r the distance of the farthest of them. Between two
/// vertices the curve is the cubic with their values and slopes (Hermite). Such a curve differs from a fit at
/// every point by about 1e-3.
///
/// x, y: (n) finite. `problem` tells where q < 4 or where a vertex sees fewer than three distinct x inside
/// its radius, so that no parabola is determined: the reference stops there too. O(n log n).
LoessResults loess(std::span<const double> x, std::span<const double> y, const LoessOptions& options);

}  // namespace zerocell
