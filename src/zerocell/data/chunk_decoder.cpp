#include "zerocell/data/chunk_decoder.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include <blosc.h>
#include <fmt/format.h>
#include <libdeflate.h>
#include <liblzf/lzf.h>
#include <zstd.h>

namespace zerocell {
namespace {

enum FilterId : int {
  kDeflate = H5Z_FILTER_DEFLATE,
  kShuffle = H5Z_FILTER_SHUFFLE,
  kFletcher32 = H5Z_FILTER_FLETCHER32,
  kLzf = 32000,
  kBlosc = 32001,
  kZstd = 32015,
};

constexpr size_t kChecksumBytes = 4;

template <size_t kSize>
void unshuffle_elements(const uint8_t* in, size_t n, uint8_t* out) {
  for (size_t i = 0; i < n; ++i) {
    for (size_t byte = 0; byte < kSize; ++byte) out[i * kSize + byte] = in[byte * n + i];
  }
}

/// Byte planes back to elements; what is left over at the end was never shuffled.
void unshuffle(std::span<const uint8_t> in, size_t element_size, uint8_t* out) {
  const size_t n = in.size() / element_size;
  switch (element_size) {
    case 2:
      unshuffle_elements<2>(in.data(), n, out);
      break;
    case 4:
      unshuffle_elements<4>(in.data(), n, out);
      break;
    case 8:
      unshuffle_elements<8>(in.data(), n, out);
      break;
    default:
      for (size_t byte = 0; byte < element_size; ++byte) {
        for (size_t i = 0; i < n; ++i) out[i * element_size + byte] = in[byte * n + i];
      }
  }
  std::copy(in.begin() + static_cast<ptrdiff_t>(n * element_size), in.end(), out + n * element_size);
}

/// Fletcher's checksum over big-endian 16-bit words, as HDF5 computes it.
uint32_t fletcher32(std::span<const uint8_t> bytes) {
  uint32_t low = 0, high = 0;
  const size_t n_words = bytes.size() / 2;
  for (size_t begin = 0; begin < n_words; begin += 360) {  // 360 words cannot overflow 32 bits
    for (size_t i = begin; i < std::min(begin + 360, n_words); ++i) {
      low += static_cast<uint32_t>(bytes[2 * i] << 8 | bytes[2 * i + 1]);
      high += low;
    }
    low = (low & 0xffff) + (low >> 16);
    high = (high & 0xffff) + (high >> 16);
  }
  if (bytes.size() % 2 != 0) {
    low += static_cast<uint32_t>(bytes.back() << 8);
    high += low;
    low = (low & 0xffff) + (low >> 16);
    high = (high & 0xffff) + (high >> 16);
  }
  low = (low & 0xffff) + (low >> 16);
  high = (high & 0xffff) + (high >> 16);
  return high << 16 | low;
}

bool checksum_holds(std::span<const uint8_t> payload, const uint8_t* stored) {
  const uint32_t computed = fletcher32(payload);
  const uint32_t in_file = static_cast<uint32_t>(stored[0]) | static_cast<uint32_t>(stored[1]) << 8 |
                           static_cast<uint32_t>(stored[2]) << 16 | static_cast<uint32_t>(stored[3]) << 24;
  // Old versions of HDF5 wrote the bytes of each half swapped; the library accepts both.
  const uint32_t swapped = (computed & 0x00ff00ffu) << 8 | (computed & 0xff00ff00u) >> 8;
  return in_file == computed || in_file == swapped;
}

size_t decoded_chunk_bytes(const hdf5::Dataset& dataset) {
  uint64_t bytes = std::max(dataset.type().disk_size, dataset.type().size);
  for (const uint64_t extent : dataset.chunk_shape()) {
    if (__builtin_mul_overflow(bytes, extent, &bytes) || bytes > uint64_t{UINT32_MAX}) {
      throw dataset.location().error("chunks of less than 4 GiB",
                                     fmt::format("chunks of {}", fmt::join(dataset.chunk_shape(), " x ")),
                                     "the file is damaged");
    }
  }
  return bytes;
}

}  // namespace

struct ChunkDecoder::Stage {
  const hdf5::Filter& filter;
  const hdf5::Location& where;

  [[noreturn]] void fail(std::string found) const {
    throw where.error(fmt::format("a chunk that {} can decode", filter.name), std::move(found),
                      "the file is damaged or truncated; copy or create it again");
  }
};

ChunkDecoder::ChunkDecoder() : deflate_(libdeflate_alloc_decompressor(), libdeflate_free_decompressor) {}
ChunkDecoder::~ChunkDecoder() = default;
ChunkDecoder::ChunkDecoder(ChunkDecoder&&) noexcept = default;

bool ChunkDecoder::knows(const hdf5::Dataset& dataset) {
  return std::all_of(dataset.filters().begin(), dataset.filters().end(), [](const hdf5::Filter& filter) {
    constexpr std::array<int, 6> known{kDeflate, kShuffle, kFletcher32, kLzf, kBlosc, kZstd};
    return std::find(known.begin(), known.end(), filter.id) != known.end();
  });
}

void ChunkDecoder::check_chunk_size(const hdf5::Dataset& dataset) {
  dataset.check_plausible(decoded_chunk_bytes(dataset));
}

/// in_ -> out_; no more than `expected` bytes may come out.
void ChunkDecoder::undo(const Stage& stage, size_t expected) {
  size_t actual = 0;
  switch (stage.filter.id) {
    case kDeflate: {
      out_.resize(expected);
      const auto status = libdeflate_zlib_decompress(deflate_.get(), in_.data(), in_.size(), out_.data(),
                                                     out_.size(), &actual);
      if (status != LIBDEFLATE_SUCCESS) stage.fail("bytes that are no zlib stream of a chunk's size");
      break;
    }
    case kLzf:
      out_.resize(expected);
      actual = lzf_decompress(in_.data(), static_cast<unsigned>(in_.size()), out_.data(),
                              static_cast<unsigned>(out_.size()));
      if (actual == 0) stage.fail("bytes that are no lzf block of a chunk's size");
      break;
    case kZstd:
      out_.resize(expected);
      actual = ZSTD_decompress(out_.data(), out_.size(), in_.data(), in_.size());
      if (ZSTD_isError(actual)) stage.fail(fmt::format("zstd says: {}", ZSTD_getErrorName(actual)));
      break;
    case kBlosc: {
      size_t announced = 0;
      if (blosc_cbuffer_validate(in_.data(), in_.size(), &announced) != 0 || announced > expected) {
        stage.fail("bytes that are no blosc buffer of a chunk's size");
      }
      out_.resize(announced);
      const int status = blosc_decompress_ctx(in_.data(), out_.data(), out_.size(), 1);
      if (status < 0) stage.fail(fmt::format("blosc fails with code {}", status));
      actual = static_cast<size_t>(status);
      break;
    }
    case kShuffle: {
      const size_t size = stage.filter.parameters.empty() ? 1 : stage.filter.parameters[0];
      if (size == 0) stage.fail("an element size of 0");
      out_.resize(in_.size());
      unshuffle(in_, size, out_.data());
      actual = in_.size();
      break;
    }
    case kFletcher32: {
      if (in_.size() < kChecksumBytes) stage.fail("a chunk shorter than its checksum");
      const size_t payload = in_.size() - kChecksumBytes;
      if (!checksum_holds({in_.data(), payload}, in_.data() + payload)) stage.fail("a wrong checksum");
      in_.resize(payload);
      return;
    }
    default:
      throw Error::internal(fmt::format("filter {} is not known", stage.filter.id));
  }
  out_.resize(actual);
  std::swap(in_, out_);
}

std::span<const uint8_t> ChunkDecoder::decode(const hdf5::Dataset& dataset,
                                              std::span<const uint64_t> offset) {
  const size_t chunk_bytes = decoded_chunk_bytes(dataset);
  std::optional<hdf5::RawChunk> raw = dataset.read_raw_chunk(offset);
  if (!raw) {
    const std::vector<uint8_t> fill = dataset.fill_value();
    in_.resize(chunk_bytes);
    for (size_t at = 0; at < chunk_bytes; at += fill.size())
      std::copy(fill.begin(), fill.end(), in_.begin() + static_cast<ptrdiff_t>(at));
    return in_;
  }
  std::swap(in_, raw->bytes);
  const std::vector<hdf5::Filter>& filters = dataset.filters();
  for (size_t stage = filters.size(); stage-- > 0;) {
    if (stage < 32 && (raw->filter_mask >> stage & 1u) != 0) continue;
    // Checksums of earlier stages are still attached while a later one is undone.
    size_t checksums = 0;
    for (size_t earlier = 0; earlier < stage; ++earlier) checksums += filters[earlier].id == kFletcher32;
    undo({filters[stage], dataset.location()}, chunk_bytes + checksums * kChecksumBytes);
  }
  if (in_.size() != chunk_bytes) {
    throw dataset.location().error(fmt::format("chunks of {} bytes", chunk_bytes),
                                   fmt::format("one that decodes to {}", in_.size()),
                                   "the file is damaged; copy or create it again");
  }
  return in_;
}

}  // namespace zerocell
