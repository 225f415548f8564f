#pragma once
#include <atomic>
#include <cstdint>
#include <vector>

#include "zerocell/core/parallel.h"
#include "zerocell/data/array_reader.h"
#include "zerocell/data/expression_stream.h"

namespace zerocell {

/// Reads ranges of the stored entries of a sparse matrix: index and value arrays together, in one parallel
/// loop.
class EntryReader {
 public:
  EntryReader(const SparseArrays& arrays, ThreadPool& pool);

  /// Entries [first, first + n); `values` may be null. Throws Error(data) for an index not below n_minor.
  void read(uint64_t first, uint64_t n, uint32_t* indices, float* values);

 private:
  const SparseArrays& arrays_;
  ThreadPool& pool_;
  ArrayReader index_reader_, value_reader_;
};

}  // namespace zerocell
