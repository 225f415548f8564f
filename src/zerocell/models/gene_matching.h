#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "zerocell/core/evaluation.h"

namespace zerocell {

/// What a model can see of a data set's genes: which column is which entry of its vocabulary.
struct GeneMatch {
  static constexpr int32_t kUnknown = -1;
  std::vector<int32_t> gene;  ///< (G) entry of the vocabulary for every column, or kUnknown
  size_t n_columns = 0;
  size_t n_matched = 0;                         ///< columns with an entry
  size_t n_ensembl = 0;                         ///< of them by Ensembl id, with or without version
  size_t n_symbols = 0;                         ///< by symbol, through the model's own dictionary of names
  size_t n_aliases = 0;                         ///< by an alias or former symbol
  size_t n_duplicates = 0;                      ///< columns whose entry an earlier column has already
  std::vector<std::string> duplicate_examples;  ///< up to five column names
  std::vector<std::string> unknown_examples;    ///< up to five column names without entry

  double share_matched() const {
    return n_columns ? static_cast<double>(n_matched) / static_cast<double>(n_columns) : 0.0;
  }
};

}  // namespace zerocell
