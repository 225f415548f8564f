// Variable-length strings of datasets and attributes, read through RawFile.
#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "zerocell/data/chunk_decoder.h"
#include "zerocell/data/hdf5.h"
#include "zerocell/data/hdf5_type.h"
#include "zerocell/data/object_header.h"

namespace zerocell::hdf5 {

uint64_t object_address(const Object& object) {
  hobj_ref_t reference{};
  check(H5Rcreate(&reference, object.id(), ".", H5R_OBJECT, -1), object.location(),
        "an object with an address");
  return reference;
}

namespace {

/// All elements of a dataset in their form on disk.
std::vector<uint8_t> elements_on_disk(const Dataset& dataset) {
  const size_t size = dataset.type().disk_size;
  const uint64_t n = dataset.n_elements();
  const RawFile& raw = *dataset.location().raw;
  if (!dataset.chunked()) {
    if (auto compact = raw_compact_values(raw, object_address(dataset), n * size)) return *compact;
    const haddr_t offset = H5Dget_offset(dataset.id());  // from the beginning of the file
    // Never written: all strings are empty.
    if (offset == HADDR_UNDEF) return std::vector<uint8_t>(dataset.bytes_on_disk() == 0 ? n * size : 0);
    std::vector<uint8_t> bytes(n * size);
    if (offset >= raw.user_block() && raw.read(offset - raw.user_block(), bytes)) return bytes;
    throw dataset.location().error("values inside the file", "values beyond its end",
                                   "the file is truncated; copy it again");
  }
  if (dataset.shape().size() != 1 || !ChunkDecoder::knows(dataset)) {
    throw dataset.location().error("text of variable length in a list",
                                   "in a table, or compressed in a rare way",
                                   "write the file again with a current AnnData");
  }
  ChunkDecoder::check_chunk_size(dataset);
  ChunkDecoder decoder;
  std::vector<uint8_t> bytes;
  bytes.reserve(n * size);
  const uint64_t step = dataset.chunk_shape()[0];
  for (uint64_t first = 0; first < n; first += step) {
    const auto chunk = decoder.decode(dataset, {&first, 1}).first(std::min(step, n - first) * size);
    bytes.insert(bytes.end(), chunk.begin(), chunk.end());
  }
  return bytes;
}

std::vector<std::string> follow(const RawFile& raw, std::span<const uint8_t> elements,
                                const StringPlace& place, const Location& where) {
  HeapReader heap(raw);
  std::vector<std::string> texts;
  texts.reserve(elements.size() / place.stride);
  for (size_t at = 0; at + place.stride <= elements.size(); at += place.stride) {
    auto text = heap.string(elements.data() + at + place.offset);
    if (!text) {
      throw where.error("text",
                        fmt::format("a reference at element {} that leads nowhere", at / place.stride),
                        "the file is damaged or truncated; copy or create it again");
    }
    texts.push_back(std::move(*text));
  }
  return texts;
}

}  // namespace

std::optional<std::vector<std::string>> read_heap_strings(const Dataset& dataset, const StringPlace& place) {
  if (!dataset.location().raw) return std::nullopt;
  dataset.check_plausible(dataset.n_elements() * dataset.type().disk_size);
  const std::vector<uint8_t> elements = elements_on_disk(dataset);
  if (elements.size() != dataset.n_elements() * place.stride) {
    throw dataset.location().error(fmt::format("{} texts", dataset.n_elements()),
                                   fmt::format("{} bytes of references to them", elements.size()),
                                   "the file is damaged; copy or create it again");
  }
  return follow(*dataset.location().raw, elements, place, dataset.location());
}

std::optional<std::vector<std::string>> read_heap_attribute(const Object& object, const std::string& name,
                                                            size_t n) {
  if (!object.location().raw) return std::nullopt;
  const Location where = object.location().child("@" + name);
  const auto value =
      raw_attribute(*object.location().raw, object_address(object), name, n * kStringReferenceBytes, where);
  if (!value) throw where.error("text", "an attribute that cannot be found", "write the file again");
  return follow(*object.location().raw, *value, {kStringReferenceBytes, 0}, where);
}

}  // namespace zerocell::hdf5
