#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace zerocell::hdf5 {

/// The checksum of HDF5's structures since 1.8: Bob Jenkins' lookup3 (hashlittle) with 0 before the first
/// byte.
uint32_t metadata_checksum(std::span<const uint8_t> bytes);

/// True where the last four bytes are the checksum of those before.
bool ends_with_checksum(std::span<const uint8_t> bytes);

}  // namespace zerocell::hdf5
