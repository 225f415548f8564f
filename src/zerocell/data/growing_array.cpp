#include "zerocell/data/growing_array.h"

#include <libdeflate.h>

#include <algorithm>
#include <memory>

namespace zerocell {
namespace {

constexpr size_t kChunk = size_t{1} << 18;  // elements
constexpr size_t kChunksTogether = 32;

using Compressor = std::unique_ptr<libdeflate_compressor, void (*)(libdeflate_compressor*)>;

/// HDF5's shuffle filter: all first bytes of the elements, then all second bytes, ...
std::vector<uint8_t> shuffled(const uint8_t* bytes, size_t n_values, size_t chunk_values, size_t width) {
  std::vector<uint8_t> out(chunk_values * width, 0);  // a last chunk is filled up with zeros
  for (size_t b = 0; b < width; ++b)
    for (size_t i = 0; i < n_values; ++i) out[b * chunk_values + i] = bytes[i * width + b];
  return out;
}

std::vector<uint8_t> compressed(std::span<const uint8_t> bytes, int level) {
  const Compressor compressor(libdeflate_alloc_compressor(level), libdeflate_free_compressor);
  std::vector<uint8_t> out(libdeflate_zlib_compress_bound(compressor.get(), bytes.size()));
  out.resize(libdeflate_zlib_compress(compressor.get(), bytes.data(), bytes.size(), out.data(), out.size()));
  return out;
}

}  // namespace

template <class T>
GrowingArray<T>::GrowingArray(hdf5::Group& parent, const std::string& name, int gzip_level)
    : dataset_([&] {
        const uint64_t none = 0;
        return parent.create_dataset<T>(
            name, {&none, 1},
            {.chunk = {kChunk}, .gzip_level = gzip_level, .shuffle = true, .max_shape = {H5S_UNLIMITED}});
      }()),
      gzip_level_(gzip_level) {}

template <class T>
void GrowingArray<T>::append(std::span<const T> values, ThreadPool& pool) {
  while (!values.empty()) {
    const size_t room = kChunk * kChunksTogether - pending_.size();
    const size_t n = std::min(room, values.size());
    pending_.insert(pending_.end(), values.begin(), values.begin() + static_cast<ptrdiff_t>(n));
    values = values.subspan(n);
    if (n == room) write_chunks(pending_.size(), pool);
  }
}

template <class T>
void GrowingArray<T>::finish(ThreadPool& pool) {
  write_chunks(pending_.size(), pool);
  dataset_.flush();
}

template <class T>
void GrowingArray<T>::write_chunks(size_t n_values, ThreadPool& pool) {
  const size_t n_chunks = (n_values + kChunk - 1) / kChunk;
  std::vector<std::vector<uint8_t>> chunks(n_chunks);
  pool.parallel_for(n_chunks, [&](size_t c, int) {
    const size_t first = c * kChunk, n = std::min(kChunk, n_values - first);
    const auto* bytes = reinterpret_cast<const uint8_t*>(pending_.data() + first);
    chunks[c] = compressed(shuffled(bytes, n, kChunk, sizeof(T)), gzip_level_);
  });
  dataset_.resize_rows(n_written_ + n_values);
  for (size_t c = 0; c < n_chunks; ++c) {
    const uint64_t offset = n_written_ + c * kChunk;
    dataset_.write_raw_chunk({&offset, 1}, chunks[c]);
  }
  n_written_ += n_values;
  pending_.clear();
}

template class GrowingArray<float>;
template class GrowingArray<int32_t>;
template class GrowingArray<int64_t>;

}  // namespace zerocell
