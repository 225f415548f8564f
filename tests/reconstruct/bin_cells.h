#pragma once
#include <cstdint>
#include <vector>

#include "zerocell/core/random.h"
#include "zerocell/reconstruct/bin_errors.h"

namespace zerocell::testing {

/// Cells with true bins and made-up predictions.
struct BinCells {
  size_t n_genes = 0, n_bins = 51;
  std::vector<uint32_t> offsets{0}, genes;
  std::vector<uint16_t> bins;
  std::vector<float> gep, gepc;
  std::vector<uint8_t> scored;

  struct Gene {
    uint32_t gene;
    uint16_t bin;
    float gep, gepc;
  };
  void add(const std::vector<Gene>& cell) {
    for (const Gene& own : cell) {
      genes.push_back(own.gene);
      bins.push_back(own.bin);
      gep.push_back(own.gep);
      gepc.push_back(own.gepc);
      n_genes = std::max<size_t>(n_genes, own.gene + 1);
    }
    offsets.push_back(static_cast<uint32_t>(genes.size()));
  }
  size_t n_cells() const { return offsets.size() - 1; }

  MeanBins means() const {
    ThreadPool pool(1);
    MeanBins out(n_genes, n_bins);
    out.add(offsets, genes, bins, pool);
    return out;
  }

  /// Cells begin to end as a block of their own; offsets of a block begin at 0.
  void score(BinErrors& errors, size_t begin, size_t end, bool with_gepc = true) const {
    std::vector<uint32_t> own_offsets, rows;
    for (size_t c = begin; c <= end; ++c) own_offsets.push_back(offsets[c] - offsets[begin]);
    for (size_t c = begin; c < end; ++c) rows.push_back(static_cast<uint32_t>(c));
    const size_t from = offsets[begin], length = offsets[end] - from;
    const auto part = [&](const auto& values) {
      return values.empty() ? std::span(values) : std::span(values).subspan(from, length);
    };
    BinBlock block{own_offsets, part(genes), part(bins), part(gep), {}, part(scored)};
    if (with_gepc) block.gepc = part(gepc);
    errors.add(block, rows);
  }
};

/// GEP says little, GEPC more, as in the study.
inline BinCells random_bin_cells(size_t n_cells, uint64_t seed = 5, size_t n_genes = 120) {
  Random random(seed);
  BinCells cells;
  for (size_t c = 0; c < n_cells; ++c) {
    std::vector<BinCells::Gene> cell;
    for (uint32_t gene = 0; gene < n_genes; ++gene) {
      if (random.uniform() < 0.5) continue;
      const double usual = 5 + 40.0 * gene / static_cast<double>(n_genes);
      const auto bin = static_cast<uint16_t>(std::clamp(usual + 9 * random.normal(), 1.0, 50.0));
      cell.push_back({gene, bin, static_cast<float>(20 + 0.2 * bin + 3 * random.normal()),
                      static_cast<float>(8 + 0.7 * bin + 5 * random.normal())});
    }
    cells.add(cell);
  }
  cells.n_genes = n_genes;
  return cells;
}

}  // namespace zerocell::testing
