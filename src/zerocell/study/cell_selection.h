#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "zerocell/core/data_frame.h"
#include "zerocell/core/evaluation.h"
#include "zerocell/core/hash.h"

namespace zerocell {

/// Which cells of a file are looked at.
struct CellSelectionOptions {
  std::string where;          ///< condition on obs, empty: all
  std::string exclude_cells;  ///< file with one cell name a line, empty: none
  std::string overlap;  ///< file with one id a line of what a model saw; its cells are left out, empty: none
  std::string overlap_by;  ///< obs column of the ids, such as that of data sets; empty: names of cells
  size_t subsample = 0;    ///< keep at most this many, 0: all
  uint64_t seed = 0;
  bool numpy_draw = false;  ///< draw the published code's subsample (numpy.random.choice without replacement)
};

/// Adds all that decides which cells are selected; reads the lists.
void add_to_hash(ContentHash& hash, const CellSelectionOptions& options);

struct CellSelection {
  std::vector<uint32_t> cells;  ///< row numbers, ascending
  size_t excluded_by_where = 0, excluded_by_list = 0, not_sampled = 0;
  size_t names_not_found = 0;  ///< names and ids of the lists that the file does not have
};

/// The cells that a selection leaves out of the file's n_cells, by reason.
std::vector<Loss> selection_losses(const CellSelection& selection, const CellSelectionOptions& options,
                                   size_t n_cells);

/// Rows for which a condition holds: clauses COL OP VALUE joined by `and`; OP is one of == != < <= > >= in.
/// VALUE is a number or a text in single or double quotes (quotes may be left out for one word); `in` takes
/// [a, b, ...]. A missing value fulfils no clause. `column` fetches an obs column, or throws.
/// Throws Error(usage) that quotes the condition.
std::vector<uint8_t> rows_where(std::string_view condition, size_t n_rows,
                                const std::function<Column(const std::string&)>& column);

/// Applies where, then the lists, then the subsample. `cell_names` is called only when a list of names is
/// given.
CellSelection select_cells(const CellSelectionOptions& options, size_t n_rows,
                           const std::function<Column(const std::string&)>& column,
                           const std::function<std::vector<std::string>()>& cell_names);

}  // namespace zerocell
