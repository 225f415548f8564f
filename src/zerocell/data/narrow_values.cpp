#include "zerocell/data/narrow_values.h"

#include <algorithm>
#include <cmath>

namespace zerocell {
namespace {

// Values up to this many spreads from zero keep 18 bits of what tells them apart.
constexpr double kFarFromZero = 64;
// Beyond it a difference of two values could leave the range of float32.
constexpr double kLargestShift = 1e37;

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// The median, and the spread around it; 0 where all values are equal.
ColumnShift centre_of(const DenseMatrix<double>& values, size_t column, std::vector<double>& scratch) {
  scratch.clear();
  for (size_t i = 0; i < values.n_rows(); ++i) scratch.push_back(values(i, column));
  ColumnShift centre{column, median(scratch), 0};
  for (double& value : scratch) value = std::abs(value - centre.shift);
  std::erase(scratch, 0.0);
  if (!scratch.empty()) centre.spread = median(scratch);
  return centre;
}

}  // namespace

NarrowedValues narrow_values(const DenseMatrix<double>& values) {
  const size_t n = values.n_rows(), d = values.n_cols();
  NarrowedValues narrowed;
  narrowed.values = DenseMatrix<float>(n, d);
  if (n == 0) return narrowed;
  std::vector<double> scratch;
  scratch.reserve(n);
  for (size_t j = 0; j < d; ++j) {
    auto centre = centre_of(values, j, scratch);
    const bool far = centre.spread > 0 && std::abs(centre.shift) > kFarFromZero * centre.spread &&
                     std::abs(centre.shift) < kLargestShift;
    if (far) narrowed.shifts.push_back(centre);
    size_t n_different = 0, n_fallen = 0;
    for (size_t i = 0; i < n; ++i) {
      const float value = static_cast<float>(far ? values(i, j) - centre.shift : values(i, j));
      narrowed.values(i, j) = value;
      if (i == 0 || values(i, j) == values(i - 1, j)) continue;
      ++n_different;
      n_fallen += value == narrowed.values(i - 1, j);
    }
    narrowed.n_varying += n_different > 0;
    const bool all_equal = n_different > 0 && n_fallen == n_different;
    if (all_equal)
      narrowed.collapsed.push_back(j);
    else if (10 * n_fallen > n_different)
      narrowed.blurred.push_back(j);
  }
  return narrowed;
}

}  // namespace zerocell
