#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace zerocell {

/// A score that is a mean over strata of means over cells: what a bootstrap needs to know of it.
/// One stratum: a plain mean. asw_batch: a stratum for each label.
struct CellTerms {
  std::vector<float> values;       ///< one term a cell, stratum by stratum
  std::vector<uint32_t> cells;     ///< which cell each term is of; ascending inside a stratum
  std::vector<size_t> offsets{0};  ///< stratum s holds terms offsets[s] to offsets[s + 1]; it may be empty

  size_t n_strata() const { return offsets.size() - 1; }
  void add(float value, uint32_t cell) {
    values.push_back(value);
    cells.push_back(cell);
  }
  /// Ends the stratum that the terms added since the last end belong to.
  void end_stratum() { offsets.push_back(values.size()); }
};

/// The score: unweighted mean over the strata that hold a term; NaN where none does.
double stratified_mean(const CellTerms& terms);

/// a - b, term by term, over the cells that have a term in both (same strata in both).
CellTerms difference(const CellTerms& a, const CellTerms& b);

}  // namespace zerocell
