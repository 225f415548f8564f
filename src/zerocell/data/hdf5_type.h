#pragma once
#include <functional>
#include <string>
#include <vector>

#include "zerocell/data/hdf5.h"

/// What the parts of the HDF5 layer share. Callers hold the Lock.
namespace zerocell::hdf5 {

ElementType describe_type(hid_t type);

/// What is read as text: the type of an element in the file (or of one member of it) and the elements.
struct StringSource {
  hid_t type;         ///< in the file; of the member when `field` is set
  hid_t space;        ///< the elements
  std::string field;  ///< member of a compound type, or empty
};

/// Reads n strings of fixed or variable length through `read(memory type, buffer)`.
std::vector<std::string> read_strings_with(const std::function<herr_t(hid_t, void*)>& read,
                                           const StringSource& source, size_t n, const Location& where);

/// Where the reference to a string stands in the elements on disk.
struct StringPlace {
  size_t stride = 0;  ///< bytes of an element
  size_t offset = 0;  ///< of the reference in it
};

/// Strings of variable length, read with all bounds checked; nothing when only HDF5 can read them.
std::optional<std::vector<std::string>> read_heap_strings(const Dataset& dataset, const StringPlace& place);
std::optional<std::vector<std::string>> read_heap_attribute(const Object& object, const std::string& name,
                                                            size_t n);

/// Where the header of the object stands in the file.
uint64_t object_address(const Object& object);

/// A compound memory type with the one member `field` of type `member` at offset 0.
Handle single_member(const std::string& field, hid_t member);

}  // namespace zerocell::hdf5
