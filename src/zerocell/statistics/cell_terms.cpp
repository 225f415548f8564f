#include "zerocell/statistics/cell_terms.h"

#include <limits>
#include <numeric>

#include "zerocell/core/error.h"

namespace zerocell {

double stratified_mean(const CellTerms& terms) {
  double total = 0;
  size_t n = 0;
  for (size_t s = 0; s < terms.n_strata(); ++s) {
    const size_t begin = terms.offsets[s], end = terms.offsets[s + 1];
    if (begin == end) continue;
    const double sum = std::accumulate(terms.values.begin() + static_cast<ptrdiff_t>(begin),
                                       terms.values.begin() + static_cast<ptrdiff_t>(end), 0.0);
    total += sum / static_cast<double>(end - begin);
    ++n;
  }
  return n > 0 ? total / static_cast<double>(n) : std::numeric_limits<double>::quiet_NaN();
}

CellTerms difference(const CellTerms& a, const CellTerms& b) {
  if (a.n_strata() != b.n_strata()) throw Error::internal("paired difference: the strata are not the same");
  CellTerms result;
  for (size_t s = 0; s < a.n_strata(); ++s) {
    size_t i = a.offsets[s], j = b.offsets[s];
    while (i < a.offsets[s + 1] && j < b.offsets[s + 1]) {
      if (a.cells[i] == b.cells[j]) result.add(a.values[i] - b.values[j], a.cells[i]);
      const bool next_a = a.cells[i] <= b.cells[j], next_b = b.cells[j] <= a.cells[i];
      i += next_a;
      j += next_b;
    }
    result.end_stratum();
  }
  return result;
}

}  // namespace zerocell
