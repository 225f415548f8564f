// Filters that only the library decodes. What it does not check itself is checked before it reads.
#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "zerocell/data/hdf5.h"

namespace zerocell::hdf5 {
namespace {

/// Parameters of the scale-offset filter (H5Zscaleoffset.c) and what stands before the packed numbers of a
/// chunk.
constexpr size_t kScaleParameters = 20, kElements = 2, kElementBytes = 4;
constexpr uint64_t kScaleHeaderBytes = 21;

void check_scaled_chunk(const RawChunk& chunk, const Filter& filter, const Location& where) {
  if (chunk.filter_mask != 0) return;  // stored as it is
  const auto& bytes = chunk.bytes;
  const uint64_t bits =
      bytes.size() < 4 ? 0
                       : static_cast<uint64_t>(bytes[0]) | static_cast<uint64_t>(bytes[1]) << 8 |
                             static_cast<uint64_t>(bytes[2]) << 16 | static_cast<uint64_t>(bytes[3]) << 24;
  const uint64_t n = filter.parameters[kElements], size = filter.parameters[kElementBytes];
  if (bytes.size() >= kScaleHeaderBytes && bits <= 8 * size &&
      (n * bits + 7) / 8 <= bytes.size() - kScaleHeaderBytes)
    return;
  throw where.error("a chunk that scaleoffset can decode",
                    fmt::format("{} bytes for {} numbers of {} bits", bytes.size(), n, bits),
                    "the file is damaged; copy or create it again");
}

}  // namespace

void Dataset::check_rare_filters() const {
  if (rare_filters_checked_ || !chunked() || n_elements_ == 0) return;
  for (size_t i = 0; i < filters_.size(); ++i) {
    const Filter& filter = filters_[i];
    const bool scaled = filter.id == H5Z_FILTER_SCALEOFFSET;
    if (!scaled && filter.id != H5Z_FILTER_NBIT) continue;
    uint64_t n = 1;
    for (const uint64_t extent : chunk_shape_) n *= extent;
    if (!scaled || filters_.size() != 1 || filter.parameters.size() != kScaleParameters ||
        filter.parameters[kElements] != n || filter.parameters[kElementBytes] != type_.size) {
      throw location_.error("chunks compressed in a usual way", fmt::format("the filter {}", filter.name),
                            "write it again with another, for example: h5repack -f GZIP=4 OLD NEW");
    }
    std::vector<uint64_t> offset(shape_.size(), 0);
    for (bool more = true; more;) {
      if (const auto chunk = read_raw_chunk(offset)) check_scaled_chunk(*chunk, filter, location_);
      more = false;
      for (size_t axis = shape_.size(); axis-- > 0 && !more;) {
        offset[axis] += chunk_shape_[axis];
        more = offset[axis] < shape_[axis];
        if (!more) offset[axis] = 0;
      }
    }
  }
  rare_filters_checked_ = true;
}

}  // namespace zerocell::hdf5
