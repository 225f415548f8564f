#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "zerocell/core/parallel.h"
#include "zerocell/core/row_stream.h"
#include "zerocell/data/dataset_file.h"
#include "zerocell/data/hdf5.h"
#include "zerocell/data/stream_notes.h"

/// The three layouts in which expression lies in HDF5 files, as streams of row blocks.
///
/// 1. Nothing of the values is read before for_each_block is called.
/// 2. A block's chunks are decoded in parallel, straight into the block that is delivered.
/// 3. Indices are checked against the shape; a row that is not sorted is sorted; entries of the same row and
///    column are added up, and counted in the notes.
namespace zerocell {

/// A compressed sparse matrix in a file. "Major" is the axis that indptr runs along: rows of CSR, columns of
/// CSC.
struct SparseArrays {
  hdf5::Location where;
  hdf5::Dataset data, indices, indptr;
  size_t n_major = 0, n_minor = 0;
  std::shared_ptr<StreamNotes> notes;  ///< null: entries of the same row and column are an Error
};

/// Opens data, indices and indptr in `group`. Checks shapes and types; reads no values.
SparseArrays open_sparse(const hdf5::Group& group, size_t n_major, size_t n_minor,
                         std::shared_ptr<StreamNotes> notes = nullptr);

/// indptr, checked: n_major + 1 entries from 0, never decreasing, up to the last stored value and no further,
/// at most `longest` a step.
std::vector<uint64_t> read_indptr(const SparseArrays& arrays, uint64_t longest);

/// Throws Error(data) for merged entries where the arrays have no notes to count them in.
void refuse_duplicates(const SparseArrays& arrays, uint64_t n_merged);

/// Rows of CSR. A block takes as many rows as fit into options.block_bytes, at least one.
RowStream stream_csr(std::shared_ptr<const SparseArrays> arrays, ThreadPool& pool,
                     const StreamOptions& options);

/// Rows of CSC: transposes as many rows at a time as fit into half of options.max_bytes, with one pass over
/// the file for each such range of rows, after one pass that counts.
RowStream stream_csc(std::shared_ptr<const SparseArrays> arrays, ThreadPool& pool,
                     const StreamOptions& options);

/// Rows of a dense (N, G) dataset, without the zeros.
RowStream stream_dense(std::shared_ptr<const hdf5::Dataset> values, ThreadPool& pool,
                       const StreamOptions& options);

}  // namespace zerocell
