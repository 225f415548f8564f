#pragma once
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "zerocell/core/random.h"
#include "zerocell/core/reconstruction.h"

namespace zerocell::testing {

/// A made-up reconstruction: predicted ranks scatter about the true ones, the more the later the model.
/// Every tenth cell of the last model has no value.
inline Reconstruction example_reconstruction(size_t n_models = 2, size_t n_cells = 600) {
  Random random(3);
  Reconstruction r;
  r.dataset = r.title = "pbmc_example";
  r.n_cells = n_cells;
  r.n_genes = 2000;
  r.counts_source = "layers/counts";
  for (size_t i = 0; i < n_cells; ++i) r.obs.index.push_back("cell-" + std::to_string(i));
  for (size_t m = 0; m < n_models; ++m) {
    ReconstructionResult& result = r.results.emplace_back();
    result.tag = "gf-" + std::to_string(m);
    result.model = "geneformer";
    result.target = "rank";
    result.cells = {
        {"rank_correlation", {}}, {"rank_correlation_mean_rank", {}}, {"rank_correlation_mean_rank_loo", {}}};
    const double noise = 0.05 + 0.12 * static_cast<double>(m);
    for (size_t i = 0; i < n_cells; ++i) {
      const double u = random.uniform() + random.uniform();
      result.cells[0].values.push_back(0.95 - noise * 2 * u);
      result.cells[1].values.push_back(0.6 + 0.1 * u);
      result.cells[2].values.push_back(0.5 + 0.12 * u);
      if (m + 1 == n_models && i % 10 == 9)
        for (CellColumn& column : result.cells)
          column.values.back() = std::numeric_limits<double>::quiet_NaN();
    }
    constexpr size_t kBins = 64;
    result.density = {kBins, 0, 1, std::vector<uint64_t>(kBins * kBins, 0)};
    for (size_t i = 0; i < n_cells * 200; ++i) {
      const double truth = random.uniform();
      const double spread = noise * (random.uniform() + random.uniform() + random.uniform() - 1.5) * 2;
      const double predicted = random.uniform() < 0.03 ? 0 : std::clamp(truth + spread, 0.0, 1.0);
      const auto bin = [&](double value) { return std::min(static_cast<size_t>(value * kBins), kBins - 1); };
      ++result.density.counts[bin(truth) * kBins + bin(predicted)];
    }
  }
  return r;
}

}  // namespace zerocell::testing
