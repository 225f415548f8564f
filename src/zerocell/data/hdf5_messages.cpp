#include "zerocell/data/hdf5_messages.h"

#include <algorithm>

#include <fmt/format.h>

namespace zerocell::hdf5 {
namespace {

constexpr uint64_t kMaxRank = 32;
constexpr uint64_t kMaxFilters = 32;
/// A chunk's size is kept in 32 bits.
constexpr uint64_t kMaxChunkBytes = UINT32_MAX;
constexpr uint64_t kFirstNamedFilter = 256, kFirstUserLink = 64;
constexpr unsigned kHardLink = 0, kSoftLink = 1;
constexpr uint64_t kCommittedType = 2;

std::optional<uint64_t> check_sized_value(Fields& fields) {
  const uint64_t size = fields.number(4);
  if (size == UINT32_MAX) return std::nullopt;  // undefined
  fields.skip(size);
  return size == 0 ? std::nullopt : std::optional(size);
}

/// Versions 1 and 2 of the layout message.
StoredLayout check_old_layout(Fields& fields) {
  StoredLayout layout;
  const uint64_t rank = fields.number(1), kind = fields.number(1);
  if (rank == 0 || rank > kMaxRank + 1 || kind > StoredLayout::chunked)
    fields.fail(fmt::format("a layout of kind {} and {} dimensions", kind, rank));
  layout.kind = static_cast<StoredLayout::Kind>(kind);
  fields.skip(5);
  if (layout.kind != StoredLayout::compact) layout.address = fields.number(8);
  std::vector<uint64_t> dims;
  for (uint64_t axis = 0; axis < rank; ++axis) dims.push_back(fields.number(4));
  if (layout.kind == StoredLayout::chunked) {
    layout.old_index = true;
    layout.chunk_dims = std::move(dims);
  } else if (layout.kind == StoredLayout::compact) {
    layout.size = fields.number(4);
    layout.has_size = true;
    fields.skip(layout.size);
  }
  return layout;
}

/// The kinds of index of version 4, each with parameters of its own.
void check_chunk_index(Fields& fields, uint64_t flags, StoredLayout& layout) {
  enum Index : uint64_t { single = 1, implicit, fixed_array, extensible_array, b_tree };
  switch (const uint64_t index = fields.number(1)) {
    case single:
      if ((flags & 2) != 0) fields.skip(12);
      return;
    case implicit:
      return;
    case fixed_array: {
      const uint64_t page_bits = fields.number(1);
      if (page_bits == 0 || page_bits > 30) fields.fail("a fixed array with pages that cannot be");
      layout.index_header_bytes = kFixedArrayHeaderBytes;
      return;
    }
    case extensible_array: {
      const uint64_t max_bits = fields.number(1), in_index = fields.number(1);
      const uint64_t least_pointers = fields.number(1), least_elements = fields.number(1);
      const uint64_t page_bits = fields.number(1);
      if (max_bits == 0 || max_bits > 64 || in_index == 0 || least_pointers == 0 || least_elements == 0 ||
          page_bits == 0 || page_bits > 30)
        fields.fail("an extensible array with sizes that cannot be");
      layout.index_header_bytes = kExtensibleArrayHeaderBytes;
      return;
    }
    case b_tree: {
      const uint64_t node_bytes = fields.number(4), split = fields.number(1), merge = fields.number(1);
      if (node_bytes < 64 || node_bytes > (1u << 24) || split > 100 || merge > 100)
        fields.fail("a B-tree with sizes that cannot be");
      layout.index_header_bytes = kTreeHeaderBytes;
      return;
    }
    default:
      fields.fail(fmt::format("chunks in an index of kind {}", index));
  }
}

void check_chunked(Fields& fields, uint64_t version, StoredLayout& layout) {
  const uint64_t flags = version >= 4 ? fields.number(1) : 0;
  const uint64_t rank = fields.number(1);
  if (rank < 2 || rank > kMaxRank + 1) fields.fail(fmt::format("chunks of {} dimensions", rank));
  size_t width = 4;
  if (version >= 4) {
    width = fields.number(1);
    if (width == 0 || width > 8) fields.fail(fmt::format("sizes of chunks in {} bytes", width));
  } else {
    layout.address = fields.number(8);
    layout.old_index = true;
  }
  for (uint64_t axis = 0; axis < rank; ++axis) layout.chunk_dims.push_back(fields.number(width));
  if (version < 4) return;
  check_chunk_index(fields, flags, layout);
  layout.address = fields.number(8);
}

void check_chunk_dims(const Fields& fields, const std::vector<uint64_t>& dims) {
  uint64_t bytes = 1;
  for (const uint64_t extent : dims) {
    if (extent == 0 || __builtin_mul_overflow(bytes, extent, &bytes) || bytes > kMaxChunkBytes)
      fields.fail(
          fmt::format("chunks of {}, which are not between 1 byte and 4 GiB", fmt::join(dims, " x ")));
  }
}

}  // namespace

uint64_t shared_address(Fields& fields) {
  const uint64_t version = fields.number(1), kind = fields.number(1);
  if (version < 1 || version > 3 || (version == 3 && kind != kCommittedType))
    fields.fail("a message that is shared in a way that zerocell does not read");
  if (version == 1) fields.skip(14);
  return fields.number(8);
}

StoredSpace check_dataspace(Fields& fields) {
  const uint64_t version = fields.number(1), rank = fields.number(1), flags = fields.number(1);
  if (version < 1 || version > 2) fields.fail(fmt::format("a shape of version {}", version));
  if (rank > kMaxRank) fields.fail(fmt::format("a shape of {} dimensions", rank));
  StoredSpace space;
  if (version == 2) {
    const uint64_t kind = fields.number(1);
    if (kind > 2 || (kind != 1 && rank != 0)) fields.fail("a shape of a kind that HDF5 does not know");
    if (kind == 2) space.n_elements = 0;
  } else {
    fields.skip(5);
  }
  for (uint64_t axis = 0; axis < rank; ++axis) {
    space.dims.push_back(fields.number(8));
    if (__builtin_mul_overflow(space.n_elements, space.dims.back(), &space.n_elements) ||
        space.n_elements > uint64_t{INT64_MAX})
      fields.fail(fmt::format("a shape of {}, more than can be counted", fmt::join(space.dims, " x ")));
  }
  space.max_dims = space.dims;
  if ((flags & 1) == 0) return space;
  for (uint64_t& extent : space.max_dims) {
    const uint64_t limit = fields.number(8);
    if (limit < extent) fields.fail("a shape larger than its own limit");
    extent = limit;
  }
  return space;
}

std::optional<uint64_t> check_old_fill_value(Fields& fields) {
  return check_sized_value(fields);
}

std::optional<uint64_t> check_fill_value(Fields& fields) {
  const uint64_t version = fields.number(1);
  if (version < 1 || version > 3) fields.fail(fmt::format("a fill value of version {}", version));
  if (version == 3) {
    const uint64_t flags = fields.number(1);
    return (flags & 0x20) != 0 ? check_sized_value(fields) : std::nullopt;
  }
  fields.skip(2);
  const bool defined = fields.number(1) != 0;
  return version == 1 || defined ? check_sized_value(fields) : std::nullopt;
}

StoredLayout check_layout(Fields& fields) {
  const uint64_t version = fields.number(1);
  if (version < 1 || version > 5) fields.fail(fmt::format("a layout of version {}", version));
  StoredLayout layout;
  if (version < 3) {
    layout = check_old_layout(fields);
  } else {
    const uint64_t kind = fields.number(1);
    if (kind > StoredLayout::virtual_dataset) fields.fail(fmt::format("a layout of kind {}", kind));
    layout.kind = static_cast<StoredLayout::Kind>(kind);
    if (layout.kind == StoredLayout::compact) {
      layout.size = fields.number(2);
      fields.skip(layout.size);
    } else if (layout.kind == StoredLayout::contiguous) {
      layout.address = fields.number(8);
      layout.size = fields.number(8);
    } else if (layout.kind == StoredLayout::chunked) {
      check_chunked(fields, version, layout);
    }
    layout.has_size = layout.kind != StoredLayout::chunked;
  }
  if (layout.kind == StoredLayout::chunked) check_chunk_dims(fields, layout.chunk_dims);
  return layout;
}

void check_filters(Fields& fields) {
  const uint64_t version = fields.number(1), n = fields.number(1);
  if (version < 1 || version > 2) fields.fail(fmt::format("filters of version {}", version));
  if (n > kMaxFilters) fields.fail(fmt::format("{} filters", n));
  if (version == 1) fields.skip(6);
  for (uint64_t i = 0; i < n; ++i) {
    const uint64_t id = fields.number(2);
    const uint64_t name_bytes = version == 1 || id >= kFirstNamedFilter ? fields.number(2) : 0;
    fields.skip(2);
    const uint64_t n_parameters = fields.number(2);
    if (name_bytes > 0) {
      Fields name = fields.part(version == 1 ? (name_bytes + 7) / 8 * 8 : name_bytes);
      name.text(false);
    }
    fields.skip(4 * n_parameters);
    if (version == 1 && n_parameters % 2 != 0) fields.skip(4);
  }
}

std::string check_link(Fields& fields) {
  const uint64_t version = fields.number(1), flags = fields.number(1);
  if (version != 1 || flags > 0x1f)
    fields.fail(fmt::format("a link of version {} with flags {}", version, flags));
  const uint64_t kind = (flags & 8) != 0 ? fields.number(1) : kHardLink;
  if ((flags & 4) != 0) fields.skip(8);
  if ((flags & 16) != 0 && fields.number(1) > 1) fields.fail("a name in an encoding that HDF5 does not know");
  const uint64_t name_bytes = fields.number(size_t{1} << (flags & 3));
  if (name_bytes == 0) fields.fail("a link without a name");
  const auto characters = fields.bytes(name_bytes);
  std::string name(characters.begin(), characters.end());
  if (name.find('\0') != std::string::npos) fields.fail("a name with a NUL byte");
  if (kind == kHardLink) {
    fields.skip(8);
    return name;
  }
  if (kind != kSoftLink && kind < kFirstUserLink) fields.fail(fmt::format("a link of kind {}", kind));
  const uint64_t target_bytes = fields.number(2);
  if (kind == kSoftLink && target_bytes == 0) fields.fail("a soft link to nothing");
  fields.skip(target_bytes);
  return name;
}

void check_attribute(Fields& fields, const std::function<StoredType(uint64_t)>& committed) {
  const uint64_t version = fields.number(1), flags = fields.number(1);
  if (version < 1 || version > 3) fields.fail(fmt::format("an attribute of version {}", version));
  const uint64_t name_bytes = fields.number(2), type_bytes = fields.number(2), space_bytes = fields.number(2);
  if (version == 3) fields.skip(1);
  const auto padded = [&](uint64_t size) { return version == 1 ? (size + 7) / 8 * 8 : size; };
  Fields name = fields.part(padded(name_bytes));
  name.text(false);
  Fields type_fields = fields.part(padded(type_bytes));
  const bool shared_type = version > 1 && (flags & 1) != 0, shared_space = version > 1 && (flags & 2) != 0;
  const StoredType type = shared_type ? committed(shared_address(type_fields)) : check_datatype(type_fields);
  if (shared_space) fields.fail("an attribute whose shape is shared");
  Fields space_fields = fields.part(padded(space_bytes));
  const StoredSpace space = check_dataspace(space_fields);
  uint64_t bytes = 0;
  if (__builtin_mul_overflow(space.n_elements, type.size, &bytes) || bytes > fields.left())
    fields.fail(fmt::format("an attribute of {} elements of {} bytes in {} bytes", space.n_elements,
                            type.size, fields.left()));
}

}  // namespace zerocell::hdf5
