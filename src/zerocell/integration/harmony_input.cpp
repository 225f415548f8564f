#include "zerocell/integration/harmony_input.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "zerocell/core/error.h"

namespace zerocell {

void check_harmony_options(const HarmonyOptions& o) {
  const auto require = [](bool holds, const char* option, const char* expected, double found) {
    if (!holds)
      throw Error::usage(
          {fmt::format("harmony, option '{}'", option), expected, fmt::format("{:g}", found), ""});
  };
  require(!o.theta || (*o.theta >= 0 && *o.theta <= 100), "theta", "a number from 0 to 100",
          o.theta.value_or(0));
  require(o.sigma >= 0.05 && o.sigma <= 10, "sigma", "a number from 0.05 to 10", o.sigma);
  require(o.lambda > 0 && std::isfinite(o.lambda), "lambda", "a positive number", o.lambda);
  require(o.alpha > 0 && std::isfinite(o.alpha), "alpha", "a positive number", o.alpha);
  require(o.block_size > 0 && o.block_size <= 1, "block_size", "a number above 0, at most 1", o.block_size);
  require(!o.n_clusters || *o.n_clusters > 0, "n_clusters", "a whole number from 1", 0);
}

void check_harmony_input(const DenseMatrix<float>& z, std::span<const int32_t> batches, size_t n_batches,
                         const HarmonyOptions& options) {
  if (batches.size() != z.n_rows() || (!options.cell_keys.empty() && options.cell_keys.size() != z.n_rows()))
    throw Error::internal("harmony: as many batch codes and keys as cells");
  for (const int32_t b : batches)
    if (b < 0 || static_cast<size_t>(b) >= n_batches)
      throw Error::internal(fmt::format("harmony: batch code {} of {} batches", b, n_batches));
  for (size_t i = 0; i < z.n_rows(); ++i)
    if (!std::ranges::all_of(z.row(i), [](float x) { return std::isfinite(x); }))
      throw Error::data({fmt::format("harmony, coordinates of cell {}", i + 1), "finite numbers",
                         "NaN or infinity", "Leave the cell out"});
}

HarmonyCells sorted_cells(const DenseMatrix<float>& z, std::span<const int32_t> batches,
                          const HarmonyOptions& options) {
  HarmonyCells cells;
  cells.origin.resize(z.n_rows());
  std::iota(cells.origin.begin(), cells.origin.end(), 0u);
  std::ranges::stable_sort(cells.origin, {}, [&](uint32_t i) { return batches[i]; });
  cells.z = DenseMatrix<float>(z.n_rows(), z.n_cols());
  cells.batch_begin.push_back(0);
  int32_t previous = -1;
  for (size_t i = 0; i < z.n_rows(); ++i) {
    const uint32_t from = cells.origin[i];
    std::ranges::copy(z.row(from), cells.z.row(i).begin());
    cells.keys.push_back(options.cell_keys.empty() ? from : options.cell_keys[from]);
    if (i > 0 && batches[from] != previous) cells.batch_begin.push_back(i);
    previous = batches[from];
    cells.batch.push_back(static_cast<uint32_t>(cells.batch_begin.size() - 1));
  }
  cells.batch_begin.push_back(z.n_rows());
  return cells;
}

}  // namespace zerocell
