// Lists of cells to leave out, by name and by hash, and of what a model was trained on, by a column.
#include "folder.h"
#include "fuzz.h"
#include "zerocell/study/cell_selection.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace zerocell;
  static const fuzz::Folder folder;
  const auto path = folder.write("cells.txt", fuzz::Input(data, size).text());
  CellFacts facts;
  facts.n_cells = 3;
  facts.column = [](const std::string& name) {
    return Column{name, Categorical{{"one", "two"}, {0, 1, -1}, false}, {}};
  };
  facts.names = [] { return std::vector<std::string>{"a", "b", "c"}; };
  facts.hashes = [] { return std::vector<CellHash>{{1, 2}, {3, 4}, {5, 6}}; };
  facts.file_hash = [] { return std::string("0123456789abcdef0123456789abcdef"); };
  CellSelectionOptions by_name, by_column;
  by_name.exclude_cells = path;
  by_column.overlap = path;
  by_column.overlap_by = "dataset";
  for (const auto& options : {by_name, by_column}) fuzz::accept_errors([&] { select_cells(options, facts); });
  return 0;
}
