#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "zerocell/data/dataset_file.h"
#include "zerocell/data/embedding_table.h"
#include "zerocell/data/hdf5.h"

/// obsm of .h5ad files: dense arrays, sparse matrices, data frames, nested groups ("KEY/SUBKEY") and the
/// compound dataset of AnnData until 0.6.
namespace zerocell {

struct ObsmListing {
  std::vector<ObsmInfo> entries;
  std::vector<std::string> notes;  ///< entries passed over, with the reason
};

ObsmListing list_obsm(const hdf5::Group& root, size_t n_cells);

/// One entry; of a data frame its index and the columns that may hold names too. Error lists the entries that
/// exist.
EmbeddingTable read_obsm(const hdf5::Group& root, size_t n_cells, const std::string& key);

}  // namespace zerocell
