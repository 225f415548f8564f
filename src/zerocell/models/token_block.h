#pragma once
#include <cstdint>
#include <vector>

#include "zerocell/nn/backend.h"

namespace zerocell {

/// Tokens of some cells, one cell after the other, without padding.
struct TokenBlock {
  std::vector<uint32_t> offsets{0};  ///< (C + 1)
  std::vector<uint32_t> tokens;      ///< (L)

  size_t n_cells() const { return offsets.size() - 1; }
  size_t n_tokens() const { return tokens.size(); }
  Segments segments() const { return {offsets}; }
};

/// How much of one cell a model sees.
struct CellCoverage {
  double counts = 0;        ///< sum over all columns
  double counts_seen = 0;   ///< over columns in the vocabulary
  uint32_t genes = 0;       ///< columns above zero
  uint32_t genes_seen = 0;  ///< of them in the vocabulary
  uint32_t genes_cut = 0;   ///< of those beyond the longest sequence
};

}  // namespace zerocell
