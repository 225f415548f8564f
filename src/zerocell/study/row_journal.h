#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

#include "zerocell/core/matrix.h"

namespace zerocell {

/// Rows of an embedding on disk as they are finished, so that a killed run goes on where it was.
///
/// One file, only ever appended to: a header with the key of the job and the shape, then records of
/// consecutive rows, each with a checksum. What does not check is cut off and computed again. Keeping rows is
/// optional: where the disk refuses, or something else than a plain file is in the place, the journal ends
/// with a warning and the run goes on.
class RowJournal {
 public:
  /// Opens the journal at `path`, or does nothing at all where it is empty. Rows that an earlier run with the
  /// same key finished are copied into `values` (N, D); a file of another key or shape is begun anew.
  RowJournal(std::string path, const std::string& key, DenseMatrix<float>& values);
  ~RowJournal();
  RowJournal(const RowJournal&) = delete;
  RowJournal& operator=(const RowJournal&) = delete;

  /// Rows [0, rows_done()) of `values` are finished.
  size_t rows_done() const { return rows_done_; }
  /// Appends rows [rows_done(), n_rows).
  void append(size_t n_rows);
  /// Why rows are not kept; empty: they are.
  const std::string& warning() const { return warning_; }

 private:
  uint64_t read(const std::string& expected);
  void open_file();
  bool write(uint64_t offset, const void* bytes, size_t size);
  void end(const std::string& reason);

  std::string path_, warning_;
  DenseMatrix<float>& values_;
  size_t rows_done_ = 0;
  uint64_t size_ = 0;  ///< of what is whole
  int descriptor_ = -1;
};

}  // namespace zerocell
