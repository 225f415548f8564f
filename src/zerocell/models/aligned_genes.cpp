#include "zerocell/models/aligned_genes.h"

#include <algorithm>

namespace zerocell {

AlignedGenes::AlignedGenes(const GeneMatch& match) {
  const auto first = first_columns(match);
  gene_of_.assign(match.gene.size(), kNone);
  for (uint32_t column = 0; column < match.gene.size(); ++column) {
    if (match.gene[column] == GeneMatch::kUnknown) continue;
    if (first[column] != column) {
      gene_of_[column] = gene_of_[first[column]];
      has_repeats_ = true;
      continue;
    }
    gene_of_[column] = static_cast<uint32_t>(entries_.size());
    entries_.push_back(static_cast<uint32_t>(match.gene[column]));
    columns_.push_back(column);
  }
}

void AlignedGenes::operator()(const CellCounts& counts, std::vector<Count>& out,
                              CellCoverage& coverage) const {
  out.clear();
  for (size_t i = 0; i < counts.columns.size(); ++i) {
    const float x = counts.values[i];
    coverage.counts += x;
    if (!(x > 0.0f)) continue;
    ++coverage.genes;
    const uint32_t gene = gene_of_[counts.columns[i]];
    if (gene == kNone) continue;
    ++coverage.genes_seen;
    coverage.counts_seen += x;
    out.push_back({gene, x});
  }
  if (!has_repeats_) return;
  std::ranges::stable_sort(out, {}, &Count::gene);
  size_t n = 0;
  for (size_t i = 0; i < out.size(); ++n) {
    const uint32_t gene = out[i].gene;
    double sum = 0;
    for (; i < out.size() && out[i].gene == gene; ++i) sum += out[i].count;
    out[n] = {gene, static_cast<float>(sum)};
  }
  out.resize(n);
}

RowStream AlignedGenes::stream(RowStream counts) const {
  RowStream result{counts.n_rows, size(), {}};
  result.for_each_block = [this,
                           counts = std::move(counts)](const std::function<void(const RowBlock&)>& consume) {
    std::vector<Count> genes;
    RowBlock out;
    counts.for_each_block([&](const RowBlock& in) {
      out.first_row = in.first_row;
      out.values.n_rows = in.values.n_rows;
      out.values.n_cols = size();
      out.values.indptr.assign(1, 0);
      out.values.indices.clear();
      out.values.values.clear();
      for (size_t i = 0; i < in.values.n_rows; ++i) {
        CellCoverage ignored;
        (*this)({in.first_row + i, in.values.row_indices(i), in.values.row_values(i)}, genes, ignored);
        for (const Count& gene : genes) {
          out.values.indices.push_back(gene.gene);
          out.values.values.push_back(gene.count);
        }
        out.values.indptr.push_back(out.values.indices.size());
      }
      consume(out);
    });
  };
  return result;
}

}  // namespace zerocell
