#pragma once
#include <memory>
#include <string>

#include "zerocell/core/data_frame.h"
#include "zerocell/core/matrix.h"
#include "zerocell/core/parallel.h"
#include "zerocell/core/row_stream.h"

namespace zerocell {

/// Name under which an entry is stored: HDF5 separates groups by '/', so that '/' becomes '_', as does an
/// empty name or ".".
std::string h5ad_key(const std::string& name);

/// Writes an .h5ad file in the current AnnData encoding (anndata.readthedocs.io, "On-disk format"), readable
/// from anndata 0.8 on. The file appears under its name on finish(); without it nothing is left.
///
/// obs and var, or declare_shape(), come first; each entry may be written once. Sparse matrices are streamed
/// in blocks and never held whole. Errors: Error(data) naming the path when the disk refuses; Error(internal)
/// for shapes that do not fit obs and var.
class H5adWriter {
 public:
  /// The pool compresses chunks and must outlive the writer.
  H5adWriter(const std::string& path, ThreadPool& pool);
  ~H5adWriter();
  H5adWriter(const H5adWriter&) = delete;
  H5adWriter& operator=(const H5adWriter&) = delete;

  /// For matrices that are written before obs and var are known.
  void declare_shape(size_t n_cells, size_t n_genes);
  void write_obs(const DataFrame& obs);
  void write_var(const DataFrame& var);
  void write_obsm(const std::string& key, const DenseMatrix<float>& matrix);  // (N, D)
  void write_obsm(const std::string& key, const CsrMatrix& matrix);           // (N, D), stays sparse
  /// A matrix of cells x cells, say distances or connectivities.
  void write_obsp(const std::string& key, const CsrMatrix& matrix);  // (N, N)
  /// A string in uns.
  void write_uns(const std::string& key, const std::string& text);

  /// Streams "X" or "layers/NAME": begin, append blocks of rows in order until all N are there, end.
  void begin_matrix(const std::string& name);
  void append_rows(const CsrMatrix& rows);  // (rows of the block, G)
  void end_matrix();
  /// The three in one.
  void write_matrix(const std::string& name, const RowStream& stream);  // (N, G)

  /// Closes the file and puts it in its place.
  void finish();

 private:
  struct State;
  template <class Action>
  void guarded(Action action);
  void begin_sparse(const std::string& name, uint64_t n_cols);

  std::unique_ptr<State> state_;
};

}  // namespace zerocell
