#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "zerocell/core/data_frame.h"
#include "zerocell/core/evaluation.h"
#include "zerocell/core/hash.h"
#include "zerocell/data/cell_hash.h"

namespace zerocell {

/// Which cells of a file are looked at.
struct CellSelectionOptions {
  std::string where;  ///< condition on obs (row_condition.h), empty: all
  /// File with a cell name a line, or the hash of a cell or data set as CellFacts has it; empty: none.
  std::string exclude_cells;
  /// The same of what a model saw, by ids; its cells are left out too, empty: none.
  std::string overlap;
  std::string overlap_by;  ///< obs column of these ids, such as that of data sets; empty: names of cells
  size_t subsample = 0;    ///< keep at most this many, 0: all
  uint64_t seed = 0;
  bool numpy_draw = false;  ///< draw the published code's subsample (numpy.random.choice without replacement)
};

/// Adds all that decides which cells are selected; reads the lists.
void add_to_hash(ContentHash& hash, const CellSelectionOptions& options);

struct CellSelection {
  std::vector<uint32_t> cells;  ///< row numbers, ascending
  size_t excluded_by_where = 0, excluded_by_list = 0, excluded_by_overlap = 0, not_sampled = 0;
  size_t names_not_found = 0;           ///< names in exclude_cells that are no cells of the file
  std::vector<std::string> list_notes;  ///< how the lists met the cells, in words
  std::vector<std::string> warnings;    ///< of the condition
};

/// What a selection may ask about the cells of a file; each is called only when it is needed.
struct CellFacts {
  size_t n_cells = 0;
  std::function<Column(const std::string&)> column;  ///< of obs, or throws
  std::function<std::vector<std::string>()> names;
  std::function<std::vector<CellHash>()> hashes;  ///< of the counts
  std::function<std::string()> file_hash;         ///< hash_path() of the data set
};

/// The cells that a selection leaves out of the file's n_cells, by reason.
std::vector<Loss> selection_losses(const CellSelection& selection, const CellSelectionOptions& options,
                                   size_t n_cells);

/// Applies where, then the lists, then the subsample. A line `hash:<32 hexadecimal digits>` of a list names
/// the cells with these counts (data/cell_hash.h), or every cell where it is the hash of the data set's file.
/// Throws Error(data) where no cell is left, and as mark_list (study/cell_list.h).
CellSelection select_cells(const CellSelectionOptions& options, const CellFacts& facts);

}  // namespace zerocell
