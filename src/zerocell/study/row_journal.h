#pragma once
#include <cstddef>
#include <string>

#include "zerocell/core/matrix.h"

namespace zerocell {

/// Rows of an embedding on disk as they are finished, so that a killed run goes on where it was.
///
/// One file, only ever appended to: a header with the key of the job and the shape, then records of
/// consecutive rows, each with a checksum. What does not check is cut off and computed again.
class RowJournal {
 public:
  /// Opens the journal at `path`, or does nothing at all where it is empty. Rows that an earlier run with the
  /// same key finished are copied into `values` (N, D); a file of another key or shape is begun anew.
  RowJournal(std::string path, const std::string& key, DenseMatrix<float>& values);

  /// Rows [0, rows_done()) of `values` are finished.
  size_t rows_done() const { return rows_done_; }
  /// Appends rows [rows_done(), n_rows). Throws Error(data) where the disk does not take them.
  void append(size_t n_rows);

 private:
  std::string path_;
  DenseMatrix<float>& values_;
  size_t rows_done_ = 0;
};

}  // namespace zerocell
