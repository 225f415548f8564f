#pragma once
#include <cstddef>

#include "zerocell/data/embedding_table.h"

namespace zerocell {

/// What the numbers of a column are like.
enum class NumberKind {
  fractions,  ///< not all whole, or not all finite
  whole,      ///< whole numbers, of which some repeat
  ids,        ///< whole numbers of which hardly any repeats
  numbered,   ///< 0, 1, 2, ... or 1, 2, 3, ... in order
  shuffled,   ///< the same in another order
};

/// Few rows hold distinct whole numbers by chance: below 3 rows they are no row numbers, unless the column is
/// `declared` to be no dimension, below 10 no ids.
NumberKind number_kind(const TableValues& values, size_t column, bool declared = false);

}  // namespace zerocell
