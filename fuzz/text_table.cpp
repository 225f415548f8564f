// Embeddings in files, plain or gzipped, and which cells their rows are of. The first byte chooses the
// ending, which names are known and how many cells are looked at.
#include <algorithm>
#include <cmath>

#include "folder.h"
#include "fuzz.h"
#include "zerocell/data/embedding_file.h"
#include "zerocell/data/narrow_values.h"
#include "zerocell/data/row_match.h"

namespace zerocell::fuzz {

void read_for_cells(const std::string& path, const std::vector<std::string>& names,
                    std::span<const uint32_t> selected) {
  const NameIndex index(names);
  const ExpectedRows expected{&index, names.size(), selected.size()};
  const EmbeddingTable table = read_embedding_table(path, expected);
  const RowMatch match = match_rows(path, table, {index, selected});
  if (match.rows.size() != selected.size()) throw std::logic_error("another number of rows than cells");
  for (const uint32_t row : match.rows)
    if (row >= n_rows(table.values)) throw std::logic_error("a row that is not there");
  for (const size_t column : match.dimensions)
    if (column >= n_cols(table.values)) throw std::logic_error("a column that is not there");
  const auto* wide = std::get_if<DenseMatrix<double>>(&table.values);
  const auto fits = [](double value) { return std::abs(value) <= 3e38; };
  if (wide && std::all_of(wide->data(), wide->data() + wide->n_rows() * wide->n_cols(), fits))
    narrow_values(*wide);
}

}  // namespace zerocell::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const zerocell::fuzz::Folder folder;
  static const std::vector<std::string> texts = {"a", "b", "c"}, numbers = {"0", "2", "1"},
                                        repeated = {"a", "b", "b"};
  static const std::vector<uint32_t> all = {0, 1, 2}, some = {0, 2};
  const zerocell::fuzz::Input input(data, size);
  std::string_view text = input.text();
  const unsigned choice = zerocell::fuzz::take_choice(text);
  const char* const name = choice % 2 == 1 ? "rows.csv" : "rows.tsv";
  const auto path = folder.write(name, text);
  const auto& names = choice / 2 % 4 == 3 ? repeated : choice / 2 % 2 == 1 ? texts : numbers;
  zerocell::fuzz::accept_errors(
      [&] { zerocell::fuzz::read_for_cells(path, names, choice / 8 % 2 == 1 ? some : all); });
  return 0;
}
