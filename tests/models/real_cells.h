#pragma once
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "zerocell/core/matrix.h"
#include "zerocell/data/count_check.h"
#include "zerocell/data/dataset_file.h"

namespace zerocell {

/// The first cells of a real data set.
struct RealCells {
  std::vector<std::string> genes;
  CsrMatrix counts;
};

inline RealCells read_cells(const std::string& name, size_t n, size_t block_bytes = size_t{1} << 20) {
  ThreadPool pool(1);
  const auto file = DatasetFile::open(ZEROCELL_SHARED_DIR "/data/sets/" + name + ".h5ad");
  const CountsChoice choice = choose_counts(*file, "auto", pool);
  EXPECT_EQ(choice.matrix, "X");  // the references read X
  RealCells cells{file->var(choice.matrix).index, {}};
  StreamOptions options;
  options.block_bytes = block_bytes;
  const RowStream stream = file->stream(choice.matrix, pool, options);
  cells.counts.n_cols = stream.n_cols;
  stream.for_each_block([&](const RowBlock& block) {
    for (size_t i = 0; i < block.values.n_rows && cells.counts.n_rows < n; ++i) {
      const auto columns = block.values.row_indices(i);
      const auto values = block.values.row_values(i);
      cells.counts.indices.insert(cells.counts.indices.end(), columns.begin(), columns.end());
      cells.counts.values.insert(cells.counts.values.end(), values.begin(), values.end());
      cells.counts.indptr.push_back(cells.counts.indices.size());
      ++cells.counts.n_rows;
    }
  });
  return cells;
}

}  // namespace zerocell
