#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "zerocell/data/hdf5.h"

struct libdeflate_decompressor;

namespace zerocell {

/// Undoes HDF5 filter pipelines outside the HDF5 lock, so that chunks decode in parallel.
///
/// Knows gzip (libdeflate), shuffle, fletcher32 (checked), lzf, zstd and blosc. One decoder a thread: it
/// keeps its buffers from chunk to chunk.
class ChunkDecoder {
 public:
  ChunkDecoder();
  ~ChunkDecoder();
  ChunkDecoder(ChunkDecoder&&) noexcept;

  /// True when every stage of the dataset's pipeline is known here.
  static bool knows(const hdf5::Dataset& dataset);

  /// Throws Error(data) when the bytes on disk cannot hold a chunk of the size announced. To be called once
  /// before decode, which allocates a chunk.
  static void check_chunk_size(const hdf5::Dataset& dataset);

  /// The chunk that begins at `offset`, decoded, in the file's own type; a chunk never written gives the fill
  /// value. Valid until the next call. Throws Error(data) where the bytes do not decode to a whole chunk.
  std::span<const uint8_t> decode(const hdf5::Dataset& dataset, std::span<const uint64_t> offset);

 private:
  struct Stage;
  void undo(const Stage& stage, size_t expected);

  std::unique_ptr<libdeflate_decompressor, void (*)(libdeflate_decompressor*)> deflate_;
  std::vector<uint8_t> in_, out_;
};

}  // namespace zerocell
