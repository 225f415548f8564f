#include "zerocell/data/structure_check.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "zerocell/data/metadata_checksum.h"

namespace zerocell::hdf5 {
namespace {

constexpr const char* kCopyInside =
    "copy the values into the file itself, for example by reading and writing it in Python";

/// What the messages of one header say about the object.
struct ObjectParts {
  std::optional<StoredType> type;
  std::optional<StoredSpace> space;
  std::optional<StoredLayout> layout;
  std::vector<uint64_t> fill_bytes;  ///< of messages of the old and the new kind
  uint64_t n_filters = 0;
  bool external = false;
};

void refuse_foreign_storage(const ObjectParts& parts, const Location& where) {
  if (parts.external) {
    throw where.error("values that stand in the file itself", "external storage: values of another file",
                      kCopyInside);
  }
  if (parts.layout && parts.layout->kind == StoredLayout::virtual_dataset) {
    throw where.error("values that stand in the file itself",
                      "a virtual dataset, which shows values of other datasets or files", kCopyInside);
  }
}

/// What one message says must fit what the others say.
void check_together(const ObjectParts& parts, const StructurePlace& place) {
  if (!parts.layout) return;
  if (!parts.type || !parts.space) place.fail("a dataset without a type or without a shape");
  const StoredLayout& layout = *parts.layout;
  for (const uint64_t fill : parts.fill_bytes) {
    if (fill != parts.type->size)
      place.fail(fmt::format("a fill value of {} bytes for elements of {}", fill, parts.type->size));
  }
  uint64_t bytes = 0;
  if (__builtin_mul_overflow(parts.space->n_elements, parts.type->size, &bytes))
    place.fail(fmt::format("a shape of {}, more than can be counted", fmt::join(parts.space->dims, " x ")));
  if (layout.kind == StoredLayout::compact && layout.size < bytes)
    place.fail(fmt::format("{} bytes of values that must be {}", layout.size, bytes));
  // Some programs leave the size of values that were never written at 0.
  if (layout.kind == StoredLayout::contiguous && layout.has_size && layout.address != kUndefinedAddress &&
      layout.size < bytes)
    place.fail(fmt::format("{} bytes of values that must be {}", layout.size, bytes));
  if (layout.kind != StoredLayout::chunked) return;
  if (layout.chunk_dims.size() != parts.space->dims.size() + 1)
    place.fail(fmt::format("chunks of {} dimensions in a shape of {}", layout.chunk_dims.size() - 1,
                           parts.space->dims.size()));
  if (layout.chunk_dims.back() != parts.type->size)
    place.fail(fmt::format("chunks of elements of {} bytes, which are {} bytes long",
                           layout.chunk_dims.back(), parts.type->size));
}

Superblock read_superblock(const RawFile& file, const Location& where) {
  const StructurePlace place{where, 0, "superblock"};
  uint8_t buffer[112] = {};
  const uint64_t n = std::min<uint64_t>(sizeof buffer, file.size());
  if (!file.read(0, {buffer, n})) place.fail("one that cannot be read");
  Fields fields{std::span(buffer).first(n), place};
  fields.skip(8);
  const uint64_t version = fields.number(1);
  if (version > 3) place.fail(fmt::format("one of version {}", version));
  if (version < 2) fields.skip(4);
  const uint64_t address_bytes = fields.number(1), size_bytes = fields.number(1);
  if (address_bytes != 8 || size_bytes != 8)
    place.fail(
        fmt::format("addresses of {} bytes and sizes of {}, where 8 are usual", address_bytes, size_bytes));
  Superblock superblock;
  fields.skip(1);  // reserved, or flags
  if (version < 2) {
    superblock.group_leaf_k = fields.number(2);
    if (superblock.group_leaf_k == 0) place.fail("names of a group in nodes of size 0");
    if (fields.number(2) == 0) place.fail("names of a group in trees of size 0");
    fields.skip(4);
    if (version == 1 && fields.number(4) == 0) place.fail("chunks in trees of size 0");
    fields.skip(24);
    if (fields.number(8) != kUndefinedAddress)
      place.fail("a file that is spread over several, or made by a special driver");
    fields.skip(8);
    superblock.root_address = fields.number(8);
    return superblock;
  }
  if (n < 48 || !ends_with_checksum(std::span(buffer).first(48))) place.fail("one with a wrong checksum");
  fields.skip(8);
  superblock.extension_address = fields.number(8);
  fields.skip(8);
  superblock.root_address = fields.number(8);
  return superblock;
}

/// The extension is an object header of its own, with settings of the file.
void check_extension(const RawFile& file, Superblock& superblock, const Location& where) {
  if (superblock.extension_address == kUndefinedAddress) return;
  const StructurePlace place{where, superblock.extension_address, "superblock extension"};
  const auto damage = walk_messages(file, superblock.extension_address, [&](const Message& message) {
    if (message.type == kSharedMessagesMessage || message.type == kCacheImageMessage ||
        message.type == kDriverMessage)
      place.fail("a file that shares messages, keeps an image of a cache or was made by a special driver");
    if (message.type == 0x13) {
      Fields fields(message.body, place);
      fields.skip(1);
      const uint64_t chunk_k = fields.number(2), group_k = fields.number(2);
      superblock.group_leaf_k = fields.number(2);
      if (chunk_k == 0 || group_k == 0 || superblock.group_leaf_k == 0) place.fail("trees of size 0");
    }
    return false;
  });
  if (damage) place.fail(*damage);
}

/// Chunks that a dataset of fixed size has.
uint64_t count_chunks(const ObjectParts& parts) {
  uint64_t n = 1;
  for (size_t axis = 0; axis < parts.space->dims.size(); ++axis) {
    const uint64_t extent = parts.space->max_dims[axis], chunk = parts.layout->chunk_dims[axis];
    if (__builtin_mul_overflow(n, extent / chunk + (extent % chunk != 0), &n)) return UINT64_MAX;
  }
  return n;
}

/// The header of an index of chunks of version 4 and later: as many elements as there are chunks, or no more
/// than a file of its size can hold. What it leads to is left to the library.
void check_index_header(const RawFile& file, const ObjectParts& parts, const Location& where) {
  const StoredLayout& layout = *parts.layout;
  const StructurePlace place{where, layout.address, "index of chunks"};
  const auto bytes = file.block(layout.address, layout.index_header_bytes, layout.index_header_bytes);
  if (!bytes || !ends_with_checksum(*bytes)) place.fail("one outside the file, or with a wrong checksum");
  // An address; of chunks that were filtered, their size and the filters that were left out too.
  const auto check_element = [&](bool filtered, uint64_t size) {
    if (filtered != (parts.n_filters > 0) || (filtered ? size < 13 || size > 20 : size != 8))
      place.fail(fmt::format("elements of {} bytes for {} filters", size, parts.n_filters));
  };
  const auto check_elements = [&](Fields& header) {
    header.skip(1);
    const uint64_t client = header.number(1);
    check_element(client == 1, header.number(1));
  };
  Fields fields(*bytes, place);
  switch (layout.index_header_bytes) {
    case kFixedArrayHeaderBytes: {
      fields.expect("FAHD");
      check_elements(fields);
      fields.skip(1);
      const uint64_t n = fields.number(8), n_chunks = count_chunks(parts);
      if (n != n_chunks) place.fail(fmt::format("{} elements for {} chunks", n, n_chunks));
      return;
    }
    case kExtensibleArrayHeaderBytes:
      fields.expect("EAHD");
      check_elements(fields);
      fields.skip(5);
      for (int i = 0; i < 6; ++i) {  // counts and sizes of blocks and elements
        const uint64_t n = fields.number(8);
        if (n > file.size())
          place.fail(fmt::format("{} blocks or elements in a file of {} bytes", n, file.size()));
      }
      return;
    default: {
      enum Record : uint64_t { plain = 10, filtered = 11 };
      fields.expect("BTHD");
      fields.skip(1);
      const uint64_t kind = fields.number(1);
      fields.skip(4);
      const uint64_t bytes_of_place = 8 * parts.space->dims.size();
      check_element(kind == filtered, fields.number(2) - bytes_of_place);
      if (kind != plain && kind != filtered) place.fail("a tree of another kind");
    }
  }
}

void check_chunk_index(const RawFile& file, const ObjectParts& parts, const Location& where) {
  if (!parts.layout || parts.layout->kind != StoredLayout::chunked ||
      parts.layout->address == kUndefinedAddress)
    return;
  if (parts.layout->index_header_bytes > 0) check_index_header(file, parts, where);
  if (parts.layout->old_index)
    check_chunk_tree(file, parts.layout->address, parts.layout->chunk_dims.size(), where);
}

/// Messages that describe a dataset, but for its type. False for others.
bool check_dataset_message(unsigned type, Fields& fields, StructurePlace& place, ObjectParts& parts) {
  switch (type) {
    case kDataspaceMessage:
      place.name = "shape";
      parts.space = check_dataspace(fields);
      return true;
    case kOldFillValueMessage:
    case kFillValueMessage: {
      place.name = "fill value";
      const auto bytes = type == kFillValueMessage ? check_fill_value(fields) : check_old_fill_value(fields);
      if (bytes) parts.fill_bytes.push_back(*bytes);
      return true;
    }
    case kExternalFilesMessage:
      parts.external = true;
      return true;
    case kLayoutMessage:
      place.name = "layout";
      parts.layout = check_layout(fields);
      return true;
    case kFiltersMessage:
      place.name = "filter list";
      parts.n_filters = check_filters(fields);
      return true;
    default:
      return false;
  }
}

}  // namespace

StructureCheck::StructureCheck(const RawFile& file, const Location& where)
    : file_(file), superblock_(read_superblock(file, where)) {
  check_extension(file_, superblock_, where);
}

void StructureCheck::object(uint64_t address, const Location& where) {
  if (sound_.contains(address)) return;
  waiting_ = {address};
  std::unordered_set<uint64_t> checked;
  while (!waiting_.empty()) {
    const uint64_t next = waiting_.back();
    waiting_.pop_back();
    if (sound_.contains(next) || !checked.insert(next).second) continue;
    check_header(next, where);
  }
  sound_.merge(checked);
}

StoredType StructureCheck::committed_type(uint64_t address, const Location& where) {
  const StructurePlace place{where, address, "committed datatype"};
  std::optional<StoredType> type;
  const auto damage = walk_messages(file_, address, [&](const Message& message) {
    if (message.type != kDatatypeMessage) return false;
    if (message.shared()) place.fail("a type that refers to another");
    Fields fields(message.body, place);
    type = check_datatype(fields);
    return true;
  });
  if (damage) place.fail(*damage);
  if (!type) place.fail("an object without a type");
  waiting_.push_back(address);
  return *type;
}

std::vector<std::string> StructureCheck::names(uint64_t address, const Location& where) const {
  std::vector<std::string> names;
  const StructurePlace place{where, address, "object header"};
  const auto damage = walk_messages(file_, address, [&](const Message& message) {
    Fields fields(message.body, place);
    if (message.type == kLinkMessage) {
      names.push_back(check_link(fields));
    } else if (message.type == kLinkInfoMessage) {
      visit_dense_links(
          file_, message, [&](Fields& link) { names.push_back(check_link(link)); }, where);
    } else if (message.type == kSymbolTableMessage) {
      const uint64_t tree = fields.number(8), heap = fields.number(8);
      visit_symbol_table(
          file_, {tree, heap, superblock_.group_leaf_k},
          [&](std::string name) { names.push_back(std::move(name)); }, where);
    }
    return false;
  });
  if (damage) place.fail(*damage);
  std::sort(names.begin(), names.end());
  return names;
}

void StructureCheck::check_header(uint64_t address, const Location& where) {
  ObjectParts parts;
  const auto committed = [&](uint64_t at) { return committed_type(at, where); };
  const auto check_message = [&](const Message& message) {
    StructurePlace place{where, message.address, "message"};
    Fields fields(message.body, place);
    if (message.type == kDatatypeMessage) {
      place.name = "datatype";
      parts.type = message.shared() ? committed(shared_address(fields)) : check_datatype(fields);
      return false;
    }
    if (message.shared()) place.fail("a message that is shared in a way that zerocell does not read");
    if (check_dataset_message(message.type, fields, place, parts)) return false;
    switch (message.type) {
      case kLinkMessage:
        place.name = "link";
        check_link(fields);
        break;
      case kAttributeMessage:
        place.name = "attribute";
        check_attribute(fields, committed);
        break;
      case kSymbolTableMessage: {
        place.name = "group";
        const uint64_t tree = fields.number(8), heap = fields.number(8);
        visit_symbol_table(
            file_, {tree, heap, superblock_.group_leaf_k}, [](std::string) {}, where);
        break;
      }
      case kLinkInfoMessage:
        visit_dense_links(
            file_, message, [](Fields& link) { check_link(link); }, where);
        break;
      case kAttributeInfoMessage:
        visit_dense_attributes(
            file_, message, [&](Fields& attribute) { check_attribute(attribute, committed); }, where);
        break;
      default:
        break;
    }
    return false;
  };
  const StructurePlace place{where, address, "object header"};
  if (const auto damage = walk_messages(file_, address, check_message)) place.fail(*damage);
  refuse_foreign_storage(parts, where);
  check_together(parts, place);
  check_chunk_index(file_, parts, where);
}

}  // namespace zerocell::hdf5
