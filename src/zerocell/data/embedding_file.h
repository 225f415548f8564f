#pragma once
#include <span>
#include <string>

#include "zerocell/core/matrix.h"
#include "zerocell/data/npy.h"
#include "zerocell/data/text_table.h"

namespace zerocell {

/// Reads an embedding, a row per cell: .npy (known by its first bytes), else a text table (.csv, .tsv, .txt),
/// either also gzip-compressed. Names are there for text tables that have them.
/// Throws Error(data), see read_npy and parse_number_table; expected_rows 0: any number of rows.
NumberTable read_embedding_table(const std::string& path, size_t expected_rows = 0);

/// The same, values alone, in the order of the file.
DenseMatrix<float> read_embedding_file(const std::string& path, size_t expected_rows = 0);  // (N, D)

/// Reads an embedding for these cells. Rows without names, or numbered 0, 1, 2, ..., are taken in the order
/// of the file. Rows with names are matched to the cells: another order is put right; names that are not
/// exactly those of the cells, or that repeat in another order, are an Error(data), as the rows could not be
/// told apart with certainty.
DenseMatrix<float> read_embedding_file(const std::string& path,
                                       std::span<const std::string> cell_names);  // (N, D)

}  // namespace zerocell
