#include "zerocell/preprocess/loess.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

constexpr size_t kCoefficients = 3;  // of a parabola
constexpr size_t kColumns = 4;       // and the right-hand side
// A singular value at most this share of the largest counts as 0, as in the reference.
constexpr double kSingular = 100 * std::numeric_limits<double>::epsilon();

using Matrix3 = std::array<std::array<double, kCoefficients>, kCoefficients>;  ///< [column][row]

struct Points {
  std::vector<double> x, y;  ///< ascending x
};

struct Vertex {
  double x = 0, value = 0, slope = 0;
};

/// Equal x in the order of their y, so that the order of the input decides nothing.
Points sorted_points(std::span<const double> x, std::span<const double> y) {
  std::vector<std::pair<double, double>> pairs;
  for (size_t i = 0; i < x.size(); ++i) pairs.emplace_back(x[i], y[i]);
  std::sort(pairs.begin(), pairs.end());
  Points points;
  for (const auto& [at, value] : pairs) {
    points.x.push_back(at);
    points.y.push_back(value);
  }
  return points;
}

/// The point of [first, last] at which a cell is cut: the middle, or where its right neighbour has the same x
/// the nearest point with a larger right neighbour, looked for one to the right, one to the left, two to the
/// right and so on; the middle after all where that search leaves the cell.
size_t cut_point(std::span<const double> x, size_t first, size_t last) {
  const size_t middle = (first + last) / 2;
  for (size_t step = 0; middle + step < last; ++step) {
    if (x[middle + step] != x[middle + step + 1]) return middle + step;
    if (step == 0) continue;
    if (middle < first + step) return middle;
    if (x[middle - step] != x[middle - step + 1]) return middle - step;
  }
  return middle;
}

/// The ends of all cells, ascending. x: ascending.
std::vector<double> vertex_positions(std::span<const double> x, size_t max_points) {
  struct Cell {
    size_t begin, end;  ///< its points
    double low, high;
  };
  const double size = std::max(std::abs(x.front()), std::abs(x.back()));
  const double margin = 0.005 * std::max(x.back() - x.front(), 1e-10 * size + 1e-30);
  const double low = x.front() - margin, high = x.back() + margin;
  std::vector<double> positions{low, high};
  std::vector<Cell> open{{0, x.size(), low, high}};
  while (!open.empty()) {
    const Cell cell = open.back();
    open.pop_back();
    if (cell.end - cell.begin <= max_points) continue;
    const size_t left = cut_point(x, cell.begin, cell.end - 1);
    const double cut = x[left];
    if (cut == cell.low || cut == cell.high) continue;
    positions.push_back(cut);
    open.push_back({cell.begin, left + 1, cell.low, cut});
    open.push_back({left + 1, cell.end, cut, cell.high});
  }
  std::sort(positions.begin(), positions.end());
  return positions;
}

/// First of the q points nearest to v; which of equally distant ones is open, as their weight is 0.
size_t nearest_begin(std::span<const double> x, double v, size_t q) {
  size_t low = 0, high = x.size() - q;
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (v - x[middle] > x[middle + q] - v)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/// Householder: turns the first columns of `a` (kColumns columns of n >= kCoefficients rows) into a triangle.
void triangularize(std::vector<double>& a, size_t n) {
  for (size_t j = 0; j < kCoefficients; ++j) {
    double* const v = a.data() + j * n;
    double sum = 0;
    for (size_t i = j; i < n; ++i) sum += v[i] * v[i];
    if (sum == 0) continue;
    const double diagonal = v[j] > 0 ? -std::sqrt(sum) : std::sqrt(sum);
    const double half_norm = sum - v[j] * diagonal;  // |v|^2 / 2 of the reflection's vector
    v[j] -= diagonal;
    for (size_t k = j + 1; k < kColumns; ++k) {
      double* const column = a.data() + k * n;
      double dot = 0;
      for (size_t i = j; i < n; ++i) dot += v[i] * column[i];
      const double scale = dot / half_norm;
      for (size_t i = j; i < n; ++i) column[i] -= scale * v[i];
    }
    v[j] = diagonal;
  }
}

/// One-sided Jacobi: rotates the columns of `a` until they are orthogonal, and those of `v` alike.
void orthogonalize(Matrix3& a, Matrix3& v) {
  const auto dot = [](const auto& x, const auto& y) {
    return std::inner_product(x.begin(), x.end(), y.begin(), 0.0);
  };
  bool rotated = true;
  for (int sweep = 0; rotated && sweep < 60; ++sweep) {
    rotated = false;
    for (size_t p = 0; p < kCoefficients; ++p) {
      for (size_t q = p + 1; q < kCoefficients; ++q) {
        const double pp = dot(a[p], a[p]), qq = dot(a[q], a[q]), pq = dot(a[p], a[q]);
        if (std::abs(pq) <= std::numeric_limits<double>::epsilon() * std::sqrt(pp * qq)) continue;
        rotated = true;
        const double zeta = (qq - pp) / (2 * pq);
        const double t = (zeta < 0 ? -1 : 1) / (std::abs(zeta) + std::hypot(1.0, zeta));
        const double c = 1 / std::hypot(1.0, t), s = c * t;
        for (Matrix3* m : {&a, &v}) {
          for (size_t i = 0; i < kCoefficients; ++i) {
            const double x = (*m)[p][i], y = (*m)[q][i];
            (*m)[p][i] = c * x - s * y;
            (*m)[q][i] = s * x + c * y;
          }
        }
      }
    }
  }
}

/// Value and slope at vertex.x of the local parabola; false where the points do not determine it.
class LocalFit {
 public:
  LocalFit(const Points& points, size_t n_nearest) : points_(points), n_(n_nearest), a_(kColumns * n_) {}

  bool solve(Vertex& vertex) {
    if (!fill(vertex.x)) return false;
    std::array<double, kCoefficients> scale;
    for (size_t j = 0; j < kCoefficients; ++j) {
      double* const column = a_.data() + j * n_;
      scale[j] = std::sqrt(std::inner_product(column, column + n_, column, 0.0));
      if (scale[j] == 0) scale[j] = 1;
      for (size_t i = 0; i < n_; ++i) column[i] /= scale[j];
    }
    triangularize(a_, n_);
    Matrix3 r{}, v{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    for (size_t j = 0; j < kCoefficients; ++j)
      for (size_t i = 0; i <= j; ++i) r[j][i] = a_[j * n_ + i];
    orthogonalize(r, v);
    std::array<double, kCoefficients> squares;  // of the singular values
    for (size_t j = 0; j < kCoefficients; ++j)
      squares[j] = std::inner_product(r[j].begin(), r[j].end(), r[j].begin(), 0.0);
    const auto [smallest, largest] = std::minmax_element(squares.begin(), squares.end());
    if (!(std::sqrt(*smallest) > kSingular * std::sqrt(*largest))) return false;
    const double* const target = a_.data() + kCoefficients * n_;
    std::array<double, kCoefficients> solution{};
    for (size_t j = 0; j < kCoefficients; ++j) {
      const double share = std::inner_product(r[j].begin(), r[j].end(), target, 0.0) / squares[j];
      for (size_t i = 0; i < kCoefficients; ++i) solution[i] += v[j][i] * share;
    }
    vertex.value = solution[0] / scale[0];
    vertex.slope = solution[1] / scale[1];
    return std::isfinite(vertex.value) && std::isfinite(vertex.slope);
  }

 private:
  /// Weighted design and right-hand side; false where no point has weight.
  bool fill(double v) {
    const size_t begin = nearest_begin(points_.x, v, n_);
    const double left = points_.x[begin] - v, right = points_.x[begin + n_ - 1] - v;
    const double radius = std::max(left * left, right * right);  // squared
    if (!(radius > 0)) return false;
    bool any = false;
    for (size_t i = 0; i < n_; ++i) {
      const double distance = points_.x[begin + i] - v;
      const double share = std::sqrt(distance * distance / radius);
      const double rest = 1 - share * share * share;
      // The root of the tricube weight: the least squares see its square.
      const double w = std::sqrt(rest * rest * rest);
      any |= w > 0;
      a_[i] = w;
      a_[n_ + i] = w * distance;
      a_[2 * n_ + i] = w * (distance * distance);
      a_[3 * n_ + i] = w * points_.y[begin + i];
    }
    return any;
  }

  const Points& points_;
  size_t n_;
  std::vector<double> a_;  ///< kColumns columns of n_ rows
};

double blend(const Vertex& left, const Vertex& right, double x) {
  const double width = right.x - left.x;
  const double h = (x - left.x) / width, rest = 1 - h;
  const double value = rest * rest * (1 + 2 * h) * left.value + h * h * (3 - 2 * h) * right.value;
  return value + (h * (rest * rest) * left.slope + h * h * (h - 1) * right.slope) * width;
}

}  // namespace

LoessResults loess(std::span<const double> x, std::span<const double> y, const LoessOptions& options) {
  if (x.size() != y.size()) throw Error::internal("loess: one y for each x is needed");
  const auto finite = [](double value) { return std::isfinite(value); };
  if (!std::ranges::all_of(x, finite) || !std::ranges::all_of(y, finite))
    throw Error::internal("loess: points must be finite");
  const double n = static_cast<double>(x.size());
  const size_t n_nearest = std::min(x.size(), static_cast<size_t>(n * options.span + 1e-5));
  if (n_nearest <= kCoefficients)
    return {{},
            fmt::format("{} points, of which a local parabola sees {}; at least {} are needed", x.size(),
                        n_nearest, kCoefficients + 1)};
  const Points points = sorted_points(x, y);
  const auto cell_points = static_cast<size_t>(n * (options.span * options.cell));

  LocalFit fit(points, n_nearest);
  std::vector<Vertex> vertices;
  for (const double position : vertex_positions(points.x, cell_points)) {
    vertices.push_back({position, 0, 0});
    if (!fit.solve(vertices.back()))
      return {{},
              fmt::format("the {} of {} points nearest to {:.6g} have too few distinct positions for a "
                          "local parabola",
                          n_nearest, x.size(), position)};
  }
  LoessResults results;
  results.fitted.reserve(x.size());
  for (const double at : x) {
    // A point on a vertex belongs to the cell on its left.
    const auto right = std::lower_bound(vertices.begin() + 1, vertices.end() - 1, at,
                                        [](const Vertex& vertex, double value) { return vertex.x < value; });
    results.fitted.push_back(blend(right[-1], *right, at));
  }
  return results;
}

}  // namespace zerocell
