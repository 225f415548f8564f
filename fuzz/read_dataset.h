#pragma once
#include <memory>
#include <stdexcept>
#include <string>

#include "fuzz.h"
#include "zerocell/data/count_check.h"
#include "zerocell/data/dataset_file.h"
#include "zerocell/data/gene_ids.h"

namespace zerocell::fuzz {

/// Streams a matrix and checks what DatasetFile::stream promises.
inline void read_matrix(const DatasetFile& file, const MatrixInfo& info, ThreadPool& pool) {
  // Blocks of a few rows, and so little memory that CSC takes several passes.
  const RowStream stream = file.stream(info.name, pool, {.block_bytes = 4096, .max_bytes = 1 << 20});
  size_t n_rows = 0;
  double sum = 0;
  stream.for_each_block([&](const RowBlock& block) {
    if (block.first_row != n_rows || block.values.n_cols != info.n_cols)
      throw std::logic_error("a block of another place or width");
    for (size_t row = 0; row < block.values.n_rows; ++row) {
      const auto columns = block.values.row_indices(row);
      const auto values = block.values.row_values(row);
      for (size_t i = 0; i < columns.size(); ++i) {
        if (columns[i] >= info.n_cols || (i > 0 && columns[i] <= columns[i - 1]))
          throw std::logic_error("columns that do not ascend or do not exist");
        sum += static_cast<double>(values[i]);
      }
    }
    n_rows += block.values.n_rows;
  });
  if (n_rows != info.n_rows) throw std::logic_error("another number of rows than announced");
  consume(sum);
}

/// Takes all that a data set offers, each part for itself.
inline void read_dataset(const std::string& path) {
  std::shared_ptr<const DatasetFile> file;
  accept_errors([&] { file = DatasetFile::open(path); });
  if (!file) return;
  ThreadPool pool(1);
  accept_errors([&] {
    const DataFrame obs = file->obs();
    if (obs.n_rows() != file->n_cells()) throw std::logic_error("obs of another length");
    for (const Column& column : obs.columns) {
      if (column.size() != obs.n_rows()) throw std::logic_error("a column of another length");
      consume(static_cast<double>(column.as_categorical().n_categories()));
    }
  });
  for (const char* matrix : {"X", "raw"}) accept_errors([&] { summarise_gene_ids(file->var(matrix).index); });
  accept_errors([&] {
    for (const MatrixInfo& info : file->matrices()) accept_errors([&] { read_matrix(*file, info, pool); });
  });
  accept_errors([&] { choose_counts(*file, "auto", pool); });
  accept_errors([&] {
    for (const ObsmInfo& entry : file->obsm_entries())
      accept_errors([&] {
        const EmbeddingTable table = file->obsm(entry.key);
        if (n_rows(table.values) != file->n_cells()) throw std::logic_error("obsm of another length");
      });
  });
  accept_errors([&] { file->notes(); });
}

}  // namespace zerocell::fuzz
