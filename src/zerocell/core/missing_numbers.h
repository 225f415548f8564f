#pragma once
#include <string>
#include <string_view>

#include "zerocell/core/data_frame.h"

namespace zerocell {

/// True for a number as text that programs whose integers have no missing value write for one: -2147483648
/// (R), -9223372036854775808 (times and casts of NumPy and pandas), 4294967295 and 18446744073709551615 (-1
/// without a sign).
bool stands_for_missing(std::string_view number);

/// Marks the rows of a column of numbers, or of categories that are numbers, whose value stands for a missing
/// one as missing, and adds a note that tells the value and how many cells have it.
void mark_missing_numbers(Column& column);

}  // namespace zerocell
