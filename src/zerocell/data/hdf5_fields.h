#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "zerocell/data/hdf5.h"

namespace zerocell::hdf5 {

/// Where a structure of the file stands, for messages.
struct StructurePlace {
  const Location& where;  ///< the entry that leads to it
  uint64_t address = 0;   ///< in the file
  std::string name;       ///< "object header", "datatype", ...

  [[noreturn]] void fail(std::string_view found) const;
};

/// Fields of a structure, little-endian, one after the other. Each step throws where the structure ends too
/// early.
class Fields {
 public:
  Fields(std::span<const uint8_t> bytes, const StructurePlace& place) : bytes_(bytes), place_(place) {}

  uint64_t number(size_t size);
  std::span<const uint8_t> bytes(uint64_t size);
  void skip(uint64_t size) { bytes(size); }
  /// Text up to its NUL, which is skipped too; with `padded`, as are the bytes up to a multiple of 8.
  std::string_view text(bool padded);
  void expect(std::string_view signature);
  /// The next `size` bytes as fields of their own.
  Fields part(uint64_t size) { return {bytes(size), place_}; }

  size_t at() const { return at_; }
  size_t left() const { return bytes_.size() - at_; }
  const StructurePlace& place() const { return place_; }
  [[noreturn]] void fail(std::string_view found) const { place_.fail(found); }

 private:
  std::span<const uint8_t> bytes_;
  const StructurePlace& place_;
  size_t at_ = 0;
};

}  // namespace zerocell::hdf5
