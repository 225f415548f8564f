#include "zerocell/data/hdf5_fields.h"

#include <algorithm>

#include <fmt/format.h>

namespace zerocell::hdf5 {

void StructurePlace::fail(std::string_view found) const {
  throw where.error(fmt::format("a sound HDF5 {} at byte {}", name, address), std::string(found),
                    "the file is damaged or truncated; copy or create it again");
}

uint64_t Fields::number(size_t size) {
  const std::span<const uint8_t> field = bytes(size);
  uint64_t value = 0;
  for (size_t i = size; i-- > 0;) value = value << 8 | field[i];
  return value;
}

std::span<const uint8_t> Fields::bytes(uint64_t size) {
  if (size > left()) fail(fmt::format("one that ends {} bytes too early", size - left()));
  const auto field = bytes_.subspan(at_, size);
  at_ += size;
  return field;
}

std::string_view Fields::text(bool padded) {
  const auto rest = bytes_.subspan(at_);
  const auto end = std::find(rest.begin(), rest.end(), uint8_t{0});
  if (end == rest.end()) fail("a name that does not end");
  const auto length = static_cast<size_t>(end - rest.begin());
  skip(padded ? length / 8 * 8 + 8 : length + 1);
  return {reinterpret_cast<const char*>(rest.data()), length};
}

void Fields::expect(std::string_view signature) {
  const auto found = bytes(signature.size());
  if (!std::equal(found.begin(), found.end(), signature.begin(),
                  [](uint8_t byte, char c) { return byte == static_cast<uint8_t>(c); }))
    fail("another structure, or none");
}

}  // namespace zerocell::hdf5
