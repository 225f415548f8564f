#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "zerocell/core/matrix.h"

namespace zerocell {

/// A column whose values were shifted before they became float32.
struct ColumnShift {
  size_t column = 0;
  double shift = 0;   ///< what was subtracted: the median
  double spread = 0;  ///< median distance from it, of the values that differ from it
};

struct NarrowedValues {
  DenseMatrix<float> values;        ///< (M, D)
  std::vector<ColumnShift> shifts;  ///< where |median| > 64 x spread
  size_t n_varying = 0;             ///< columns whose values are not all equal
  std::vector<size_t> collapsed;    ///< those of them whose values are all one in float32
  std::vector<size_t> blurred;  ///< columns in which a tenth of neighbouring rows that differ fall together
};

/// Finite float64 values within the range of float32 as float32.
///
/// Where a column lies so far from zero for its spread that float32 would take more than 6 of its 24 bits for
/// the offset, its median is subtracted first, in float64. Distances, principal components and all that is
/// made of them do not change under such a shift.
NarrowedValues narrow_values(const DenseMatrix<double>& values);

}  // namespace zerocell
