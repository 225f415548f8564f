#pragma once
#include <cstddef>
#include <string>

namespace zerocell {

/// True where a table of `n_rows` rows belongs to a dictionary of `n_names` names: as many, or some more that
/// are padding. Padding rounds up to a multiple of 8, 16, 32 ... or 1,024, or is fewer than 1,024 rows and at
/// most a twentieth of the names; beyond that the dictionary is another model's.
bool rows_fit(size_t n_rows, size_t n_names);

/// What the user should be told of rows beyond the names; empty where there are none.
std::string padding_warning(size_t n_rows, size_t n_names);

}  // namespace zerocell
