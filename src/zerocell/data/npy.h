#pragma once
#include <string>
#include <vector>

#include "zerocell/core/matrix.h"
#include "zerocell/data/byte_source.h"
#include "zerocell/data/embedding_table.h"

namespace zerocell {

/// What a .npy file says of its array (numpy.lib.format, versions 1.0 to 3.0).
struct NpyHeader {
  char kind = 'f';       ///< f, i, u or b
  size_t item_size = 4;  ///< bytes
  bool big_endian = false;
  bool fortran_order = false;
  std::vector<uint64_t> shape;
  uint64_t data_offset = 0;  ///< bytes before the first value
};

/// Parses the header and checks that the values that it promises are in the file, no fewer and no more.
/// Throws Error(data) for anything that is not a plain array of floats, integers or booleans.
NpyHeader read_npy_header(const ByteSource& source);

/// Reads a matrix as rows, in float64 where its type has more digits than float32 (f8, i4, i8, u4, u8), as it
/// stands: NaN and infinities too; (N,) becomes N x 1. Memory: the result and one tile. Throws Error(data)
/// where the shape is not N x D with N, D >= 1.
TableValues read_npy(const ByteSource& source, const NpyHeader& header);

/// Writes a C-ordered little-endian float32 array, format 1.0.
void write_npy(const std::string& path, const DenseMatrix<float>& matrix);

}  // namespace zerocell
