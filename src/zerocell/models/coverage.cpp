#include "zerocell/models/coverage.h"

#include <fmt/format.h>

#include <algorithm>

namespace zerocell {

void CoverageSummary::add(const CellCoverage& cell, size_t n_tokens) {
  ++n_cells;
  n_cells_unseen += cell.genes_seen == 0;
  n_cells_cut += cell.genes_cut > 0;
  counts += cell.counts;
  counts_seen += cell.counts_seen;
  genes += cell.genes;
  genes_seen += cell.genes_seen;
  genes_cut += cell.genes_cut;
  max_tokens = std::max(max_tokens, n_tokens);
  if (cell.genes_cut >= n_cells_by_cut.size()) n_cells_by_cut.resize(size_t{cell.genes_cut} + 1);
  ++n_cells_by_cut[cell.genes_cut];
}

void CoverageSummary::add(const CoverageSummary& other) {
  n_cells += other.n_cells;
  n_cells_unseen += other.n_cells_unseen;
  n_cells_cut += other.n_cells_cut;
  counts += other.counts;
  counts_seen += other.counts_seen;
  genes += other.genes;
  genes_seen += other.genes_seen;
  genes_cut += other.genes_cut;
  max_tokens = std::max(max_tokens, other.max_tokens);
  n_cells_by_cut.resize(std::max(n_cells_by_cut.size(), other.n_cells_by_cut.size()));
  for (size_t n = 0; n < other.n_cells_by_cut.size(); ++n) n_cells_by_cut[n] += other.n_cells_by_cut[n];
}

double CoverageSummary::mean_genes_cut() const {
  return n_cells_cut == 0 ? 0.0 : static_cast<double>(genes_cut) / static_cast<double>(n_cells_cut);
}

size_t CoverageSummary::median_genes_cut() const {
  uint64_t below = 0;
  for (size_t n = 1; n < n_cells_by_cut.size(); ++n) {
    below += n_cells_by_cut[n];
    if (2 * below >= n_cells_cut) return n;
  }
  return 0;
}

size_t CoverageSummary::max_genes_cut() const {
  return n_cells_by_cut.empty() ? 0 : n_cells_by_cut.size() - 1;
}

std::vector<Loss> coverage_losses(const CoverageSummary& coverage, const GeneMatch& match,
                                  const std::string& model) {
  const auto number = [](auto n) { return static_cast<double>(n); };
  const std::string outside = fmt::format("not in the vocabulary of {}", model);
  std::vector<Loss> losses{
      {"genes", number(match.n_columns - match.n_matched), number(match.n_columns), outside},
      {"UMIs", coverage.counts - coverage.counts_seen, coverage.counts, "of genes " + outside},
      {"cells", number(coverage.n_cells_unseen), number(coverage.n_cells),
       fmt::format("no gene of the vocabulary of {}", model)}};
  if (coverage.n_cells_cut > 0)
    losses.push_back(
        {fmt::format("genes beyond the longest sequence in {} cells", coverage.n_cells_cut),
         number(coverage.genes_cut), number(coverage.genes_seen),
         fmt::format("{} of {} cells have more genes than {} takes; of these each loses {:.1f} on "
                     "average, the median {}, at most {}",
                     coverage.n_cells_cut, coverage.n_cells, model, coverage.mean_genes_cut(),
                     coverage.median_genes_cut(), coverage.max_genes_cut())});
  return losses;
}

}  // namespace zerocell
