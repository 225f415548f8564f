#pragma once
#include <cstddef>
#include <cstdint>

#include "zerocell/data/hdf5.h"

namespace zerocell {

/// Converts n elements as they lie in a file (any standard integer, IEEE float or boolean, either byte order)
/// to float32, rounding as a C cast does. Error(internal) for types that are not `standard`.
void convert_to_float(const hdf5::ElementType& type, const uint8_t* in, size_t n, float* out);
/// The same to float64.
void convert_to_double(const hdf5::ElementType& type, const uint8_t* in, size_t n, double* out);
/// True for types with more digits or a wider range than float32: float64 and integers of 4 and 8 bytes.
bool exceeds_float32(const hdf5::ElementType& type);

/// Converts n integers to indices below `limit` (at most 2^32). False when one is negative or not below it.
bool convert_to_index(const hdf5::ElementType& type, const uint8_t* in, size_t n, uint64_t limit,
                      uint32_t* out);

}  // namespace zerocell
