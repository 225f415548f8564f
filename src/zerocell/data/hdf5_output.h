#pragma once
#include <memory>
#include <optional>

#include "zerocell/core/atomic_file.h"
#include "zerocell/data/hdf5.h"

namespace zerocell::hdf5 {

/// An HDF5 file that is written into an AtomicFile.
///
/// HDF5 cannot close a file whose last writes fail: it keeps the file's identifier, and crashes when it meets
/// it at the end of the program. So HDF5 is never told of a disk that refuses. The first failure is noted and
/// thrown by check(); from then on nothing more goes to the disk, and HDF5 finds what it writes of its own
/// structures in memory, of which there is little. Without a failure no memory is used here.
class OutputFile {
 public:
  /// `target` outlives this object. Throws as check().
  explicit OutputFile(AtomicFile& target);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  Group root() const { return file_->root(); }
  /// Throws Error(data) where anything could not be written.
  void check() const;
  /// Writes everything out and closes; throws as check(). The target is complete then, but for its commit().
  void close();

  struct State;  ///< for the driver alone

 private:
  std::unique_ptr<State> state_;
  std::optional<File> file_;
};

}  // namespace zerocell::hdf5
