#include "zerocell/data/number_kind.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>

namespace zerocell {
namespace {

constexpr size_t kFewestNumbered = 3, kFewestIds = 10;

template <class T>
NumberKind kind_of(const DenseMatrix<T>& values, size_t column, size_t fewest_numbered) {
  const size_t n = values.n_rows();
  std::unordered_set<double> seen;
  double least = INFINITY, most = -INFINITY;
  bool in_order = true, repeats = false;
  for (size_t i = 0; i < n; ++i) {
    const double value = values(i, column);
    if (value != std::floor(value) || !std::isfinite(value)) return NumberKind::fractions;
    if (repeats) continue;
    seen.insert(value);
    repeats = 10 * (i + 1 - seen.size()) > n;
    in_order = in_order && value == values(0, column) + static_cast<double>(i);
    least = std::min(least, value);
    most = std::max(most, value);
  }
  if (repeats) return NumberKind::whole;
  const bool consecutive =
      seen.size() == n && (least == 0 || least == 1) && most - least == static_cast<double>(n - 1);
  if (consecutive && n >= fewest_numbered) return in_order ? NumberKind::numbered : NumberKind::shuffled;
  return n < kFewestIds ? NumberKind::whole : NumberKind::ids;
}

}  // namespace

NumberKind number_kind(const TableValues& values, size_t column, bool declared) {
  return std::visit(
      [&](const auto& matrix) { return kind_of(matrix, column, declared ? 1 : kFewestNumbered); }, values);
}

}  // namespace zerocell
