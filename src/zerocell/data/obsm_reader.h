#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "zerocell/core/matrix.h"
#include "zerocell/data/dataset_file.h"
#include "zerocell/data/hdf5.h"

/// obsm of .h5ad files: dense arrays, sparse matrices, data frames, nested groups ("KEY/SUBKEY") and the
/// compound dataset of AnnData until 0.6.
namespace zerocell {

struct ObsmListing {
  std::vector<ObsmInfo> entries;
  std::vector<std::string> notes;  ///< entries passed over, with the reason
};

ObsmListing list_obsm(const hdf5::Group& root, size_t n_cells);

/// One entry as (N, D) float32; Error lists the entries that exist.
DenseMatrix<float> read_obsm(const hdf5::Group& root, size_t n_cells, const std::string& key);

/// Format of a matrix stored as a group: "csr", "csc", or empty when it is neither.
std::string sparse_format(const hdf5::Group& group);
/// Its shape attribute. Error when there is none.
std::pair<uint64_t, uint64_t> sparse_shape(const hdf5::Group& group);

}  // namespace zerocell
