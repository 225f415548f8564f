#pragma once
#include <cstddef>

namespace zerocell {

/// Rows over clusters are this long a multiple of lanes, the places after the last cluster being 0.
constexpr size_t kClusterLanes = 8;

/// Each in float and double. `width`: a multiple of kClusterLanes; all rows are 64-byte aligned or not, as
/// they come.
template <class T>
struct HarmonyKernels {
  /// row[k] = exp(factor (row[k] - max)) for the n first, 0 for the rest; returns the maximum of the n.
  static T exponentiate(T* row, size_t n, size_t width, T factor);
  /// assigned = weights similarity / total, added to sums; returns the total.
  static T assign(const T* similarity, const T* weights, T* assigned, T* sums, size_t width);
  /// sums += row
  static void add(const T* row, T* sums, size_t width);
};

/// Place of the largest row[k] + bias[k], the first of equals.
size_t place_of_largest(const float* row, const float* bias, size_t width);

}  // namespace zerocell
