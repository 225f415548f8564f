#include "zerocell/study/cell_selection.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>

#include "zerocell/core/error.h"
#include "zerocell/core/random.h"
#include "zerocell/study/cell_list.h"
#include "zerocell/study/row_condition.h"

namespace zerocell {
void add_to_hash(ContentHash& hash, const CellSelectionOptions& options) {
  hash.add(std::string_view(options.where));
  for (const auto& path : {options.exclude_cells, options.overlap})
    hash.add(std::string_view(path.empty() ? "" : hash_path(path)));
  hash.add(std::string_view(options.overlap.empty() ? "" : options.overlap_by));
  hash.add(static_cast<uint64_t>(options.subsample));
  // Without a sample nothing is drawn.
  if (options.subsample) hash.add(options.seed).add(static_cast<uint64_t>(options.numpy_draw));
}

std::vector<Loss> selection_losses(const CellSelection& selection, const CellSelectionOptions& options,
                                   size_t n_cells) {
  std::vector<Loss> losses;
  const auto lost = [&](size_t n, const std::string& reason) {
    if (n) losses.push_back({"cells", static_cast<double>(n), static_cast<double>(n_cells), reason});
  };
  lost(selection.excluded_by_where, "left out by the condition " + options.where);
  lost(selection.excluded_by_list, "in the list of cells to leave out");
  lost(selection.excluded_by_overlap, "in the list of cells that a model was trained on");
  lost(selection.not_sampled, "not in the sample");
  return losses;
}

CellSelection select_cells(const CellSelectionOptions& options, const CellFacts& facts) {
  CellSelection result;
  const size_t n_rows = facts.n_cells;
  std::vector<uint8_t> keep(n_rows, 1);
  if (!options.where.empty()) {
    keep = rows_where(options.where, n_rows, facts.column, &result.warnings);
    result.excluded_by_where = static_cast<size_t>(std::count(keep.begin(), keep.end(), 0));
  }
  const auto leave_out = [&](const CellList& list, size_t& n_excluded) {
    if (list.path.empty()) return size_t{0};
    std::vector<uint8_t> listed(n_rows, 0);
    auto found = mark_list(list, facts, listed);
    std::ranges::move(found.notes, std::back_inserter(result.list_notes));
    for (size_t i = 0; i < n_rows; ++i) {
      n_excluded += keep[i] && listed[i];
      keep[i] = keep[i] && !listed[i];
    }
    return found.n_not_found;
  };
  result.names_not_found = leave_out({options.exclude_cells, "", false}, result.excluded_by_list);
  // A model was trained on many data sets: that most of its list is not here says nothing.
  leave_out({options.overlap, options.overlap_by, true}, result.excluded_by_overlap);
  for (uint32_t i = 0; i < n_rows; ++i)
    if (keep[i]) result.cells.push_back(i);
  if (result.cells.empty())
    throw Error::data(
        {"the selected cells", "at least one cell",
         fmt::format("none of {}: {} left out by the condition, {} by lists", n_rows,
                     result.excluded_by_where, result.excluded_by_list + result.excluded_by_overlap),
         "Check --where and --exclude-cells"});
  if (options.subsample == 0 || options.subsample >= result.cells.size()) return result;
  result.not_sampled = result.cells.size() - options.subsample;
  std::vector<uint32_t> order;
  if (options.numpy_draw) {
    if (options.seed > UINT32_MAX)
      throw Error::usage({"--seed", "at most 4294967295 for the published code's sample (--convention paper)",
                          std::to_string(options.seed), ""});
    order = NumpyMt19937(static_cast<uint32_t>(options.seed)).permutation(result.cells.size());
  } else {
    Random random(options.seed, 0x5b5a);
    order = permutation(result.cells.size(), random);
  }
  order.resize(options.subsample);
  std::sort(order.begin(), order.end());
  for (auto& row : order) row = result.cells[row];
  result.cells = std::move(order);
  return result;
}

}  // namespace zerocell
