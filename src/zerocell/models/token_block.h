#pragma once
#include <cstdint>
#include <vector>

#include "zerocell/nn/backend.h"

namespace zerocell {

/// One cell as a model reads it.
struct CellTokens {
  std::vector<uint32_t> tokens;  ///< (L); none where the model sees nothing of the cell
  std::vector<uint16_t> values;  ///< (L) numbers of values beside the tokens; empty where the model has none
};

/// Tokens of some cells, one cell after the other, without padding.
struct TokenBlock {
  std::vector<uint32_t> offsets{0};  ///< (C + 1)
  std::vector<uint32_t> tokens;      ///< (L)
  std::vector<uint16_t> values;      ///< (L) or empty, as in CellTokens

  size_t n_cells() const { return offsets.size() - 1; }
  size_t n_tokens() const { return tokens.size(); }
  Segments segments() const { return {offsets}; }

  void add(const CellTokens& cell) {
    tokens.insert(tokens.end(), cell.tokens.begin(), cell.tokens.end());
    values.insert(values.end(), cell.values.begin(), cell.values.end());
    offsets.push_back(static_cast<uint32_t>(tokens.size()));
  }
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
