#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "zerocell/core/parallel.h"
#include "zerocell/data/hdf5.h"

namespace zerocell {

/// A one-dimensional HDF5 dataset of unknown length whose chunks (256 Ki elements, shuffled, gzip) are
/// compressed by the threads of the pool and written whole, past HDF5's own serial filters.
///
/// The bytes written do not depend on the number of threads. T: float, int32_t, int64_t.
template <class T>
class GrowingArray {
 public:
  GrowingArray(hdf5::Group& parent, const std::string& name, int gzip_level);
  /// Keeps the values until there are chunks enough for all threads. Throws Error(data) when the disk is
  /// full.
  void append(std::span<const T> values, ThreadPool& pool);
  /// Writes what is left; call it once, at the end.
  void finish(ThreadPool& pool);
  uint64_t size() const { return n_written_ + pending_.size(); }

 private:
  void write_chunks(size_t n_values, ThreadPool& pool);

  hdf5::Dataset dataset_;
  int gzip_level_;
  uint64_t n_written_ = 0;
  std::vector<T> pending_;
};

}  // namespace zerocell
