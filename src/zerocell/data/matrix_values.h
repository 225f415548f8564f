#pragma once
#include <string>

#include "zerocell/data/embedding_table.h"
#include "zerocell/data/hdf5.h"

/// Whole matrices of an HDF5 file as a dense one: in float32, or in float64 where the stored type exceeds it.
namespace zerocell {

/// Format of a matrix stored as a group: "csr", "csc", or empty when it is neither.
std::string sparse_format(const hdf5::Group& group);
/// Its shape attribute. Error when there is none.
std::pair<uint64_t, uint64_t> sparse_shape(const hdf5::Group& group);

/// A dense dataset of n_cols columns. Error where it does not fit into half of the memory.
TableValues read_dense_values(const hdf5::Dataset& dataset, size_t n_cols);
/// A group in a sparse format, entries that occur twice added up. Errors as read_dense_values, and for
/// damaged indices.
TableValues read_sparse_values(const hdf5::Group& group, size_t n_rows, size_t n_cols);

/// A matrix of zeros. Error where it does not fit into half of the memory.
template <class T>
DenseMatrix<T> make_matrix(uint64_t n_rows, uint64_t n_cols, const hdf5::Location& where);

}  // namespace zerocell
