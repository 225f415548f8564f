#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "zerocell/core/parallel.h"
#include "zerocell/data/chunk_decoder.h"
#include "zerocell/data/hdf5.h"

namespace zerocell {

/// Reads ranges of rows of a 1-D or 2-D dataset of numbers, each chunk decoded by one task of a pool.
///
/// Meant for passes from front to back: the chunk in which a range ends is kept for the next range.
class ArrayReader {
 public:
  /// Part of a range: rows [row, row + n_rows) x columns [column, column + n_columns), in the file's own
  /// type; row r begins at bytes.data() + r * row_bytes.
  struct Part {
    uint64_t row = 0, n_rows = 0, column = 0, n_columns = 0;
    std::span<const uint8_t> bytes;
    size_t row_bytes = 0;
    const uint8_t* row_data(uint64_t r) const { return bytes.data() + r * row_bytes; }
  };
  using Visit = std::function<void(const Part& part)>;

  /// The dataset must outlive the reader. Throws Error(data) when the elements are no plain numbers or a
  /// filter is neither known nor installed.
  ArrayReader(const hdf5::Dataset& dataset, int n_workers);

  const hdf5::Dataset& dataset() const { return dataset_; }
  uint64_t n_rows() const { return dataset_.shape()[0]; }
  uint64_t n_columns() const { return dataset_.shape().size() == 1 ? 1 : dataset_.shape()[1]; }

  /// Prepares the range; returns the number of tasks that read it.
  size_t plan(uint64_t first_row, uint64_t n_rows);
  /// Runs one task of the plan: calls visit with the part that it decoded. Tasks may run at the same time,
  /// with different worker numbers below n_workers.
  void run(size_t task, int worker, const Visit& visit);

 private:
  void run_chunk(size_t task, int worker, const Visit& visit);
  void run_slab(size_t task, const Visit& visit) const;

  const hdf5::Dataset& dataset_;
  std::vector<ChunkDecoder> decoders_;  ///< one a worker
  bool by_chunk_ = false;
  uint64_t chunk_rows_ = 1, chunk_columns_ = 1, chunks_across_ = 1, slab_rows_ = 1;
  uint64_t first_ = 0, end_ = 0;
  // The last chunk of the previous range, where a dataset has one chunk across and it may be needed again.
  static constexpr uint64_t kNone = UINT64_MAX;
  uint64_t kept_chunk_ = kNone, keep_next_ = kNone;
  std::vector<uint8_t> kept_, kept_next_;
};

/// Reads rows [first, first + n) with all tasks of the plan spread over the pool.
void read_rows(ArrayReader& reader, uint64_t first, uint64_t n, ThreadPool& pool,
               const ArrayReader::Visit& visit);

}  // namespace zerocell
