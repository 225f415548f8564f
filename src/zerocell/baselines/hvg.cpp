#include "zerocell/baselines/hvg.h"

#include <fmt/format.h>

#include <numeric>
#include <utility>

#include "zerocell/core/error.h"
#include "zerocell/preprocess/normalize.h"
#include "zerocell/preprocess/seurat_v3.h"
#include "zerocell/preprocess/stream_adapters.h"

namespace zerocell {
namespace {

FilterResults filter(const RowStream& counts, const FilterOptions& options, Progress& progress) {
  FilterResults kept = filter_cells_and_genes(counts, options, progress);
  if (kept.cells.empty() || kept.genes.empty()) {
    throw Error::data({"the counts",
                       fmt::format("cells with at least {} genes and genes in at least {} cells",
                                   options.min_genes, options.min_cells),
                       fmt::format("{} of {} cells and {} of {} genes left", kept.cells.size(), counts.n_rows,
                                   kept.genes.size(), counts.n_cols),
                       "check that the file holds all genes and that cells are rows; scvi, obsm and file "
                       "need no such filter"});
  }
  return kept;
}

template <class T>
std::vector<T> take(std::span<const T> values, const std::vector<uint32_t>& at) {
  std::vector<T> out;
  if (values.empty()) return out;
  out.reserve(at.size());
  for (const uint32_t i : at) out.push_back(values[i]);
  return out;
}

void add_loss(std::vector<Loss>& losses, Loss loss) {
  if (loss.lost > 0) losses.push_back(std::move(loss));
}

/// What of the input the chosen genes of the kept cells do not show.
std::vector<Loss> losses_of(const RowStream& counts, const FilterResults& kept, const HvgResults& out,
                            const FilterOptions& options) {
  const auto lost = [](size_t all, size_t left) { return static_cast<double>(all - left); };
  double all_umis = 0, seen_umis = 0;
  for (const double total : kept.total_counts) all_umis += total;
  for (const uint32_t gene : out.genes) seen_umis += kept.gene_counts[gene];
  std::vector<Loss> losses;
  add_loss(losses, {"cells", lost(counts.n_rows, kept.cells.size()), static_cast<double>(counts.n_rows),
                    fmt::format("fewer than {} genes expressed", options.min_genes)});
  add_loss(losses, {"genes", lost(counts.n_cols, kept.genes.size()), static_cast<double>(counts.n_cols),
                    fmt::format("expressed in fewer than {} cells", options.min_cells)});
  add_loss(losses, {"genes", lost(kept.genes.size(), out.genes.size()), static_cast<double>(counts.n_cols),
                    "not among the highly variable genes"});
  add_loss(losses, {"UMIs", all_umis - seen_umis, all_umis, "in cells or genes that are left out"});
  return losses;
}

/// Genes, counted from 0 among those of the streams.
struct ChosenGenes {
  std::vector<uint32_t> genes, tied;
  std::vector<std::string> warnings;
};

ChosenGenes choose_genes(const RowStream& raw, const RowStream& logged, const HvgOptions& options,
                         const BatchGroups& groups, ThreadPool& pool, Progress& progress) {
  if (ranks_raw_counts(options.flavor)) {
    const SeuratV3Options choice{options.n_top_genes, options.flavor == HvgFlavor::seurat_v3_paper};
    auto results = seurat_v3_genes(raw, choice, groups, pool, progress);
    return {results.indices(), std::move(results.tied_at_cut), std::move(results.warnings)};
  }
  HighlyVariableOptions choice;
  choice.flavor = options.flavor;
  choice.n_top_genes = options.n_top_genes;
  auto results = highly_variable_genes(logged, choice, groups, pool, progress);
  return {results.indices(), {}, std::move(results.warnings)};
}

HvgResults embed(const RowStream& source, const HvgOptions& options, const BatchGroups* groups,
                 ThreadPool& pool, Progress& progress) {
  const RowStream counts = cached(source, options.cache_bytes / 2);
  const FilterResults kept = filter(counts, options.filter, progress);
  const RowStream raw = subset(counts, kept.cells, kept.genes);
  const RowStream normal = normalized(raw, {options.target_sum, true}, pool);

  HvgResults out;
  out.cells = kept.cells;
  if (groups == nullptr) {
    out.genes = kept.genes;
    out.values = collect(normal);
  } else {
    // Kept where two passes over it follow: the choice and the values.
    const RowStream logged =
        ranks_raw_counts(options.flavor) ? normal : cached(normal, options.cache_bytes / 2);
    const auto batches = take(groups->batches, kept.cells);
    const auto names = take(groups->gene_names, kept.genes);
    auto [chosen, tied, warnings] =
        choose_genes(raw, logged, options, {batches, names, groups->batch_names}, pool, progress);
    if (chosen.empty())
      throw Error::data({"the counts", "genes whose expression varies", "none",
                         "use all-genes, or check that the matrix holds raw counts"});
    std::vector<uint32_t> all_rows(logged.n_rows);
    std::iota(all_rows.begin(), all_rows.end(), 0u);
    out.values = collect(subset(logged, std::move(all_rows), chosen));
    out.genes = take(std::span<const uint32_t>(kept.genes), chosen);
    out.warnings = std::move(warnings);
    out.tied_genes = take(std::span<const uint32_t>(kept.genes), tied);
  }
  out.losses = losses_of(counts, kept, out, options.filter);
  return out;
}

}  // namespace

HvgResults hvg(const RowStream& counts, const HvgOptions& options, const BatchGroups& groups,
               ThreadPool& pool, Progress& progress) {
  if (options.n_top_genes == 0) throw Error::usage({"n_top_genes", "at least 1", "0", ""});
  if (!groups.batches.empty() && groups.batches.size() != counts.n_rows)
    throw Error::internal("hvg: one batch for each cell is needed");
  return embed(counts, options, &groups, pool, progress);
}

HvgResults all_genes(const RowStream& counts, const HvgOptions& options, ThreadPool& pool,
                     Progress& progress) {
  return embed(counts, options, nullptr, pool, progress);
}

}  // namespace zerocell
