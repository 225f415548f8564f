#include "zerocell/data/hdf5_filters.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>

#include <blosc.h>
#include <hdf5.h>
#include <liblzf/lzf.h>
#include <zstd.h>

namespace zerocell::hdf5 {
namespace {

/// HDF5 keeps chunk sizes in 32 bits.
constexpr size_t kMaxChunkBytes = UINT32_MAX;
/// The longest match of lzf, 264 bytes, takes 3.
constexpr size_t kMaxLzfExpansion = 90;

/// Gives the new buffer to HDF5, which frees it, in place of the old one.
size_t hand_over(void* decoded, size_t size, size_t* buffer_size, void** buffer) {
  std::free(*buffer);
  *buffer = decoded;
  *buffer_size = size;
  return size;
}

size_t decode_lzf(unsigned flags, size_t, const unsigned*, size_t n, size_t* buffer_size, void** buffer) {
  if ((flags & H5Z_FLAG_REVERSE) == 0) return 0;
  const size_t limit = std::min(n * kMaxLzfExpansion + 64, kMaxChunkBytes);
  void* decoded = std::malloc(limit);
  if (decoded == nullptr) return 0;
  const unsigned size =
      lzf_decompress(*buffer, static_cast<unsigned>(n), decoded, static_cast<unsigned>(limit));
  if (size == 0) {
    std::free(decoded);
    return 0;
  }
  return hand_over(decoded, size, buffer_size, buffer);
}

size_t decode_zstd(unsigned flags, size_t, const unsigned*, size_t n, size_t* buffer_size, void** buffer) {
  if ((flags & H5Z_FLAG_REVERSE) == 0) return 0;
  const unsigned long long announced = ZSTD_getFrameContentSize(*buffer, n);
  if (announced == 0 || announced > kMaxChunkBytes) return 0;  // unknown and error are huge numbers
  void* decoded = std::malloc(announced);
  if (decoded == nullptr) return 0;
  const size_t size = ZSTD_decompress(decoded, announced, *buffer, n);
  if (ZSTD_isError(size) != 0) {
    std::free(decoded);
    return 0;
  }
  return hand_over(decoded, size, buffer_size, buffer);
}

size_t decode_blosc(unsigned flags, size_t, const unsigned*, size_t n, size_t* buffer_size, void** buffer) {
  if ((flags & H5Z_FLAG_REVERSE) == 0) return 0;
  size_t announced = 0;
  if (blosc_cbuffer_validate(*buffer, n, &announced) != 0 || announced == 0) return 0;
  void* decoded = std::malloc(announced);
  if (decoded == nullptr) return 0;
  const int size = blosc_decompress_ctx(*buffer, decoded, announced, 1);
  if (size <= 0) {
    std::free(decoded);
    return 0;
  }
  return hand_over(decoded, static_cast<size_t>(size), buffer_size, buffer);
}

void register_decoder(int id, const char* name, H5Z_func_t decode) {
  const H5Z_class2_t filter{H5Z_CLASS_T_VERS, id, 0, 1, name, nullptr, nullptr, decode};
  H5Zregister(&filter);
}

}  // namespace

void register_filters() {
  register_decoder(32000, "lzf", decode_lzf);
  register_decoder(32015, "zstd", decode_zstd);
  register_decoder(32001, "blosc", decode_blosc);
}

}  // namespace zerocell::hdf5
