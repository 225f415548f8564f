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
    result.cells = {{"rank_correlation", {}},
                    {"rank_correlation_mean_rank", {}, true},
                    {"rank_correlation_mean_rank_loo", {}, true}};
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
    PairDensity& density = result.densities.emplace_back();
    density.truth = density.predicted = {kBins, 0, 1};
    density.counts.assign(kBins * kBins, 0);
    for (size_t i = 0; i < n_cells * 200; ++i) {
      const double truth = random.uniform();
      const double spread = noise * (random.uniform() + random.uniform() + random.uniform() - 1.5) * 2;
      const double predicted = random.uniform() < 0.03 ? 0 : std::clamp(truth + spread, 0.0, 1.0);
      const auto bin = [&](double value) { return std::min(static_cast<size_t>(value * kBins), kBins - 1); };
      ++density.counts[bin(truth) * kBins + bin(predicted)];
    }
  }
  return r;
}

/// One more way to predict 50 bins: `slope` of the true bin's distance from the mean is seen, with this
/// noise.
inline PairDensity example_bin_density(const char* name, double slope, double noise, size_t n_genes) {
  Random random(17);
  PairDensity density;
  density.name = name;
  density.truth = {50, 0.5, 50.5};
  density.predicted = {260, -5, 60};
  density.counts.assign(50 * 260, 0);
  density.constant = 22.6;
  for (size_t i = 0; i < n_genes; ++i) {
    const double u = random.uniform();
    const double truth = std::clamp(std::floor(1 + 50 * u * (0.6 + 0.4 * u)), 1.0, 50.0);
    const double predicted = 22.6 + slope * (truth - 22.6) + noise * random.normal();
    const double field = std::floor((predicted + 5) * 4);
    density.n_below += field < 0;
    density.n_above += field > 259;
    ++density.counts[(static_cast<size_t>(truth) - 1) * 260 +
                     static_cast<size_t>(std::clamp(field, 0.0, 259.0))];
  }
  return density;
}

/// Adds models that predict bins, GEPC better than GEP, the more so the later the model; the last has no GEPC
/// where there are several. Scores as the study's table has them.
inline void add_bin_models(Reconstruction& r, size_t n_models) {
  Random random(5);
  for (size_t m = 0; m < n_models; ++m) {
    ReconstructionResult& result = r.results.emplace_back();
    result.tag = m == 1 ? "scgpt-blood trained on ten million cells" : "scgpt-" + std::to_string(m);
    result.model = "scgpt";
    result.target = "bin";
    const bool with_gepc = m + 1 < n_models || n_models < 3;
    result.densities.push_back(example_bin_density("GEP", 0.06, 1.6, 60'000));
    if (with_gepc)
      result.densities.push_back(example_bin_density("GEPC", 0.35 + 0.1 * static_cast<double>(m), 7, 60'000));
    const auto level = static_cast<double>(m);
    std::vector<std::pair<std::string, double>> values = {{"mse_gep", 200.97 - level},
                                                          {"mse_gepc", 148.52 - 9 * level},
                                                          {"mse_mean", 202.45},
                                                          {"mse_gene_mean_loo", 131.2}};
    if (!with_gepc) values.erase(values.begin() + 1);
    for (const auto& [name, value] : values) {
      Score& score = r.scores.emplace_back();
      score.embedding = result.tag;
      score.metric = name;
      score.value = value;
      score.low = value - 6;
      score.high = value + 7;
      score.direction = Direction::lower;
      CellColumn column{name, {}, name.starts_with("mse_g") == false || name.ends_with("loo")};
      for (size_t i = 0; i < r.n_cells; ++i)
        column.values.push_back(i % 50 == 3 ? std::numeric_limits<double>::quiet_NaN()
                                            : value * (0.7 + 0.3 * (random.uniform() + random.uniform())));
      result.cells.push_back(std::move(column));
    }
  }
}

/// Models that predict bins alone.
inline Reconstruction example_bins(size_t n_models = 2, size_t n_cells = 400) {
  Reconstruction r = example_reconstruction(0, n_cells);
  add_bin_models(r, n_models);
  return r;
}

}  // namespace zerocell::testing
