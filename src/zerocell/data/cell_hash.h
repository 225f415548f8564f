#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "zerocell/core/parallel.h"
#include "zerocell/core/row_stream.h"

namespace zerocell {

/// A cell known by its counts alone, whatever it is called: 128 bits, not cryptographic.
using CellHash = std::array<uint64_t, 2>;

/// Hashes of the rows of `counts` (N, G), whose columns are the genes `genes` (G).
///
/// Word k of a hash is the sum modulo 2^64, over the stored counts x > 0, of
/// mix64(k, FNV-1a(gene), bits of x as float32): neither the order of the genes nor genes without counts
/// matter, and a cell without counts has zeros. The same cell with other gene ids, or with genes removed, has
/// another hash.
std::vector<CellHash> cell_hashes(const RowStream& counts, const std::vector<std::string>& genes,
                                  ThreadPool& pool);

/// "hash:" and 32 hexadecimal digits, as a list of cells has it.
std::string to_text(const CellHash& hash);
/// Reads that; nothing where the text is something else.
std::optional<CellHash> parse_cell_hash(std::string_view text);

}  // namespace zerocell
