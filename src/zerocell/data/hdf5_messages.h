#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "zerocell/data/hdf5_fields.h"

/// The messages of object headers, checked field by field before the library decodes them: HDF5 1.10 trusts
/// their sizes. Layouts: HDF5 File Format Specification 3.0, section IV.A.2. Every function throws where a
/// message does not hold what it declares.
namespace zerocell::hdf5 {

constexpr uint64_t kUndefinedAddress = ~uint64_t{0};
constexpr uint64_t kFixedArrayHeaderBytes = 28, kExtensibleArrayHeaderBytes = 72, kTreeHeaderBytes = 38;

enum TypeClass : unsigned {
  kFixedPoint = 0,
  kFloatingPoint = 1,
  kTime = 2,
  kString = 3,
  kBitField = 4,
  kOpaque = 5,
  kCompound = 6,
  kReference = 7,
  kEnumeration = 8,
  kVariableLength = 9,
  kArray = 10,
};

struct StoredType {
  unsigned type_class = 0;
  uint64_t size = 0;  ///< bytes of one element on disk
};

struct StoredSpace {
  std::vector<uint64_t> dims;
  std::vector<uint64_t> max_dims;  ///< as dims where the shape is fixed
  uint64_t n_elements = 1;
};

struct StoredLayout {
  enum Kind { compact, contiguous, chunked, virtual_dataset };
  Kind kind = contiguous;
  uint64_t address = kUndefinedAddress;
  uint64_t size = 0;  ///< bytes, unless chunked
  bool has_size = false;
  std::vector<uint64_t> chunk_dims;  ///< the last is the size of an element
  bool old_index = false;            ///< chunks in a B-tree of version 1
  uint64_t index_header_bytes = 0;   ///< of newer indexes that have a header
};

/// Where a message that is shared leads: the object header of a committed datatype.
uint64_t shared_address(Fields& fields);

/// `size` of the type in bytes on disk must be what its properties say.
StoredType check_datatype(Fields& fields);
StoredSpace check_dataspace(Fields& fields);
/// Size of the fill value, if there is one.
std::optional<uint64_t> check_fill_value(Fields& fields);
std::optional<uint64_t> check_old_fill_value(Fields& fields);
StoredLayout check_layout(Fields& fields);
void check_filters(Fields& fields);

/// A link of any kind; its name.
std::string check_link(Fields& fields);

/// An attribute; `committed` says what the type at an address is.
void check_attribute(Fields& fields, const std::function<StoredType(uint64_t)>& committed);

}  // namespace zerocell::hdf5
