#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "zerocell/core/data_frame.h"

namespace zerocell {

/// Rows for which a condition holds: clauses COLUMN OP VALUE joined by `and`; OP is one of == != < <= > >=
/// in, not in (condition_clause.h has the grammar).
///
/// The type of the column decides. Text and categories of text equal the very same text alone ('01' is not
/// '1'); quotes may be left out for one word. Columns and categories of numbers are compared as numbers,
/// which stand without quotes, in float32 where the column is. Booleans equal True or False, whatever the
/// case. < and the like ask for numbers or for ordered categories, which compare by their order. A row
/// without a value fulfils no clause, != included; `warnings` says how many such rows a clause with != or
/// `not in` leaves out.
///
/// `column` fetches an obs column, or throws. Throws Error(usage) for a condition that the column's type does
/// not take, Error(data) for == and `in` where no row has the value; both list values that there are. A value
/// of != or of a longer list that no row has is told of in `warnings`, which may be null.
std::vector<uint8_t> rows_where(std::string_view condition, size_t n_rows,
                                const std::function<Column(const std::string&)>& column,
                                std::vector<std::string>* warnings = nullptr);

}  // namespace zerocell
